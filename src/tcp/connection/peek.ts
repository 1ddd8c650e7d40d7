import type { ProxyHeader } from '../../proxy-protocol/header.ts';
import { readProxyHeader } from '../../proxy-protocol/read.ts';
import { MAX_HELLO_BYTES, readClientHello } from '../../tls/client-hello.ts';

const NOTHING = Buffer.alloc(0);

export type Peeked =
  | { readonly kind: 'partial' }
  | { readonly kind: 'refused'; readonly outcome: 'bad-proxy-header' | 'bad-client-hello' }
  /** `serverName` is empty when none was asked for, or none was looked for. `tls`: it was a ClientHello. */
  | { readonly kind: 'done'; readonly serverName: string; readonly tls: boolean };

/** The first bytes of a client's connection, as far as they tell where it leads. */
export class Peek {
  #wantsHeader: boolean;
  readonly #wantsName: boolean;
  #bytes: Buffer = NOTHING;
  header: ProxyHeader | null = null;

  constructor(wantsHeader: boolean, wantsName: boolean) {
    this.#wantsHeader = wantsHeader;
    this.#wantsName = wantsName;
  }

  get awaitsHeader(): boolean {
    return this.#wantsHeader;
  }

  /** What belongs to the backend. */
  get rest(): Buffer {
    return this.#bytes;
  }

  add(chunk: Buffer): Peeked {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    if (this.#wantsHeader) {
      const read = readProxyHeader(this.#bytes, 0, this.#bytes.length);
      if (read.kind === 'partial') return read;
      if (read.kind === 'fault') return { kind: 'refused', outcome: 'bad-proxy-header' };
      this.#wantsHeader = false;
      this.header = read.header;
      this.#bytes = this.#bytes.subarray(read.length);
    }
    return this.#wantsName ? this.#serverName() : { kind: 'done', serverName: '', tls: false };
  }

  #serverName(): Peeked {
    if (this.#bytes.length === 0) return { kind: 'partial' };
    const hello = readClientHello(this.#bytes);
    if (hello.kind === 'hello') return { kind: 'done', serverName: hello.serverName, tls: true };
    // No TLS at all goes to the default, as with HAProxy (gorouter.md §7.4); broken TLS goes nowhere.
    if (hello.kind === 'not-tls') return { kind: 'done', serverName: '', tls: false };
    if (hello.kind === 'partial' && this.#bytes.length <= 2 * MAX_HELLO_BYTES) return hello;
    return { kind: 'refused', outcome: 'bad-client-hello' };
  }
}
