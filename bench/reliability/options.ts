import { parseArgs } from 'node:util';
import { CannotStart } from '../cannot-start.ts';

export interface Options {
  readonly help: boolean;
  /** Ids of the figures to measure; empty means all. */
  readonly ids: readonly string[];
  /** Share of the full load: more than 0, at most 1. */
  readonly scale: number;
}

export const USAGE = `npm run reliability -- [options] [figure ...]

  --scale X      a share of the full load; nothing is written down then (1)

Measures all figures, or those named: L01 to L09 L11 L12 L14 to L27 L30. Results go to
bench/results/reliability.json and into the table of docs/reliability.md.
`;

/** @throws CannotStart naming the argument that is wrong */
export function parseOptions(args: string[]): Options {
  const { values, positionals } = parse(args);
  return {
    help: values.help ?? false,
    ids: positionals.map((id) => id.toUpperCase()),
    scale: share(values.scale ?? '1'),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { help: { type: 'boolean' }, scale: { type: 'string' } },
    });
  } catch (error) {
    throw new CannotStart((error as Error).message);
  }
}

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) {
    throw new CannotStart(`--scale: "${text}" is not a number above 0 and up to 1`);
  }
  return value;
}
