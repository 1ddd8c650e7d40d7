import { parseArgs } from 'node:util';
import { CannotStart } from './cannot-start.ts';

export interface Options {
  readonly help: boolean;
  readonly rounds: number;
  /** Seconds at saturation, per proxy and round. */
  readonly seconds: number;
  /** Seconds at the fixed rate, per proxy and round. */
  readonly steadySeconds: number;
  /** Routes registered with cellgate besides the measured one. */
  readonly routes: number;
  /** Names of the proxies to measure; empty means all. */
  readonly only: readonly string[];
}

export const USAGE = `npm run bench -- [options]

  --rounds N     interleaved rounds (3)
  --seconds N    seconds at saturation per proxy and round (5)
  --quick        two rounds of three seconds
  --routes N     other routes in cellgate's table (1000)
  --only A,B     measure only these of cellgate, haproxy, nginx, undici
`;

/** @throws CannotStart naming the argument that is wrong */
export function parseOptions(args: string[]): Options {
  const values = parse(args);
  const quick = values.quick ?? false;
  return {
    help: values.help ?? false,
    rounds: count('--rounds', values.rounds, quick ? 2 : 3, 1),
    seconds: count('--seconds', values.seconds, quick ? 3 : 5, 1),
    steadySeconds: quick ? 2 : 4,
    routes: count('--routes', values.routes, 1000, 0),
    only: values.only?.split(',').map((name) => name.trim()) ?? [],
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        help: { type: 'boolean' },
        quick: { type: 'boolean' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        routes: { type: 'string' },
        only: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new CannotStart((error as Error).message);
  }
}

function count(name: string, text: string | undefined, otherwise: number, least: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least) {
    throw new CannotStart(`${name}: "${text}" is not a whole number of at least ${least}`);
  }
  return value;
}
