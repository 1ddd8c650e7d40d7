import type { Crossing, Side } from './crossing.ts';
import type { Part } from './part.ts';

/** How long is looked for shorter ones: each takes a moment, or the time in which a thread is replaced. */
const LONGEST_MS = 120_000;

/** The shortest crossing found that still fails: parts are left out as long as it does, then fields. */
export async function shorten(
  crossing: Crossing,
  fails: (crossing: Crossing) => Promise<boolean>,
): Promise<Crossing> {
  let shortest = crossing;
  const end = performance.now() + LONGEST_MS;
  const attempt = async (changed: Crossing): Promise<boolean> => {
    if (performance.now() > end || !(await fails(changed))) return false;
    shortest = changed;
    return true;
  };
  for (const who of ['client', 'backend'] as const) {
    const withSide = (side: Partial<Side>): Crossing => ({
      ...shortest,
      [who]: { ...shortest[who], ...side },
    });
    if (shortest[who].chop > 0) await attempt(withSide({ chop: 0 }));
    await leaveOut(shortest[who].parts, (parts) => attempt(withSide({ parts })));
    for (const [at, part] of shortest[who].parts.entries()) {
      if (part.kind !== 'block') continue;
      await leaveOut(part.fields, (fields) =>
        attempt(withSide({ parts: shortest[who].parts.with(at, { ...part, fields } satisfies Part) })),
      );
    }
  }
  return shortest;
}

/** Tries lists with pieces left out, larger ones first; `attempt` answers whether such a list will do. */
async function leaveOut<T>(list: readonly T[], attempt: (list: readonly T[]) => Promise<boolean>) {
  let left = list;
  for (let piece = Math.ceil(left.length / 2); piece > 0; piece >>= 1) {
    for (let at = 0; at < left.length; ) {
      const without = left.toSpliced(at, piece);
      if (await attempt(without)) left = without;
      else at += piece;
    }
  }
}
