import { hostPort } from '../../address/host-port.ts';
import type { Door } from '../../http/connection/client.ts';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import { listenHost } from '../settings/listen-host.ts';
import { StartError } from '../settings/start-error.ts';
import { checkPortIsFree, sentence } from '../tcp/port-check.ts';
import type { ProxyThreads } from '../threads/proxy-threads.ts';
import type { HttpSetup } from './http-setup.ts';
import type { Part } from './part.ts';
import { PortClaim } from './port-claim.ts';

/** A listener that clients connect to, with the key that names its port. */
interface ConfiguredDoor {
  readonly door: Door;
  readonly port: number;
  readonly key: string;
}

/** The listeners for HTTP, opened on all threads when there are routes to serve. */
export class DoorsPart implements Part {
  readonly name = 'doors';
  readonly #setup: HttpSetup;
  readonly #threads: ProxyThreads;
  readonly #log: ComponentLog;
  readonly #open: { http: number; https: number | null } = { http: 0, https: null };

  constructor(setup: HttpSetup, threads: ProxyThreads, log: ComponentLog) {
    this.#setup = setup;
    this.#threads = threads;
    this.#log = log;
  }

  /** Ports that are open; `http` is 0 with `disable_http`. */
  get open(): { readonly http: number; readonly https: number | null } {
    return this.#open;
  }

  /** Early, so that a router which cannot start says so at once. @throws {StartError} */
  async check(): Promise<void> {
    for (const { port, key } of this.#configured()) await checkPortIsFree(this.#host, port, key);
  }

  /** @throws {StartError} */
  async start(): Promise<void> {
    const { disable_http, enable_ssl } = this.#setup.config;
    if (disable_http) this.#log.info('tcp-listener-disabled');
    if (!enable_ssl) this.#log.info('tls-listener-not-enabled');
    for (const configured of this.#configured()) await this.#listen(configured);
  }

  /** With them the threads end: what they serve came in here. */
  stop(): Promise<void> {
    return this.#threads.stop();
  }

  async #listen({ door, port, key }: ConfiguredDoor): Promise<void> {
    const host = this.#host;
    const claim = await PortClaim.take(host, port);
    try {
      // Once more: while this router waited for its routes, another may have taken it, or the door before this one has.
      await checkPortIsFree(host, port, key);
      const actual = await this.#threads.listen(door, host, port);
      this.#open[door] = actual;
      this.#log.info(door === 'http' ? 'tcp-listener-started' : 'tls-listener-started', {
        address: hostPort(host, actual),
      });
    } catch (error) {
      if (error instanceof StartError) throw error;
      throw new StartError(sentence(error as NodeJS.ErrnoException, host, port, key));
    } finally {
      claim.release();
    }
  }

  get #host(): string {
    return listenHost(this.#setup.config.cellgate.listen_host);
  }

  #configured(): ConfiguredDoor[] {
    const { port, ssl_port, enable_ssl, disable_http } = this.#setup.config;
    return [
      ...(disable_http ? [] : [{ door: 'http' as const, port, key: 'port' }]),
      ...(enable_ssl ? [{ door: 'https' as const, port: ssl_port, key: 'ssl_port' }] : []),
    ];
  }
}
