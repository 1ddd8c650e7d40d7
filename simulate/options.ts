import { parseArgs } from 'node:util';
import { count, UsageError } from './count-option.ts';

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
    seeds: count('--seeds', values.seeds, 100, 1, MOST),
    steps: count('--steps', values.steps, 100_000, 1, MOST),
    from: count('--from', values.from, 1, 0, MOST),
  };
}
