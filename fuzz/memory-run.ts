import { collectGarbage } from '../test/support/collect-garbage.ts';
import { makeCase } from './case.ts';
import type { Finding } from './finding.ts';
import { MemoryLayer } from './memory-layer.ts';

/** Cases of `seed` from `first` up to, but not including, `end`. */
export interface Range {
  readonly seed: number;
  readonly first: number;
  readonly end: number;
}

/** What came of the cases so far. */
export interface Tally {
  cases: number;
  mutated: number;
  /** Cases by their kind and how the engine took them. */
  readonly ends: Record<string, number>;
  /** Bytes of the heap that stay in use: early in the run, and after it. */
  heapBefore: number;
  heapAfter: number;
}

/** Cases whose readers are at work at the same time. */
const BATCH = 64;
/** Growth of the heap in a run of any length that is still noise. */
const NOISE_BYTES = 8 * 1024 * 1024;

/** Runs a range of cases without sockets; `onBatch` hears of the tally now and then. */
export async function runInMemory(
  { seed, first, end }: Range,
  onFinding: (finding: Finding) => void,
  onBatch: (tally: Tally) => void = () => {},
): Promise<Tally> {
  const layer = new MemoryLayer();
  const tally: Tally = { cases: 0, mutated: 0, ends: {}, heapBefore: 0, heapAfter: 0 };
  for (let index = first; index < end; index += BATCH) {
    const count = Math.min(BATCH, end - index);
    const cases = Array.from({ length: count }, (_, i) => makeCase(seed, index + i));
    const verdicts = await layer.run(cases);
    for (const [i, { end: how, difference, readings }] of verdicts.entries()) {
      const fuzzCase = cases[i]!;
      const key = `${fuzzCase.kind} ${how}`;
      tally.ends[key] = (tally.ends[key] ?? 0) + 1;
      if (!fuzzCase.valid) tally.mutated++;
      if (difference !== null)
        onFinding({ name: `memory-${seed}-${index + i}`, difference, fuzzCase, readings });
    }
    tally.cases += count;
    // By then all code is compiled.
    if (tally.heapBefore === 0 && tally.cases * 5 >= end - first) tally.heapBefore = heapInUse();
    onBatch(tally);
  }
  tally.heapAfter = heapInUse();
  return tally;
}

/** Whether more is held after a run than its own code and tables. */
export function leaks({ heapBefore, heapAfter }: Pick<Tally, 'heapBefore' | 'heapAfter'>): boolean {
  return heapAfter > heapBefore + NOISE_BYTES;
}

function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
