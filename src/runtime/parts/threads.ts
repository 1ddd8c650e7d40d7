import type { ProxyThreads } from '../threads/proxy-threads.ts';
import type { Part, Reload } from './part.ts';

/** The proxy threads, from the moment on at which they begin to be told of routes. */
export class ThreadsPart implements Part {
  readonly name = 'threads';
  readonly #threads: ProxyThreads;

  constructor(threads: ProxyThreads) {
    this.#threads = threads;
  }

  start(): void {
    this.#threads.start();
  }

  reload({ settings, tcp }: Reload): void {
    this.#threads.reload(settings);
    if (tcp !== null) this.#threads.reloadTcp(tcp);
  }

  stop(): Promise<void> {
    return this.#threads.stop();
  }
}
