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
 * Reads the server name a TLS client asks for out of the first bytes of its connection, in whatever pieces and records
 * they come (RFC 8446 §4.1.2, RFC 6066 §3): each byte is looked at once. Never throws.
 */
export class ClientHelloReader {
  readonly #header = Buffer.alloc(RECORD_HEADER);
  #headerLength = 0;
  /** Bytes of the present record that are to come. */
  #left = 0;
  #records = 0;
  #message = Buffer.alloc(1024);
  #length = 0;
  #seen = 0;

  /** After another result than `partial` there is nothing to be added. */
  add(bytes: Buffer): HelloResult {
    this.#seen += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      if (this.#left === 0) {
        const flaw = this.#addToHeader(bytes[at++]!);
        if (flaw !== null) return flaw;
        continue;
      }
      const end = Math.min(bytes.length, at + this.#left);
      this.#left -= end - at;
      const result = this.#addToMessage(bytes.subarray(at, end));
      if (result.kind !== 'partial') return result;
      at = end;
    }
    return this.#seen > MAX_HELLO_BYTES ? TOO_LONG : PARTIAL;
  }

  #addToHeader(byte: number): HelloResult | null {
    const header = this.#header;
    header[this.#headerLength++] = byte;
    if (header[0] !== HANDSHAKE) return this.#records === 0 ? NOT_TLS : MALFORMED;
    if (this.#headerLength > 1 && header[1] !== 3) return this.#records === 0 ? NOT_TLS : MALFORMED;
    if (this.#headerLength < RECORD_HEADER) return null;
    this.#left = header.readUInt16BE(3);
    this.#headerLength = 0;
    this.#records++;
    return this.#left === 0 || this.#left > MAX_RECORD ? MALFORMED : null;
  }

  #addToMessage(piece: Buffer): HelloResult {
    const length = this.#length + piece.length;
    if (length > this.#message.length) {
      const larger = Buffer.alloc(Math.max(length, 2 * this.#message.length));
      this.#message.copy(larger, 0, 0, this.#length);
      this.#message = larger;
    }
    piece.copy(this.#message, this.#length);
    this.#length = length;
    const message = this.#message;
    if (message[0] !== CLIENT_HELLO) return MALFORMED;
    if (length < 4) return PARTIAL;
    const announced = message.readUIntBE(1, 3);
    if (announced > MAX_HELLO_BYTES) return TOO_LONG;
    return length < 4 + announced ? PARTIAL : readHello(new Cursor(message, 4, 4 + announced));
  }
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
