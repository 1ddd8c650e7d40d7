import { EventEmitter } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';
import type { TestContext } from 'vitest';

/** A thread that does nothing but what the test says. */
export class FakeWorker extends EventEmitter {
  readonly told: { readonly kind: string }[] = [];
  ends = true;

  postMessage(message: { readonly kind: string }): void {
    this.told.push(message);
  }

  async terminate(): Promise<void> {
    if (this.ends) this.emit('exit', 1);
  }
}

/** From now on every Worker is one of these. The next one that is made throws what `failure` holds. */
export function fakeWorkers(t: TestContext): { made: FakeWorker[]; failure: Error | null } {
  const fake: { made: FakeWorker[]; failure: Error | null } = { made: [], failure: null };
  const real = threads.Worker;
  const replace = (worker: unknown): void => {
    Object.assign(threads, { Worker: worker });
    syncBuiltinESMExports();
  };
  replace(
    class extends FakeWorker {
      constructor() {
        super();
        const { failure } = fake;
        fake.failure = null;
        if (failure !== null) throw failure;
        fake.made.push(this);
      }
    },
  );
  t.onTestFinished(() => replace(real));
  return fake;
}
