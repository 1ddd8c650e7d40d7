import { performance } from 'node:perf_hooks';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { decodeTcpRouteMessage } from './tcp-route-message.ts';

/** Registrations come again and again as heartbeats: the log tells of them once in this time. */
const PAUSE_MS = 60_000;

/** Registrations of TCP routes at a router that has no ports for them: somebody waits for what will not come. */
export class IgnoredTcpRoutes {
  readonly #log: ComponentLog;
  readonly #now: () => number;
  #toldAt = Number.NEGATIVE_INFINITY;
  #ignored = 0;

  /** @param now monotonic milliseconds */
  constructor(log: ComponentLog, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  note(payload: Uint8Array): void {
    this.#ignored++;
    const now = this.#now();
    if (now - this.#toldAt < PAUSE_MS) return;
    this.#toldAt = now;
    const decoded = decodeTcpRouteMessage(payload);
    this.#log.warn('tcp-routes-ignored', {
      reason: 'this router has no TCP ports: cellgate.tcp.reservable_ports is empty',
      messages: this.#ignored,
      ...(decoded.ok && {
        external_port: decoded.registration.port,
        host: decoded.registration.host,
        port: decoded.registration.backendPort,
      }),
    });
    this.#ignored = 0;
  }
}
