import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { Peer } from './peer.ts';
import { isRefusal } from './peer-errors.ts';
import type { OAuthSettings } from './settings.ts';

/** No token is to be had. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
}

/** The UAA's token for the routing API, kept until shortly before it ends. */
export class Token {
  readonly #settings: OAuthSettings;
  readonly #log: ComponentLog;
  readonly #peer: Peer;
  #text = '';
  /** Monotonic milliseconds. */
  #until = 0;
  /** One request for all who ask at the same time. */
  #pending: Promise<string> | null = null;

  constructor(settings: OAuthSettings, requestTimeout: number, log: ComponentLog) {
    const { url, ca, skipValidation } = settings;
    this.#settings = settings;
    this.#log = log;
    this.#peer = new Peer({
      origin: url,
      ca,
      cert: '',
      key: '',
      rejectUnauthorized: !skipValidation,
      requestTimeout,
    });
  }

  /** That token was refused: the next call asks for another, unless somebody has already. */
  forget(text: string): void {
    if (text === this.#text) this.#until = 0;
  }

  /** @throws {TokenError} after the last attempt */
  async get(signal: AbortSignal): Promise<string> {
    // In the words of the library that gorouter and cf-tcp-router have for it, at its levels.
    this.#log.debug('started-fetching-token', { 'force-update': this.#until === 0 });
    if (performance.now() < this.#until) return this.#text;
    this.#pending ??= this.#fetchPatiently(signal).finally(() => {
      this.#pending = null;
    });
    return this.#pending;
  }

  close(): void {
    this.#peer.close();
  }

  async #fetchPatiently(signal: AbortSignal): Promise<string> {
    for (let attempt = 0; ; attempt++) {
      try {
        const token = await this.#fetch(signal);
        this.#log.debug('successfully-fetched-token');
        return token;
      } catch (error) {
        if (!signal.aborted) this.#log.error('error-fetching-token', { error });
        if (attempt >= this.#settings.retries || signal.aborted || isRefusal(error)) {
          throw error instanceof TokenError
            ? error
            : new TokenError(`unable-to-fetch-token: ${(error as Error).message}`, { cause: error });
        }
        this.#log.debug('retry-fetching-token', { 'retry-count': attempt });
        await delay(this.#settings.retryInterval, undefined, { signal });
      }
    }
  }

  async #fetch(signal: AbortSignal): Promise<string> {
    const { client, secret, margin } = this.#settings;
    const login = Buffer.from(`${encodeURIComponent(client)}:${encodeURIComponent(secret)}`).toString(
      'base64',
    );
    const begun = performance.now();
    const text = await this.#peer.text({
      path: '/oauth/token',
      method: 'POST',
      headers: {
        authorization: `Basic ${login}`,
        // RFC 6749 2.3.1 has them encoded; the UAA decodes only where it is told so.
        'x-cf-encoded-credentials': 'true',
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      },
      body: 'grant_type=client_credentials',
      signal,
    });
    const answer = parsed(text);
    const token = answer['access_token'];
    const seconds = answer['expires_in'];
    // Those words are gorouter's (docs/compatibility.md §5.4).
    if (token === '' || token === undefined) throw new TokenError('empty token fetched');
    // RFC 6750 2.1; anything else could not be a header's value, or would be two.
    if (typeof token !== 'string' || !/^[\w\-.~+/]+=*$/.test(token) || typeof seconds !== 'number') {
      throw new Error('the UAA answered without a token');
    }
    this.#text = token;
    this.#until = begun + seconds * 1000 - margin;
    return token;
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Its text may hold a secret: not repeated.
  }
  throw new Error('the UAA answered something else than a JSON object');
}
