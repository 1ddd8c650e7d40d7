import type { Fault } from './fault.ts';
import { replay } from './run.ts';
import type { Step } from './step.ts';

/** The shortest history found that still fails: pieces are left out as long as it does, larger ones first. */
export function shorten(seed: number, history: readonly Step[], faults: ReadonlySet<Fault>): readonly Step[] {
  let shortest = history;
  for (let piece = shortest.length >> 1; piece > 0; piece >>= 1) {
    for (let at = 0; at < shortest.length; ) {
      const without = [...shortest.slice(0, at), ...shortest.slice(at + piece)];
      const failure = replay(seed, without, faults);
      if (failure === null) at += piece;
      else shortest = failure.history.slice();
    }
  }
  return shortest;
}
