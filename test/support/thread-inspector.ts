import { Session } from 'node:inspector/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** A worker that starts is not always told of. */
const ATTACH_LIMIT_MS = 1000;

/** One for the process: a second one hears of no workers. */
const session = new Session();
/** By the thread's id. */
const sessions = new Map<string, string>();
let state: 'off' | 'on' = 'off';
const waiting: (() => void)[] = [];

/** Runs code in proxy threads of this process as a debugger does, for what no peer can make them do. */
export class ThreadInspector {
  /** Every worker that there has been since, oldest first. */
  readonly workers: Worker[] = [];
  /** What they were called. */
  readonly names: (string | null)[] = [];

  /** To be opened before the router starts. */
  static async open(t: Ending): Promise<ThreadInspector> {
    const inspector = new ThreadInspector();
    const onWorker = (worker: Worker) => {
      inspector.workers.push(worker);
      inspector.names.push(worker.threadName);
      wake();
    };
    process.on('worker', onWorker);
    t.onTestFinished(() => process.off('worker', onWorker));
    await attach();
    return inspector;
  }

  /** Resolves with the worker of that place, as soon as there is one. */
  async worker(place: number): Promise<Worker> {
    while (this.workers[place] === undefined) await change();
    return this.workers[place];
  }

  /** Has the thread run the expression; does not wait for its end. */
  async run(worker: Worker, expression: string): Promise<void> {
    const id = String(worker.threadId);
    while (!sessions.has(id)) {
      await Promise.race([change(), delay(ATTACH_LIMIT_MS)]);
      if (!sessions.has(id)) await enable();
    }
    const message = JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } });
    await session.post('NodeWorker.sendMessageToWorker', { sessionId: sessions.get(id)!, message });
  }
}

async function attach(): Promise<void> {
  if (state === 'on') return;
  state = 'on';
  session.connect();
  session.on('NodeWorker.attachedToWorker', ({ params }) => {
    const [, id] = /^\[worker (\d+)\]/.exec(params.workerInfo.title) ?? [];
    sessions.set(id!, params.sessionId);
    wake();
  });
  await enable();
}

/** Once more: of all workers that there are. */
async function enable(): Promise<void> {
  await session.post('NodeWorker.disable');
  await session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
}

function change(): Promise<void> {
  return new Promise((resolve) => waiting.push(resolve));
}

function wake(): void {
  for (const resolve of waiting.splice(0)) resolve();
}
