import { afterAll } from 'vitest';

/** To be called in a suite: what its tests share is undone behind the last of them, last things first. */
export function suiteEndings(): { onTestFinished(done: () => unknown): void } {
  const endings: (() => unknown)[] = [];
  afterAll(async () => {
    for (const done of endings.reverse()) await done();
  });
  return { onTestFinished: (done) => void endings.push(done) };
}
