import { parseArgs } from 'node:util';
import { count, UsageError } from '../count-option.ts';

export interface Options {
  readonly help: boolean;
  readonly canaries: number;
  readonly from: number;
  readonly only: string;
}

export const USAGE = `npm run simulate:judge -- [options]

  --canaries N   of each scenario (1000)
  --from S       the first seed (1); the others follow it
  --only TEXT    scenarios with that in their name
`;

const MOST = 1e6;

/** @throws UsageError naming the argument that is wrong */
export function parseOptions(args: string[]): Options {
  const string = { type: 'string' } as const;
  let values: { help?: boolean; canaries?: string; from?: string; only?: string };
  try {
    const options = { help: { type: 'boolean' } as const, canaries: string, from: string, only: string };
    values = parseArgs({ args, options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  return {
    help: values.help ?? false,
    canaries: count('--canaries', values.canaries, 1000, 1, MOST),
    from: count('--from', values.from, 1, 0, MOST),
    only: values.only ?? '',
  };
}
