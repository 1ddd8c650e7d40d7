import { ONE_ROUND } from '../../boundary/owner.ts';
import { every } from '../../boundary/timers.ts';
import type { ProxyThreads } from '../threads/proxy-threads.ts';
import type { HttpSetup } from './http-setup.ts';
import type { Part } from './part.ts';

const INTERVAL_MS = 12 * 3600 * 1000;

/** Has TLS sessions resumed under a new key twice a day. */
export class TicketKeysPart implements Part {
  readonly name = 'ticket keys';
  readonly #setup: HttpSetup;
  readonly #threads: ProxyThreads;
  #timer: NodeJS.Timeout | undefined;

  constructor(setup: HttpSetup, threads: ProxyThreads) {
    this.#setup = setup;
    this.#threads = threads;
  }

  start(): void {
    if (!this.#setup.config.enable_ssl) return;
    this.#timer = every(INTERVAL_MS, ONE_ROUND, () => {
      this.#setup.renewTicketKeys();
      this.#threads.reload(this.#setup.settings().settings);
    });
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
