import { BUCKET, type Bucket } from './bucket.ts';
import { bodyOf } from './bucket-entry.ts';
import { type Decision, isDecision } from './decision.ts';
import type { Away, Refused } from './decision-store.ts';
import type { DecisionsFile } from './decisions-file.ts';
import { faultOutcome, isConflict } from './jetstream-fault.ts';

export type CarryOutcome = { readonly outcome: 'carried'; readonly decisions: number } | Away | Refused;

/**
 * Brings what a file holds into the bucket, once: only where the bucket has nothing else, so that nothing is mixed that
 * was decided apart. What was interrupted goes on where it was.
 */
export async function carryOver(bucket: Bucket, file: DecisionsFile): Promise<CarryOutcome> {
  try {
    const read = await file.read();
    if (!read.ok) return { outcome: 'refused', why: `${file.path}: ${read.why}` };
    const decisions = read.log.latest().filter(isDecision);
    if (decisions.length > 0) {
      const fault = await fill(bucket, decisions, file.path);
      if (fault !== null) return fault;
    }
    await file.markCarried();
    return { outcome: 'carried', decisions: decisions.length };
  } catch (error) {
    return { outcome: 'away', why: `cannot carry ${file.path} over: ${(error as Error).message}` };
  }
}

/** Writes decisions that the bucket has not. Those that it has are not touched. */
export async function seed(bucket: Bucket, decisions: readonly Decision[]): Promise<void> {
  for (const decision of decisions.toSorted((a, b) => a.revision - b.revision)) {
    try {
      await bucket.write(decision.key, bodyOf(decision), 0);
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
}

async function fill(
  bucket: Bucket,
  decisions: readonly Decision[],
  path: string,
): Promise<Away | Refused | null> {
  try {
    const info = await bucket.info();
    const there = info === null ? [] : await bucket.latest(info);
    const ours = new Set(decisions.map(identity));
    const others = there.filter(({ decoded }) => !decoded.ok || !ours.has(identity(decoded.value)));
    if (others.length > 0) {
      const why = `the bucket ${BUCKET} has decisions that ${path} has not: those of the file are not carried over; remove the file if they are not needed`;
      return { outcome: 'refused', why };
    }
    if (info === null) await bucket.make();
    await seed(bucket, decisions);
    return null;
  } catch (error) {
    return faultOutcome(error);
  }
}

/** Without the revision, which is the store's. */
function identity({ key, value, at, by }: Pick<Decision, 'key' | 'at' | 'by'> & { value: unknown }): string {
  return JSON.stringify([key, value, at, by]);
}
