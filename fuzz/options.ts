import { parseArgs } from 'node:util';

export interface Options {
  readonly help: boolean;
  readonly seed: number;
  /** Cases without sockets, half of them requests, half of them responses. */
  readonly count: number;
  /** Cases through the whole router and all readers over sockets. */
  readonly sockets: number;
  /** Exchanges of raw clients and raw backends of both versions, over sockets. */
  readonly crossings: number;
  /** Connections of HTTP/2 that the router and others read, both what clients say and what backends do. */
  readonly http2: number;
  /** Connections of HTTP/2 without sockets, and header blocks beside them. */
  readonly frames: number;
  /** Threads for the cases without sockets. */
  readonly jobs: number;
  /** A file of findings/ to run instead. */
  readonly replay: string | undefined;
}

export const USAGE = `npm run fuzz -- [options]

  --seed N       the same cases for the same seed (one made of the time of day)
  --count N      cases through the engine in memory (1000000)
  --sockets N    cases through the whole router over sockets (2000)
  --crossings N  exchanges between both versions of HTTP, both sides mutated (2000)
  --http2 N      connections of HTTP/2 that the router and others read alike (2000)
  --frames N     connections of HTTP/2 in memory, and header blocks (100000)
  --jobs N       threads for the cases in memory (1)
  --replay FILE  runs the case of a file in fuzz/findings
`;

const LARGEST = 2 ** 32 - 1;

/** A command line that cannot be run; the message is one sentence. */
export class UsageError extends Error {}

/** `otherSeed`: when none is named. @throws UsageError naming the argument that is wrong */
export function parseOptions(args: string[], otherSeed: number): Options {
  const values = parse(args);
  return {
    help: values.help ?? false,
    seed: count('--seed', values.seed, otherSeed, 0),
    count: count('--count', values.count, 1_000_000, 0),
    sockets: count('--sockets', values.sockets, 2000, 0),
    crossings: count('--crossings', values.crossings, 2000, 0),
    http2: count('--http2', values.http2, 2000, 0),
    frames: count('--frames', values.frames, 100_000, 0),
    jobs: count('--jobs', values.jobs, 1, 1),
    replay: values.replay,
  };
}

function parse(args: string[]) {
  const string = { type: 'string' } as const;
  const options = {
    ...{ help: { type: 'boolean' } as const },
    ...{
      seed: string,
      count: string,
      sockets: string,
      crossings: string,
      http2: string,
      frames: string,
      jobs: string,
      replay: string,
    },
  };
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function count(name: string, text: string | undefined, otherwise: number, least: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > LARGEST) {
    throw new UsageError(`${name}: "${text}" is not a whole number from ${least} to ${LARGEST}`);
  }
  return value;
}
