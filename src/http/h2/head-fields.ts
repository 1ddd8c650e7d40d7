import type { Field, FieldSink } from '../hpack/field.ts';
import { AUTHORITY, METHOD, NO_PSEUDO, PATH, PROTOCOL, SCHEME, STATUS } from '../hpack/field-name.ts';
import { isSameAuthority } from '../message/authority.ts';
import {
  BAD_TARGET,
  CONNECT_REFUSED,
  type Fault,
  HEAD_TOO_LARGE,
  HOST_CONFLICT,
  LOOKALIKE_NAME,
  TARGET_TOO_LONG,
  TOO_MANY_FIELDS,
} from '../message/fault.ts';
import { NOWHERE } from '../message/fault-place.ts';
import {
  CONNECTION,
  CONTENT_LENGTH,
  COOKIE,
  HOST_FIELD,
  KEEP_ALIVE,
  LOOKALIKE,
  OTHER,
  PROXY_CONNECTION,
  SEC_WEBSOCKET_KEY,
  TE,
  TRANSFER_ENCODING,
  UPGRADE,
} from '../message/field-name.ts';
import { CANONICAL, type Head, SENSITIVE } from '../message/head.ts';
import { type HeadLimits, TOLD_BYTES } from '../message/head-limits.ts';
import type { HeadKind } from '../message/head-state.ts';
import { reasonOf } from '../message/reason.ts';
import { type Priority, parsePriority, UNSAID } from './priority.ts';

/** What HTTP/1.1 says of its connections has no place in HTTP/2 (RFC 9113 §8.2.2). */
const OF_CONNECTIONS: ReadonlySet<number> = new Set([
  CONNECTION,
  KEEP_ALIVE,
  PROXY_CONNECTION,
  TRANSFER_ENCODING,
  UPGRADE,
]);

/** `CONNECT` and other methods are tokens (RFC 9110 §9.1). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/;
/** RFC 3986 §3.1. */
const SCHEME_NAME = /^[A-Za-z][A-Za-z0-9+.-]*$/;
const BLANK = /[ \t]/;
const STATUS_CODE = /^[1-9][0-9][0-9]$/;

/** Of the fields that come in front. */
const HAS_METHOD = 1 << METHOD;
const HAS_SCHEME = 1 << SCHEME;
const HAS_AUTHORITY = 1 << AUTHORITY;
const HAS_PATH = 1 << PATH;
const HAS_PROTOCOL = 1 << PROTOCOL;
const HAS_STATUS = 1 << STATUS;

/** What there is of a header block that is none: a head of HTTP/1.1 as far as it came, and where it went wrong. */
export interface MalformedBlock {
  readonly text: string;
  /** See `Refusal`. */
  readonly position: number;
}

export const NO_BLOCK: MalformedBlock = { text: '', position: NOWHERE };

/**
 * Makes a `Head` of the fields of a header block: the very one that the HTTP/1.1 parser would have made of the same
 * message, with a start line and lines that nobody parses. Judges what RFC 9113 §8.1 to §8.3 call malformed. Reused.
 */
export class HeadFields implements FieldSink {
  /** Why the message is malformed; empty: it is not. */
  flaw = '';
  /** Why a request, well-formed as it is, is not one for us. */
  fault: Fault | null = null;
  /** What its content-length states; -1: it states none. */
  contentLength = -1;
  priority: Priority = UNSAID;
  #kind: HeadKind = 'request';
  #isOfClient = true;
  #head!: Head;
  #limits!: HeadLimits;
  /** All pseudo-header fields so far, a bit each. */
  #seen = 0;
  #method = '';
  #path = '';
  #scheme: 'http' | 'https' = 'http';
  #authority = '';
  #protocol = '';
  #status = '';
  #bytes = 0;
  #text = '';
  /** The one that came last, unless it came behind the flaw. */
  #last: Field | null = null;
  /** Of the text, as much as a log tells of a head that is refused. */
  #beginning = '';
  #cookies = '';
  /** Whether one of them is not to be kept for compression (RFC 7541 §7.1.3): then none is. */
  #hasSecretCookie = false;
  #isBegun = false;
  #hasHost = false;
  #plain = true;

  /** `head` is written anew. `isOfClient`: what a client says, not a backend. */
  begin(kind: HeadKind, head: Head, limits: HeadLimits, isOfClient: boolean): void {
    this.#isOfClient = isOfClient;
    head.reset();
    head.plain = true;
    this.flaw = '';
    this.fault = null;
    this.contentLength = -1;
    this.priority = UNSAID;
    this.#kind = kind;
    this.#head = head;
    this.#limits = limits;
    this.#seen = 0;
    this.#method = '';
    this.#path = '';
    this.#authority = '';
    this.#protocol = '';
    this.#status = '';
    this.#bytes = 0;
    this.#text = '';
    this.#beginning = '';
    this.#last = null;
    this.#cookies = '';
    this.#hasSecretCookie = false;
    this.#isBegun = kind === 'trailers';
    this.#hasHost = false;
    this.#plain = true;
  }

  /** What an extended CONNECT asks for (RFC 8441 §4); empty: nothing. */
  get protocol(): string {
    return this.#protocol;
  }

  get status(): number {
    return Number(this.#status);
  }

  /** What is to be told of it where there is a flaw. */
  get malformed(): MalformedBlock {
    const line = this.#last?.line ?? '';
    const told = this.#beginning || this.#beginningOfPseudo();
    // It may have been taken before its flaw was seen.
    const before = line !== '' && told.endsWith(line) ? told.slice(0, -line.length) : told;
    return { text: before + line, position: before.length + flawPlace(line) };
  }

  /** What the pseudo-header fields say, where nothing has come behind them. */
  #beginningOfPseudo(): string {
    const start = this.#method + this.#path === '' ? '' : `${this.#method} ${this.#path} HTTP/1.1\r\n`;
    return this.#authority === '' ? start : `${start}host: ${this.#authority}\r\n`;
  }

  field(field: Field): void {
    this.#bytes += field.line.length;
    if (this.flaw !== '') return;
    this.#last = field;
    const { name } = field;
    if (this.#bytes > this.#limits.bytes) this.fault ??= HEAD_TOO_LARGE;
    else if (name.pseudo !== NO_PSEUDO) this.#takePseudo(field);
    else if (!name.isValid) this.flaw = 'field name';
    else if (!field.isValid) this.flaw = 'field value';
    else this.#take(field);
  }

  /** The block is over. `ends`: and with it the message. */
  end(ends: boolean): void {
    if (this.flaw !== '') return;
    if (!this.#isBegun) this.#begin();
    if (this.#cookies !== '') {
      this.#add('cookie', this.#cookies, this.#hasSecretCookie ? COOKIE | SENSITIVE : COOKIE);
    }
    if (this.#kind === 'request') this.#judgeRequest();
    if (this.flaw === '' && this.#kind === 'response' && this.#seen !== HAS_STATUS) this.flaw = 'no status';
    if (this.#kind === 'request' && ends && this.contentLength > 0)
      this.flaw = 'content-length without content';
    const head = this.#head;
    // Of one too large only so much is told of; all of it would be put together for that.
    const text = this.fault === HEAD_TOO_LARGE ? this.#beginning : this.#text;
    head.text = text === '' ? '' : `${text}\r\n`;
    head.plain = this.#plain;
  }

  #takePseudo(field: Field): void {
    const { name, value } = field;
    const bit = 1 << name.pseudo;
    // RFC 9113 §8.3: before all others, none twice, none in trailers, none that is not defined for the message.
    const allowed = this.#kind === 'response' ? HAS_STATUS : REQUEST_PSEUDOS;
    if (this.#isBegun || (this.#seen & bit) !== 0 || (allowed & bit) === 0) {
      this.flaw = 'pseudo-header field';
      return;
    }
    this.#seen |= bit;
    switch (name.pseudo) {
      case METHOD:
        if (!TOKEN.test(value)) this.flaw = 'method';
        this.#method = value;
        break;
      case SCHEME:
        if (!SCHEME_NAME.test(value)) this.flaw = 'scheme';
        this.#scheme = value === 'https' ? 'https' : 'http';
        break;
      case AUTHORITY:
        if (!field.isValid || BLANK.test(value)) this.flaw = 'authority';
        this.#authority = value;
        break;
      case PATH:
        if (!field.isValid || value === '' || BLANK.test(value)) this.flaw = 'path';
        else if (!field.isTarget) this.fault ??= BAD_TARGET;
        this.#path = value;
        this.#plain &&= field.isPlain;
        break;
      case PROTOCOL:
        if (!TOKEN.test(value)) this.flaw = 'protocol';
        this.#protocol = value;
        break;
      case STATUS:
        if (!STATUS_CODE.test(value)) this.flaw = 'status';
        this.#status = value;
        break;
    }
  }

  #take(field: Field): void {
    if (!this.#isBegun) this.#begin();
    const { name, value } = field;
    const { id } = name;
    if (id !== OTHER && this.#isOfItsOwn(id, field)) return;
    if (this.#kind === 'request' && name.text === 'priority') this.priority = parsePriority(value);
    const head = this.#head;
    if (head.count === this.#limits.fields) {
      this.fault ??= TOO_MANY_FIELDS;
      return;
    }
    const start = this.#text.length;
    const nameEnd = start + name.text.length;
    this.#text += field.line;
    if (this.#text.length <= TOLD_BYTES) this.#beginning = this.#text;
    this.#plain &&= field.isPlain;
    const known = id === LOOKALIKE ? OTHER : id;
    const kind = field.sensitive ? known | CANONICAL | SENSITIVE : known | CANONICAL;
    head.addField(start, nameEnd, nameEnd + 2, nameEnd + 2 + value.length, kind);
  }

  /** Whether a field with a meaning here is dealt with, so that no line is made of it. */
  #isOfItsOwn(id: number, { value, sensitive }: Field): boolean {
    switch (id) {
      case HOST_FIELD:
        if (this.#kind !== 'request') return false;
        if (this.#hasHost) this.flaw = 'two hosts';
        this.#hasHost = true;
        if ((this.#seen & HAS_AUTHORITY) === 0) return false;
        if (!isSameAuthority(value, this.#authority, this.#scheme)) this.fault ??= HOST_CONFLICT;
        return true;
      case COOKIE:
        if (this.#kind !== 'request') return false;
        // RFC 9113 §8.2.3: split for compression, one again for HTTP/1.1.
        this.#cookies = this.#cookies === '' ? value : `${this.#cookies}; ${value}`;
        this.#hasSecretCookie ||= sensitive;
        return true;
      case CONTENT_LENGTH:
        // RFC 9110 §6.5.1: nobody is to learn of it behind the body.
        if (this.#kind === 'trailers') this.flaw = 'content-length in trailers';
        else this.#takeLength(value);
        return false;
      case TE:
        if (value.toLowerCase() !== 'trailers') this.flaw = 'te';
        return false;
      case SEC_WEBSOCKET_KEY:
        // RFC 8441 §5: the router makes one of its own where HTTP/1.1 needs it.
        return this.#protocol !== '';
      case LOOKALIKE:
        // What a backend names its fields is its own affair; what a client does may deceive a backend.
        if (this.#isOfClient) this.fault ??= LOOKALIKE_NAME;
        return false;
      default:
        if (OF_CONNECTIONS.has(id)) this.flaw = 'field of HTTP/1.1';
        return false;
    }
  }

  #takeLength(value: string): void {
    const length = /^[0-9]{1,15}$/.test(value) ? Number(value) : -1;
    if (length < 0 || this.contentLength >= 0) this.flaw = 'content-length';
    this.contentLength = length;
  }

  /** The start line, and Host where the authority stands in front. */
  #begin(): void {
    this.#isBegun = true;
    const head = this.#head;
    if (this.#kind === 'response') {
      const start = `HTTP/1.1 ${this.#status} `;
      const reason = reasonOf(Number(this.#status));
      this.#text = `${start}${reason}\r\n`;
      head.status = Number(this.#status);
      head.minorVersion = 1;
      head.reasonStart = start.length;
      head.reasonEnd = start.length + reason.length;
      return;
    }
    // RFC 8441 §5: to whom HTTP/1.1 is spoken it is a GET.
    const method = this.#protocol === '' ? this.#method : 'GET';
    this.#text = `${method} ${this.#path} HTTP/1.1\r\n`;
    this.#beginning = this.#text;
    head.minorVersion = 1;
    head.methodStart = 0;
    head.methodEnd = method.length;
    head.targetStart = method.length + 1;
    head.targetEnd = head.targetStart + this.#path.length;
    if (this.#path.length > this.#limits.target) this.fault ??= TARGET_TOO_LONG;
    if ((this.#seen & HAS_AUTHORITY) !== 0) this.#add('host', this.#authority, HOST_FIELD);
  }

  /** `kind`: its id, and what else is to be known of the line. */
  #add(name: string, value: string, kind: number): void {
    const start = this.#text.length;
    const valueStart = start + name.length + 2;
    this.#text += `${name}: ${value}\r\n`;
    this.#head.addField(start, start + name.length, valueStart, valueStart + value.length, kind | CANONICAL);
  }

  /** RFC 9113 §8.3.1, §8.5; RFC 8441 §4. */
  #judgeRequest(): void {
    const seen = this.#seen;
    if ((seen & HAS_METHOD) === 0) {
      this.flaw = 'no method';
    } else if (this.#method === 'CONNECT' && (seen & HAS_PROTOCOL) === 0) {
      if ((seen & (HAS_SCHEME | HAS_PATH)) !== 0 || (seen & HAS_AUTHORITY) === 0) this.flaw = 'CONNECT';
      else this.fault ??= CONNECT_REFUSED;
    } else if ((seen & HAS_SCHEME) === 0 || (seen & HAS_PATH) === 0) {
      this.flaw = 'no scheme or path';
    } else if ((seen & HAS_PROTOCOL) !== 0 && (this.#method !== 'CONNECT' || (seen & HAS_AUTHORITY) === 0)) {
      this.flaw = 'protocol';
    } else if (this.#authority === '' && !(this.#hasHost && (seen & HAS_AUTHORITY) === 0)) {
      this.flaw = 'no authority';
    } else if (this.#path.charCodeAt(0) !== SLASH && !(this.#path === '*' && this.#method === 'OPTIONS')) {
      this.flaw = 'path';
    }
  }
}

/** The first character of a field's line that has no place in it; 0: none stands out, so that it is the field itself. */
function flawPlace(line: string): number {
  const [name] = /^:?[^:]*/.exec(line)!;
  const odd = name.search(/[^!#$%&'*+\-.^_`|~0-9a-z:]/);
  const control = line.slice(0, -2).search(/[^\t\x20-\x7e\x80-\xff]/);
  return Math.max(0, odd < 0 ? control : odd);
}

const REQUEST_PSEUDOS = HAS_METHOD | HAS_SCHEME | HAS_AUTHORITY | HAS_PATH | HAS_PROTOCOL;
const SLASH = 0x2f;
