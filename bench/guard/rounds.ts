import type { Row } from '../summary.ts';

const SUBJECT = 'cellgate';
export const REFERENCES = ['undici', 'haproxy'] as const;

/** Ratios of cellgate's cost by reference, one per round. */
export type Ratios = Readonly<Record<string, readonly number[]>>;

/** Share of a core beyond which a window says more about what else ran there. */
const TOLERATED = 0.25;

/** From the rounds in which neither proxy was disturbed; how many were left out. */
export function quietRatios(rows: readonly Row[]): { readonly ratios: Ratios; readonly disturbed: number } {
  const own = samplesOf(rows, SUBJECT)!;
  let disturbed = 0;
  const ratios: Record<string, number[]> = {};
  for (const reference of REFERENCES) {
    const theirs = samplesOf(rows, reference);
    if (!theirs) continue;
    const quiet: number[] = [];
    for (const [round, cost] of own['cpuMicroseconds']!.entries()) {
      if (isQuiet(own, round) && isQuiet(theirs, round))
        quiet.push(cost / theirs['cpuMicroseconds']![round]!);
      else disturbed++;
    }
    ratios[reference] = quiet;
  }
  return { ratios, disturbed };
}

/** The rounds of both. */
export function join(first: Ratios, second: Ratios): Ratios {
  const references = new Set([...Object.keys(first), ...Object.keys(second)]);
  return Object.fromEntries(
    Array.from(references, (name) => [name, [...(first[name] ?? []), ...(second[name] ?? [])]]),
  );
}

function samplesOf(rows: readonly Row[], name: string): Row['samples'] {
  return rows.find((row) => row.name === name)?.samples;
}

function isQuiet(samples: NonNullable<Row['samples']>, round: number): boolean {
  return ['idle', 'stolen', 'others'].every((name) => samples[name]![round]! <= TOLERATED);
}
