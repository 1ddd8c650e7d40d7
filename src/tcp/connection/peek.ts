import type { ProxyHeader } from '../../proxy-protocol/header.ts';
import { readProxyHeader } from '../../proxy-protocol/read.ts';
import { ClientHelloReader } from '../../tls/client-hello.ts';

const NOTHING = Buffer.alloc(0);

export type Peeked =
  | { readonly kind: 'partial' }
  | { readonly kind: 'refused'; readonly outcome: 'bad-proxy-header' | 'bad-client-hello' }
  /** `serverName` is empty when none was asked for, or none was looked for. `tls`: it was a ClientHello. */
  | { readonly kind: 'done'; readonly serverName: string; readonly tls: boolean };

/** The first bytes of a client's connection, as far as they tell where it leads. */
export class Peek {
  #wantsHeader: boolean;
  readonly #hello: ClientHelloReader | null;
  /** While a PROXY header is looked for, all of it; it is short. */
  #start: Buffer = NOTHING;
  readonly #pieces: Buffer[] = [];
  header: ProxyHeader | null = null;

  constructor(wantsHeader: boolean, wantsHello: boolean) {
    this.#wantsHeader = wantsHeader;
    this.#hello = wantsHello ? new ClientHelloReader() : null;
  }

  get awaitsHeader(): boolean {
    return this.#wantsHeader;
  }

  /** What belongs to the backend. */
  get rest(): Buffer {
    return this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
  }

  add(chunk: Buffer): Peeked {
    let bytes = chunk;
    if (this.#wantsHeader) {
      bytes = this.#start.length === 0 ? chunk : Buffer.concat([this.#start, chunk]);
      const read = readProxyHeader(bytes, 0, bytes.length);
      if (read.kind === 'partial') {
        this.#start = bytes;
        return read;
      }
      if (read.kind === 'fault') return { kind: 'refused', outcome: 'bad-proxy-header' };
      this.#wantsHeader = false;
      this.#start = NOTHING;
      this.header = read.header;
      bytes = bytes.subarray(read.length);
    }
    if (bytes.length > 0) this.#pieces.push(bytes);
    return this.#hello === null
      ? { kind: 'done', serverName: '', tls: false }
      : serverName(this.#hello, bytes);
  }
}

function serverName(hello: ClientHelloReader, bytes: Buffer): Peeked {
  const result = hello.add(bytes);
  switch (result.kind) {
    case 'partial':
      return result;
    case 'hello':
      return { kind: 'done', serverName: result.serverName, tls: true };
    // No TLS at all goes to the default, as with HAProxy (docs/compatibility.md §7.4); broken TLS goes nowhere.
    case 'not-tls':
      return { kind: 'done', serverName: '', tls: false };
    default:
      return { kind: 'refused', outcome: 'bad-client-hello' };
  }
}
