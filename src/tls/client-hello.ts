/** Bytes of handshake looked at, before the client counts as one that will not come to the point. */
export const MAX_HELLO_BYTES = 16 * 1024;

const RECORD_HEADER = 5;
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;
const MAX_RECORD = 16 * 1024;

export type HelloResult =
  | { readonly kind: 'partial' }
  /** Empty when the client named none. As sent, one character per byte. */
  | { readonly kind: 'hello'; readonly serverName: string }
  | { readonly kind: 'not-tls' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'too-long' };

const PARTIAL: HelloResult = { kind: 'partial' };
const NOT_TLS: HelloResult = { kind: 'not-tls' };
const MALFORMED: HelloResult = { kind: 'malformed' };
const TOO_LONG: HelloResult = { kind: 'too-long' };

/**
 * The server name a TLS client asks for, from the first bytes of its connection (RFC 8446 §4.1.2, RFC 6066 §3).
 * The hello may be spread over several records. Never throws.
 */
export function readClientHello(bytes: Buffer): HelloResult {
  const pieces: Buffer[] = [];
  let gathered = 0;
  let at = 0;
  while (at < bytes.length) {
    if (bytes[at] !== HANDSHAKE) return at === 0 ? NOT_TLS : MALFORMED;
    if (at + 1 < bytes.length && bytes[at + 1] !== 3) return at === 0 ? NOT_TLS : MALFORMED;
    if (at + RECORD_HEADER > bytes.length) return PARTIAL;
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0 || length > MAX_RECORD) return MALFORMED;
    const piece = bytes.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length);
    pieces.push(piece);
    gathered += piece.length;
    const result = readMessage(pieces.length === 1 ? piece : Buffer.concat(pieces, gathered));
    if (result.kind !== 'partial') return result;
    at += RECORD_HEADER + length;
  }
  return bytes.length > MAX_HELLO_BYTES ? TOO_LONG : PARTIAL;
}

function readMessage(message: Buffer): HelloResult {
  if (message.length === 0) return PARTIAL;
  if (message[0] !== CLIENT_HELLO) return MALFORMED;
  if (message.length < 4) return PARTIAL;
  const length = message.readUIntBE(1, 3);
  if (length > MAX_HELLO_BYTES) return TOO_LONG;
  if (message.length < 4 + length) return PARTIAL;
  return readHello(new Cursor(message, 4, 4 + length));
}

function readHello(hello: Cursor): HelloResult {
  hello.skip(2 + 32);
  hello.skip(hello.integer(1));
  hello.skip(hello.integer(2));
  hello.skip(hello.integer(1));
  if (hello.failed) return MALFORMED;
  // Without extensions, as before TLS 1.0 had any.
  if (hello.left === 0) return { kind: 'hello', serverName: '' };
  const extensions = hello.part(hello.integer(2));
  while (extensions.left > 0) {
    const type = extensions.integer(2);
    const value = extensions.part(extensions.integer(2));
    if (extensions.failed) return MALFORMED;
    if (type === SERVER_NAME) return readServerName(value);
  }
  return extensions.failed ? MALFORMED : { kind: 'hello', serverName: '' };
}

function readServerName(value: Cursor): HelloResult {
  const names = value.part(value.integer(2));
  const type = names.integer(1);
  const name = names.part(names.integer(2));
  if (value.failed || names.failed || type !== HOST_NAME || name.left === 0) return MALFORMED;
  return { kind: 'hello', serverName: name.text() };
}

/** Reads forward; beyond the end everything is zero and `failed`. */
class Cursor {
  readonly #bytes: Buffer;
  #at: number;
  readonly #end: number;
  failed = false;

  constructor(bytes: Buffer, at: number, end: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  get left(): number {
    return this.failed ? 0 : this.#end - this.#at;
  }

  integer(size: number): number {
    if (this.left < size) {
      this.failed = true;
      return 0;
    }
    this.#at += size;
    return this.#bytes.readUIntBE(this.#at - size, size);
  }

  skip(size: number): void {
    if (this.left < size) this.failed = true;
    else this.#at += size;
  }

  part(size: number): Cursor {
    const from = this.#at;
    this.skip(size);
    const part = new Cursor(this.#bytes, from, from + size);
    part.failed = this.failed;
    return part;
  }

  text(): string {
    return this.#bytes.toString('latin1', this.#at, this.#end);
  }
}
