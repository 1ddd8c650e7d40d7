import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { AskedArms } from './arm-report.ts';
import type { ProbeTarget } from './probe-target.ts';

/** A question to every router about the new arm. */
export interface AskedProbe extends AskedArms {
  /** Place of the arm that is asked. */
  readonly arm: number;
  readonly path: string;
}

const ASKED = z.object({
  route: z.string().max(2000),
  selectors: z.array(z.string().max(2000)).min(1).max(16),
  arm: z.int().min(0).max(15),
  path: z.string().regex(/^\/[!-~]{0,1000}$/),
});

export function readAskedProbe(fields: Readonly<Record<string, unknown>>): z.infer<typeof ASKED> | null {
  const read = ASKED.safeParse(fields);
  return read.success ? read.data : null;
}

/** Good answers one after the other. */
const ENOUGH = 3;
const PAUSE_MS = 250;
/** Characters: more would be more than whoever asks listens to. */
const LONGEST_FAULT = 1000;
/** Of endpoints at a time. */
const AT_ONCE = 16;

/** Asks all, before they get a client's request. Null: each is well. @param patience all in all, milliseconds */
export async function probe(targets: readonly ProbeTarget[], patience: number): Promise<string | null> {
  const ends = performance.now() + patience;
  const waiting = [...targets];
  let fault: string | null = null;
  const work = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined && fault === null; next = waiting.pop()) {
      const found = await probeOne(next, ends);
      if (found !== null) fault ??= `${next.address}: ${found}`.slice(0, LONGEST_FAULT);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return fault;
}

async function probeOne(target: ProbeTarget, ends: number): Promise<string | null> {
  let good = 0;
  for (;;) {
    const fault = await target.ask();
    good = fault === null ? good + 1 : 0;
    if (good === ENOUGH) return null;
    if (fault === null) continue;
    if (performance.now() >= ends) return fault;
    await delay(PAUSE_MS, undefined, { ref: false });
  }
}
