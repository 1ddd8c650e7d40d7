import { parseArgs } from 'node:util';
import { CannotStart } from '../cannot-start.ts';

export interface Options {
  readonly help: boolean;
  /** Ids of the figures to measure; empty means all. */
  readonly ids: readonly string[];
  /** Share of the full load: more than 0, at most 1. */
  readonly scale: number;
  /** How long each flood goes on. */
  readonly seconds: number;
}

const FLOOD_SECONDS = 5;

export const USAGE = `npm run reliability -- [options] [figure ...]

  --scale X      a share of the full load; nothing is written down then, and no bound
                 counts as kept (1)
  --seconds N    how long each flood of L21 and L22 goes on (${FLOOD_SECONDS})

Measures all figures, or those named: L01 to L09 L11 L12 L14 to L39. Results go to
bench/results/reliability.json and into the table of docs/reliability.md.
`;

/** @throws CannotStart naming the argument that is wrong */
export function parseOptions(args: string[]): Options {
  const { values, positionals } = parse(args);
  return {
    help: values.help ?? false,
    ids: positionals.map((id) => id.toUpperCase()),
    scale: share(values.scale ?? '1'),
    seconds: duration(values.seconds ?? String(FLOOD_SECONDS)),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { help: { type: 'boolean' }, scale: { type: 'string' }, seconds: { type: 'string' } },
    });
  } catch (error) {
    throw new CannotStart((error as Error).message);
  }
}

function duration(text: string): number {
  const value = Number(text);
  if (!(value >= 1 && value <= 3600)) {
    throw new CannotStart(`--seconds: "${text}" is not a number from 1 to 3600`);
  }
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) {
    throw new CannotStart(`--scale: "${text}" is not a number above 0 and up to 1`);
  }
  return value;
}
