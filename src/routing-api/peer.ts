import { type Dispatcher, Pool } from 'undici';
import { inBackground } from '../boundary/boundary.ts';
import { on } from '../boundary/events.ts';
import { ONE_MESSAGE, ONE_ROUND } from '../boundary/owner.ts';
import { Names } from '../network/names.ts';
import { SilenceError, StatusError } from './peer-errors.ts';

export interface PeerOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  /** PEM; empty: the system's authorities, no certificate. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly rejectUnauthorized: boolean;
  /** See `RoutingApiSettings`. */
  readonly requestTimeout: number;
}

export type Call = Pick<Dispatcher.RequestOptions, 'method' | 'headers' | 'body'> & {
  readonly path: string;
  readonly signal: AbortSignal;
};

/** A peer that has no answer to a connection is asked anew: the kernel would only try at ever longer intervals. */
const LONGEST_CONNECT_MS = 4000;
/** A stream whose other side is gone without a word is known to be so after this and ten seconds of probes. */
const PROBE_AFTER_MS = 4000;
const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** A stream of events per source, a list and what may come. */
const MAX_CONNECTIONS = 8;
/** Of a whole answer, in request timeouts: a peer that sends a byte now and then would hold a list up for ever. */
const WHOLE_ANSWER = 4;

/** One server that is asked over HTTP/1.1, with limits to all it may do. */
export class Peer {
  readonly #options: PeerOptions;
  readonly #pool: Pool;

  constructor(options: PeerOptions) {
    const { origin, ca, cert, key, rejectUnauthorized, requestTimeout } = options;
    this.#options = options;
    this.#pool = new Pool(origin, {
      connections: MAX_CONNECTIONS,
      headersTimeout: requestTimeout,
      bodyTimeout: requestTimeout,
      connect: {
        timeout: Math.min(requestTimeout, LONGEST_CONNECT_MS),
        keepAliveInitialDelay: PROBE_AFTER_MS,
        lookup: new Names().lookUp,
        rejectUnauthorized,
        ...(ca === '' ? {} : { ca }),
        ...(cert === '' ? {} : { cert, key }),
      },
    });
  }

  /** The whole body of a successful answer. @throws {StatusError | Error} what failed, never a secret */
  async text(call: Call): Promise<string> {
    return Buffer.concat(await Array.fromAsync(this.chunks(call))).toString('utf8');
  }

  /** The same as it comes. */
  async *chunks(call: Call): AsyncGenerator<Buffer> {
    const limit = AbortSignal.timeout(this.#options.requestTimeout * WHOLE_ANSWER);
    try {
      const { body } = await this.#open({ ...call, signal: AbortSignal.any([call.signal, limit]) });
      let bytes = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        // Leaving the loop destroys the body, and its connection with it.
        if (bytes > MAX_BODY_BYTES) throw new Error(`${this.#name(call)} answered more than 64 MiB`);
        yield chunk;
      }
    } catch (error) {
      throw this.#explained(call, error);
    }
  }

  /**
   * Text as it comes, for as long as the peer sends some every `silence` milliseconds; the promise is for the head of
   * the answer. @throws {StatusError | Error}
   */
  async stream(call: Call, type: string, silence: number): Promise<AsyncIterable<string>> {
    try {
      const { headers, body } = await this.#open(call, silence);
      if (headers['content-type']?.toString().startsWith(type)) return this.#decoded(call, body);
      discard(body);
    } catch (error) {
      throw this.#explained(call, error);
    }
    throw new Error(`${this.#name(call)} answered something else than ${type}`);
  }

  /** Cuts what is under way. */
  close(): void {
    inBackground(ONE_ROUND, this.#pool.destroy());
  }

  async #open(call: Call, bodyTimeout = this.#options.requestTimeout): Promise<Dispatcher.ResponseData> {
    const answer = await this.#pool.request({ ...call, bodyTimeout });
    const { statusCode, body } = answer;
    if (statusCode >= 200 && statusCode < 300) return answer;
    discard(body);
    throw new StatusError(this.#name(call), statusCode);
  }

  async *#decoded(call: Call, body: AsyncIterable<Buffer>): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of body) yield decoder.decode(chunk, { stream: true });
    } catch (error) {
      throw this.#explained(call, error);
    }
  }

  #name({ path }: Call): string {
    return `${this.#options.origin}${path}`;
  }

  #explained(call: Call, error: unknown): Error {
    if (error instanceof StatusError) return error;
    const { code, name, message } = error as NodeJS.ErrnoException;
    if (name === 'TimeoutError' || (code?.startsWith('UND_ERR_') && code.endsWith('_TIMEOUT'))) {
      return new SilenceError(`${this.#name(call)} did not answer in time`);
    }
    // An error of several addresses tried has no message of its own.
    return new Error(
      message.includes(this.#options.origin) ? message : `${this.#name(call)}: ${message || code}`,
    );
  }
}

/** Nobody reads it, and it may be long. */
function discard(body: Dispatcher.ResponseData['body']): void {
  on(body, 'error', ONE_MESSAGE, () => {});
  body.destroy();
}
