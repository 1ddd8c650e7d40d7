import { parseArgs } from 'node:util';

export interface Options {
  readonly help: boolean;
  readonly seeds: number;
  readonly steps: number;
  readonly from: number;
}

export const USAGE = `npm run simulate -- [options]

  --seeds N   so many histories (100)
  --steps M   of so many steps each (100000)
  --from S    the first seed (1); the others follow it
`;

const MOST = 1e9;

/** A command line that cannot be run; the message is one sentence. */
export class UsageError extends Error {}

/** @throws UsageError naming the argument that is wrong */
export function parseOptions(args: string[]): Options {
  const string = { type: 'string' } as const;
  let values: { help?: boolean; seeds?: string; steps?: string; from?: string };
  try {
    const options = { help: { type: 'boolean' } as const, seeds: string, steps: string, from: string };
    values = parseArgs({ args, options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  return {
    help: values.help ?? false,
    seeds: count('--seeds', values.seeds, 100, 1),
    steps: count('--steps', values.steps, 100_000, 1),
    from: count('--from', values.from, 1, 0),
  };
}

function count(name: string, text: string | undefined, otherwise: number, least: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > MOST) {
    throw new UsageError(`${name}: "${text}" is not a whole number from ${least} to ${MOST}`);
  }
  return value;
}
