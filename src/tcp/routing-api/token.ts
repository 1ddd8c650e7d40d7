import { setTimeout as delay } from 'node:timers/promises';
import { fetchText } from './fetch-text.ts';
import type { OAuthSettings } from './settings.ts';

/** The UAA's token for the routing API, kept until shortly before it ends. */
export class Token {
  readonly #settings: OAuthSettings;
  readonly #timeout: number;
  #text = '';
  /** Milliseconds on the clock given. */
  #until = 0;

  constructor(settings: OAuthSettings, timeout: number) {
    this.#settings = settings;
    this.#timeout = timeout;
  }

  /** It was refused: the next call asks for another. */
  forget(): void {
    this.#until = 0;
  }

  /** @throws {Error} after the last attempt */
  async get(now: number, signal: AbortSignal): Promise<string> {
    if (now < this.#until) return this.#text;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#fetch(now, signal);
      } catch (error) {
        if (attempt >= this.#settings.retries || signal.aborted) throw error;
        await delay(this.#settings.retryInterval, undefined, { signal });
      }
    }
  }

  async #fetch(now: number, signal: AbortSignal): Promise<string> {
    const { url, client, secret, ca, skipValidation, margin } = this.#settings;
    const login = Buffer.from(`${encodeURIComponent(client)}:${encodeURIComponent(secret)}`).toString(
      'base64',
    );
    const text = await fetchText(`${url}/oauth/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${login}`,
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      },
      body: 'grant_type=client_credentials',
      timeout: this.#timeout,
      signal,
      rejectUnauthorized: !skipValidation,
      ...(ca === '' ? {} : { ca }),
    });
    const answer = parsed(text);
    const token = answer['access_token'];
    const seconds = answer['expires_in'];
    if (typeof token !== 'string' || typeof seconds !== 'number')
      throw new Error('the UAA answered without a token');
    this.#text = token;
    this.#until = now + seconds * 1000 - margin;
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
