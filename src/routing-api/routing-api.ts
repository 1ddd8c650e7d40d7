import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ComponentLog } from '../telemetry/component-log.ts';
import { EventStream, type StreamEvent } from './event-stream.ts';
import { ListReader } from './list-reader.ts';
import { Peer } from './peer.ts';
import { StatusError } from './peer-errors.ts';
import type { RoutingApiSettings } from './settings.ts';
import { Token, TokenError } from './token.ts';

/** The client of Cloud Foundry's routing API (docs/compatibility.md §7.6), with the token it asks for. */
export class RoutingApi {
  /** For metrics. */
  tokenFetchErrors = 0;
  subscribeEventsErrors = 0;
  readonly #peer: Peer;
  readonly #token: Token | null;
  readonly #streamSilence: number;

  constructor(
    { url, ca, cert, key, oauth, requestTimeout, streamSilence }: RoutingApiSettings,
    log: ComponentLog,
  ) {
    this.#streamSilence = streamSilence;
    this.#peer = new Peer({ origin: url, ca, cert, key, rejectUnauthorized: true, requestTimeout });
    this.#token = oauth === null ? null : new Token(oauth, requestTimeout, log.child('uaa-client'));
  }

  /** A whole list. A token that is refused is replaced once. @throws {TokenError | StatusError | Error} */
  async list(path: string, signal: AbortSignal): Promise<readonly unknown[]> {
    try {
      return await this.#list(path, signal);
    } catch (error) {
      if (this.#token === null || !isUnauthorized(error)) throw error;
      return this.#list(path, signal);
    }
  }

  /** Says something. A token that is refused is replaced once. @throws {TokenError | StatusError | Error} */
  async send(path: string, said: unknown, signal: AbortSignal): Promise<void> {
    try {
      await this.#send(path, said, signal);
    } catch (error) {
      if (this.#token === null || !isUnauthorized(error)) throw error;
      await this.#send(path, said, signal);
    }
  }

  /** Resolves once the stream is open; it throws where it breaks off. @throws {TokenError | StatusError | Error} */
  async events(path: string, signal: AbortSignal): Promise<AsyncIterable<StreamEvent>> {
    const texts = await this.#authorized(signal, (headers) =>
      this.#peer.stream({ path, method: 'GET', headers, signal }, 'text/event-stream', this.#streamSilence),
    );
    return eventsOf(texts);
  }

  /** Fetches a token where one is asked for. @throws {TokenError} */
  async authenticate(signal: AbortSignal): Promise<void> {
    if (this.#token !== null) await this.#takeToken(this.#token, signal);
  }

  close(): void {
    this.#peer.close();
    this.#token?.close();
  }

  async #send(path: string, said: unknown, signal: AbortSignal): Promise<void> {
    const body = JSON.stringify(said);
    await this.#authorized(signal, (headers) =>
      this.#peer.text({
        path,
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
        signal,
      }),
    );
  }

  #list(path: string, signal: AbortSignal): Promise<readonly unknown[]> {
    return this.#authorized(signal, (headers) =>
      listOf(this.#peer.chunks({ path, method: 'GET', headers, signal }), path),
    );
  }

  async #authorized<T>(
    signal: AbortSignal,
    request: (headers: Record<string, string>) => Promise<T>,
  ): Promise<T> {
    const token = this.#token === null ? '' : await this.#takeToken(this.#token, signal);
    try {
      return await request(token === '' ? {} : { authorization: `bearer ${token}` });
    } catch (error) {
      if (isUnauthorized(error)) this.#token?.forget(token);
      throw error;
    }
  }

  async #takeToken(token: Token, signal: AbortSignal): Promise<string> {
    try {
      return await token.get(signal);
    } catch (error) {
      if (!signal.aborted) this.tokenFetchErrors++;
      throw error instanceof TokenError ? error : new TokenError((error as Error).message);
    }
  }
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof StatusError && error.status === 401;
}

/** A part in each turn of the loop: other work goes on meanwhile, and no more is read than was parsed. */
async function listOf(chunks: AsyncIterable<Buffer>, path: string): Promise<readonly unknown[]> {
  const reader = new ListReader();
  const parse = <T>(step: () => T): T => {
    try {
      return step();
    } catch (error) {
      throw new Error(`${path} answered ${(error as Error).message}`);
    }
  };
  for await (const chunk of chunks) {
    parse(() => reader.add(chunk));
    await nextTurn();
  }
  return parse(() => reader.end());
}

async function* eventsOf(texts: AsyncIterable<string>): AsyncGenerator<StreamEvent> {
  const stream = new EventStream();
  for await (const text of texts) {
    const events = stream.add(text);
    if (events === 'too-long') throw new Error('an event is longer than 1 MiB');
    yield* events;
  }
}
