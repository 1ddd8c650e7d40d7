import { parseArgs } from 'node:util';
import { count, UsageError } from '../count-option.ts';

export interface Options {
  readonly help: boolean;
  readonly pairs: number;
  readonly from: number;
}

export const USAGE = `npm run simulate:explain -- [options]

  --pairs N   of a table and a request (10000)
  --from S    the first seed (1); the others follow it

Ends with 1 where what explain says is not what requests do, and tells the seed.
`;

const MOST = 1e7;

/** @throws UsageError naming the argument that is wrong */
export function parseOptions(args: string[]): Options {
  const string = { type: 'string' } as const;
  let values: { help?: boolean; pairs?: string; from?: string };
  try {
    const options = { help: { type: 'boolean' } as const, pairs: string, from: string };
    values = parseArgs({ args, options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  return {
    help: values.help ?? false,
    pairs: count('--pairs', values.pairs, 10_000, 1, MOST),
    from: count('--from', values.from, 1, 0, MOST),
  };
}
