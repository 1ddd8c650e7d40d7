import { ConnectionOptions } from './connection-options.ts';
import {
  BAD_CONTENT_LENGTH,
  BAD_TRANSFER_ENCODING,
  ENCODING_IN_HTTP_1_0,
  type Fault,
  MANY_CONNECTION_OPTIONS,
  MANY_CONTENT_LENGTHS,
} from './fault.ts';
import {
  CONNECTION,
  CONTENT_LENGTH,
  DATE,
  KEEP_ALIVE,
  SET_COOKIE,
  TRANSFER_ENCODING,
  UPGRADE,
  X_VCAP_REQUEST_ID,
} from './field-name.ts';
import {
  type BodyLength,
  CHUNKED,
  checkTransferEncoding,
  readContentLength,
  UNTIL_CLOSE,
} from './framing.ts';
import { type Head, ID_MASK, KIND, STRIDE } from './head.ts';
import { CHUNKED_WITH_LENGTH, EQUAL_LENGTHS, UNASSIGNED_STATUS } from './oddity.ts';
import { ABSENT } from './request.ts';

/** Of Keep-Alive, in seconds (RFC 2068 §19.7.1.1, and what servers make of it). */
const TIMEOUT = /(?:^|[,;\t ])timeout[\t ]?=[\t ]?"?(\d{1,9})(?![\w.])/i;

/** What a backend's response means, read once from its head. Reused from response to response. */
export class Response {
  status = 0;
  bodyLength: BodyLength = 0;
  /** The Content-Length it states without sending a body: to HEAD, or with 304. `ABSENT` otherwise. */
  statedLength = ABSENT;
  /** Whether it has none by its nature, whatever length it states (RFC 9110 §6.4.1). */
  hasNoContent = false;
  /** Whether trailers may follow even where a length is stated, as in HTTP/2 alone. */
  mayTrail = false;
  readonly connection = new ConnectionOptions();
  /** Whether the connection may carry another exchange after this one. */
  persistent = false;
  /** Milliseconds for which the connection is said to be kept without a request; `ABSENT`: nothing is said. */
  keptFor = ABSENT;
  hasDate = false;
  hasRequestId = false;
  setsCookies = false;
  upgrade = ABSENT;
  /** What of it is tolerated: names of `oddity.ts`. */
  oddities = 0;
  /** What Keep-Alive said last, and what that means: servers say the same each time. */
  #keepAlive = '';
  #keepAliveMs = ABSENT;

  /** `null`, or why the backend's answer cannot be relayed. `toHead`: it answers a HEAD request. */
  read(head: Head, toHead: boolean): Fault | null {
    this.status = head.status;
    this.connection.reset();
    this.keptFor = ABSENT;
    this.hasDate = false;
    this.hasRequestId = false;
    this.setsCookies = false;
    this.upgrade = ABSENT;
    this.statedLength = ABSENT;
    this.oddities = head.status > 599 ? head.oddities | UNASSIGNED_STATUS : head.oddities;
    this.mayTrail = false;
    let length = ABSENT;
    let chunked = false;
    const { fields, count } = head;
    for (let line = 0, at = KIND; line < count; line++, at += STRIDE) {
      switch (fields[at]! & ID_MASK) {
        case CONTENT_LENGTH: {
          const read = readContentLength(head, line);
          if (typeof read !== 'number') return BAD_CONTENT_LENGTH;
          if (length !== ABSENT) this.oddities |= EQUAL_LENGTHS;
          if (length !== ABSENT && length !== read) return MANY_CONTENT_LENGTHS;
          length = read;
          break;
        }
        case TRANSFER_ENCODING:
          if (chunked || checkTransferEncoding(head, line) !== null) return BAD_TRANSFER_ENCODING;
          chunked = true;
          break;
        case CONNECTION:
          if (!this.connection.add(head, line)) return MANY_CONNECTION_OPTIONS;
          break;
        case KEEP_ALIVE:
          this.keptFor = this.#readKeepAlive(head, line);
          break;
        case DATE:
          this.hasDate = true;
          break;
        case X_VCAP_REQUEST_ID:
          this.hasRequestId = true;
          break;
        case SET_COOKIE:
          this.setsCookies = true;
          break;
        case UPGRADE:
          this.upgrade = line;
          break;
      }
    }
    if (chunked && head.minorVersion === 0) return ENCODING_IN_HTTP_1_0;
    if (chunked && length !== ABSENT) {
      // RFC 9112 §6.3: the encoding is what counts, and the length goes no further.
      this.oddities |= CHUNKED_WITH_LENGTH;
      length = ABSENT;
    }
    const { close, keepAlive } = this.connection;
    this.persistent = this.oddities === 0 && (head.minorVersion === 0 ? keepAlive : !close);
    this.#frame(length, chunked, toHead);
    return null;
  }

  /** To be called after `read`: HTTP/2 ends a body with its stream (RFC 9113 §8.1). `ends`: with the head already. */
  cameOverHttp2(ends: boolean): void {
    this.mayTrail = !ends;
    if (this.bodyLength === UNTIL_CLOSE) this.bodyLength = ends ? 0 : CHUNKED;
  }

  #readKeepAlive(head: Head, line: number): number {
    if (!head.valueIs(line, this.#keepAlive)) {
      this.#keepAlive = head.value(line);
      const seconds = TIMEOUT.exec(this.#keepAlive)?.[1];
      this.#keepAliveMs = seconds === undefined ? ABSENT : Number(seconds) * 1000;
    }
    return this.#keepAliveMs;
  }

  /** RFC 9112 §6.3, in its order. */
  #frame(length: number, chunked: boolean, toHead: boolean): void {
    const { status } = this;
    this.hasNoContent = toHead || status < 200 || status === 204 || status === 304;
    if (this.hasNoContent) {
      this.bodyLength = 0;
      if (status !== 204 && status >= 200) this.statedLength = length;
    } else if (status === 205) {
      // RFC 9110 §15.3.6: a client reads no content here; whatever follows must not become its next response.
      this.bodyLength = 0;
      if (chunked || length !== 0) this.persistent = false;
    } else if (chunked) {
      this.bodyLength = CHUNKED;
    } else if (length !== ABSENT) {
      this.bodyLength = length;
    } else {
      this.bodyLength = UNTIL_CLOSE;
      this.persistent = false;
    }
  }
}
