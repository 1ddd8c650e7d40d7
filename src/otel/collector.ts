import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Pool } from 'undici';
import { inBackground } from '../boundary/boundary.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import { Names } from '../network/names.ts';
import type { ExportSettings } from './settings.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/** What was answered, and to a success the body. */
export type Reply = { readonly verdict: Verdict; readonly body: Uint8Array };

const LONGEST_ANSWER = 64 * 1024;
const NOTHING = new Uint8Array();
const compressed = promisify(gzip);

/** The server that one signal is posted to. */
export class Collector {
  /** Without its path, in which some have a secret. */
  readonly name: string;
  readonly #settings: ExportSettings;
  readonly #path: string;
  readonly #pool: Pool;
  readonly #userAgent: string;

  /** @param ca PEM; empty: the system's authorities @param version of the router */
  constructor(settings: ExportSettings, ca: string, version: string) {
    const { origin, pathname, search } = new URL(settings.url);
    this.name = origin;
    this.#settings = settings;
    this.#path = `${pathname}${search}`;
    this.#userAgent = `cellgate/${version}`;
    this.#pool = new Pool(origin, {
      // There is one request at a time.
      connections: 1,
      connect: {
        timeout: settings.timeout,
        lookup: new Names().lookUp,
        ...(ca === '' ? {} : { ca }),
      },
    });
  }

  /** Never rejects. @param limit milliseconds; more than those of the settings are not taken */
  async post(bytes: Uint8Array, contentType: string, limit: number, end: AbortSignal): Promise<Reply> {
    const { headers, gzip: compresses, timeout } = this.#settings;
    const late = AbortSignal.timeout(Math.max(1, Math.ceil(Math.min(timeout, limit))));
    try {
      const {
        statusCode,
        headers: told,
        body,
      } = await this.#pool.request({
        method: 'POST',
        path: this.#path,
        headers: {
          ...headers,
          'content-type': contentType,
          'user-agent': this.#userAgent,
          ...(compresses && { 'content-encoding': 'gzip' }),
        },
        body: compresses ? await compressed(bytes) : bytes,
        signal: AbortSignal.any([late, end]),
        // One of the signals ends it.
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      const read = await firstBytes(body);
      return { verdict: verdictOf(statusCode, String(told['retry-after'] ?? ''), Date.now()), body: read };
    } catch (error) {
      const reason = late.aborted ? 'no answer in time' : reasonOf(error);
      return { verdict: { kind: 'busy', reason, pause: null }, body: NOTHING };
    }
  }

  /** Cuts what is under way. */
  close(): void {
    inBackground(ONE_ROUND, this.#pool.destroy());
  }
}

/** Leaving the loop destroys the body, and its connection with it. */
async function firstBytes(body: AsyncIterable<Buffer>): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > LONGEST_ANSWER) return NOTHING;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** An error of several addresses tried has no message of its own. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return message || code || 'no connection';
}
