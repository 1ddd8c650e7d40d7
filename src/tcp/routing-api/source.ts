import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { ComponentLog } from '../../telemetry/component-log.ts';
import type { TcpRegistration } from '../table/route.ts';
import { EventStream, type StreamEvent } from './event-stream.ts';
import { type Call, fetchText, open, StatusError } from './fetch-text.ts';
import { decodeMapping, ROUTING_API } from './mapping.ts';
import type { RoutingApiSettings } from './settings.ts';
import { Token } from './token.ts';

export interface RoutingApiOptions {
  readonly settings: RoutingApiSettings;
  readonly routes: {
    register(registration: TcpRegistration): void;
    unregister(registration: TcpRegistration): void;
    replace(source: string, registrations: readonly TcpRegistration[]): void;
  };
  readonly log: ComponentLog;
}

/** Silence of the stream of events after which it is opened anew: nothing else tells that the other side is gone. */
const STREAM_SILENCE_MS = 300_000;

/** Routes of the routing API: its whole list now and then, and its events in between (gorouter.md §7.3). */
export class RoutingApiSource {
  readonly #options: RoutingApiOptions;
  readonly #token: Token | null;
  readonly #end = new AbortController();
  /** Events that came during a fetch of the list; null when none is under way. */
  #held: StreamEvent[] | null = null;

  constructor(options: RoutingApiOptions) {
    const { oauth, requestTimeout } = options.settings;
    this.#options = options;
    this.#token = oauth === null ? null : new Token(oauth, requestTimeout);
  }

  start(): void {
    void this.#watch();
    void this.#syncAgainAndAgain();
  }

  stop(): void {
    this.#end.abort();
  }

  async #syncAgainAndAgain(): Promise<void> {
    while (await this.#pause(this.#options.settings.syncInterval)) await this.#sync();
  }

  /** The stream replays nothing, so each time it is open the whole list is fetched. */
  async #watch(): Promise<void> {
    const { settings, log } = this.#options;
    do {
      try {
        const call = await this.#call(STREAM_SILENCE_MS);
        const response = await this.#authorized(() =>
          open(`${settings.url}/routing/v1/tcp_routes/events`, call),
        );
        log.info('routing-api-stream-open');
        void this.#sync();
        const stream = new EventStream();
        response.setEncoding('utf8');
        for await (const text of response) {
          const events = stream.add(text as string);
          if (events === 'too-long') throw new Error('an event is longer than 1 MiB');
          for (const event of events) this.#onEvent(event);
        }
        log.warn('routing-api-stream-ended');
      } catch (error) {
        if (!this.#end.signal.aborted) log.error('routing-api-stream-failed', { error: messageOf(error) });
      }
    } while (await this.#pause(settings.retryInterval));
  }

  /** On any failure the routes stay as they are. */
  async #sync(): Promise<void> {
    if (this.#held !== null) return;
    const { settings, routes, log } = this.#options;
    this.#held = [];
    try {
      const text = await this.#list(`${settings.url}/routing/v1/tcp_routes`);
      const mappings: unknown = JSON.parse(text);
      if (!Array.isArray(mappings)) throw new Error('the list of routes is no array');
      const registrations: TcpRegistration[] = [];
      for (const mapping of mappings) {
        const decoded = decodeMapping(mapping);
        if (decoded.ok) registrations.push(decoded.registration);
        else log.error('routing-api-route-refused', { error: decoded.error });
      }
      routes.replace(ROUTING_API, registrations);
      log.debug('routing-api-synced', { routes: registrations.length });
    } catch (error) {
      if (!this.#end.signal.aborted) log.error('routing-api-sync-failed', { error: messageOf(error) });
    } finally {
      const held = this.#held;
      this.#held = null;
      for (const event of held) this.#onEvent(event);
    }
  }

  /** A token that is no longer accepted is replaced once. */
  async #list(url: string): Promise<string> {
    const { requestTimeout } = this.#options.settings;
    try {
      return await this.#authorized(async () => fetchText(url, await this.#call(requestTimeout)));
    } catch (error) {
      if (!(error instanceof StatusError) || error.status !== 401 || this.#token === null) throw error;
      return fetchText(url, await this.#call(requestTimeout));
    }
  }

  async #authorized<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      if (error instanceof StatusError && error.status === 401) this.#token?.forget();
      throw error;
    }
  }

  async #call(timeout: number): Promise<Call> {
    const { ca, cert, key } = this.#options.settings;
    const { signal } = this.#end;
    const token = await this.#token?.get(performance.now(), signal);
    return {
      method: 'GET',
      headers: token === undefined ? {} : { authorization: `bearer ${token}` },
      timeout,
      signal,
      ...(ca === '' ? {} : { ca }),
      ...(cert === '' ? {} : { cert, key }),
    };
  }

  #onEvent(event: StreamEvent): void {
    if (this.#held !== null) {
      this.#held.push(event);
      return;
    }
    const { routes, log } = this.#options;
    if (event.event !== 'Upsert' && event.event !== 'Delete') return;
    let mapping: unknown;
    try {
      mapping = JSON.parse(event.data);
    } catch {
      log.error('routing-api-event-refused', { error: 'not JSON' });
      return;
    }
    const decoded = decodeMapping(mapping);
    if (!decoded.ok) log.error('routing-api-event-refused', { error: decoded.error });
    else if (event.event === 'Upsert') routes.register(decoded.registration);
    else routes.unregister(decoded.registration);
  }

  /** `false`: the end has come. */
  #pause(milliseconds: number): Promise<boolean> {
    const { signal } = this.#end;
    return delay(milliseconds, true, { signal }).catch(() => false);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
