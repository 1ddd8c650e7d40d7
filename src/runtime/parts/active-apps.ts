import { inBackground } from '../../boundary/boundary.ts';
import { ONE_ROUND } from '../../boundary/owner.ts';
import { every } from '../../boundary/timers.ts';
import { activeAppsMessage } from '../../bus/active-apps.ts';
import type { ProxyThreads } from '../threads/proxy-threads.ts';
import type { BusPart } from './bus.ts';
import type { Part } from './part.ts';

/** Tells the bus which applications had requests (`publish_active_apps_interval`). */
export class ActiveAppsPart implements Part {
  readonly name = 'active apps';
  /** Milliseconds; 0: nobody wants to know. */
  readonly #interval: number;
  readonly #bus: BusPart;
  readonly #threads: Pick<ProxyThreads, 'activeApps'>;
  #timer: NodeJS.Timeout | undefined;

  constructor(interval: number, bus: BusPart, threads: Pick<ProxyThreads, 'activeApps'>) {
    this.#interval = interval;
    this.#bus = bus;
    this.#threads = threads;
  }

  start(): void {
    if (this.#interval === 0) return;
    this.#timer = every(this.#interval, ONE_ROUND, () => inBackground(ONE_ROUND, this.#publish()));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #publish(): Promise<void> {
    this.#bus.client?.publish('router.active_apps', activeAppsMessage(await this.#threads.activeApps()));
  }
}
