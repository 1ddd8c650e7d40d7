import { parseArgs } from 'node:util';
import { CannotStart } from './cannot-start.ts';

export interface Options {
  readonly help: boolean;
  readonly list: boolean;
  readonly quick: boolean;
  /** In place of those of each scenario. */
  readonly rounds: number | undefined;
  /** Of a window, likewise. */
  readonly seconds: number | undefined;
  /** Names of scenarios; empty means all. */
  readonly only: readonly string[];
  /** Names of the proxies to measure; empty means all. */
  readonly proxies: readonly string[];
}

export const USAGE = `npm run bench -- [options]

  --quick          the headlines, within two minutes
  --only A,B       these scenarios alone
  --list           the scenarios there are
  --proxies A,B    these proxies alone
  --rounds N       interleaved rounds, in place of each scenario's own
  --seconds N      seconds per proxy and round, likewise

Without --quick, --proxies, --rounds and --seconds the results take the place of those before in bench/results,
docs/performance.md and the README; otherwise they go to bench/results/partial.json and partial.md.
`;

/** Whether the run is what the documents promise. */
export function isWhole({ quick, rounds, seconds, proxies }: Options): boolean {
  return !quick && rounds === undefined && seconds === undefined && proxies.length === 0;
}

/** @throws CannotStart naming the argument that is wrong */
export function parseOptions(args: string[]): Options {
  const values = parse(args);
  return {
    help: values.help ?? false,
    list: values.list ?? false,
    quick: values.quick ?? false,
    rounds: count('--rounds', values.rounds),
    seconds: count('--seconds', values.seconds),
    only: names(values.only),
    proxies: names(values.proxies),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        help: { type: 'boolean' },
        list: { type: 'boolean' },
        quick: { type: 'boolean' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        only: { type: 'string' },
        proxies: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new CannotStart((error as Error).message);
  }
}

function names(text: string | undefined): string[] {
  return text?.split(',').map((name) => name.trim()) ?? [];
}

function count(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1) {
    throw new CannotStart(`${name}: "${text}" is not a whole number of at least 1`);
  }
  return value;
}
