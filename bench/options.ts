import { parseArgs } from 'node:util';
import { CannotStart } from './cannot-start.ts';

export interface Options {
  readonly help: boolean;
  readonly rounds: number;
  /** Seconds at saturation, per proxy and round. */
  readonly seconds: number;
  readonly steadyRounds: number;
  /** Seconds at the fixed rate, per proxy and round. */
  readonly steadySeconds: number;
  /** Routes registered with cellgate besides the measured one. */
  readonly routes: number;
  /** Names of the proxies to measure; empty means all. */
  readonly only: readonly string[];
}

export const USAGE = `npm run bench -- [options]

  --rounds N     interleaved rounds at saturation (25)
  --seconds N    seconds at saturation per proxy and round (1)
  --quick        nine rounds, one of them at a steady rate
  --routes N     other routes in cellgate's table (1000)
  --only A,B     measure only these of cellgate, haproxy, nginx, undici
`;

/** @throws CannotStart naming the argument that is wrong */
export function parseOptions(args: string[]): Options {
  const values = parse(args);
  const quick = values.quick ?? false;
  return {
    help: values.help ?? false,
    rounds: count('--rounds', values.rounds, quick ? 9 : 25, 1),
    seconds: count('--seconds', values.seconds, 1, 1),
    steadyRounds: quick ? 1 : 3,
    steadySeconds: 4,
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
