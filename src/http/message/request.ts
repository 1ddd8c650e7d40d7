import { withoutLastDot } from '../../routing/host-name.ts';
import { escapedPath } from '../../routing/route-key.ts';
import { isSameAuthority, readAuthority } from './authority.ts';
import { ConnectionOptions } from './connection-options.ts';
import {
  BAD_HOST,
  BAD_TARGET,
  BAD_TRANSFER_ENCODING,
  CONNECT_REFUSED,
  ENCODING_IN_HTTP_1_0,
  type Fault,
  HOST_CONFLICT,
  LENGTH_AND_ENCODING,
  MANY_CONNECTION_OPTIONS,
  MANY_CONTENT_LENGTHS,
  MANY_HOSTS,
  METHOD_REFUSED,
  MISSING_HOST,
  UNKNOWN_EXPECTATION,
} from './fault.ts';
import {
  CONNECTION,
  CONTENT_LENGTH,
  COOKIE,
  EXPECT,
  HOST_FIELD,
  IDEMPOTENCY_KEY,
  MAX_FORWARDS,
  REFERER,
  TE,
  TRANSFER_ENCODING,
  UPGRADE,
  USER_AGENT,
  X_CELLGATE_DEBUG,
  X_CF_APP_INSTANCE,
  X_CF_FORWARDED_URL,
  X_CF_PROCESS_INSTANCE,
  X_CF_PROXY_METADATA,
  X_CF_PROXY_SIGNATURE,
  X_FORWARDED_FOR,
  X_FORWARDED_PROTO,
  X_IDEMPOTENCY_KEY,
  X_REQUEST_START,
  X_VCAP_TRACE,
} from './field-name.ts';
import { type BodyLength, CHUNKED, checkTransferEncoding, readContentLength } from './framing.ts';
import { type Head, ID_MASK, KIND, STRIDE } from './head.ts';

/** No such line. */
export const ABSENT = -1;

/**
 * What a request means, read once from its head: its framing, its host and path, and where the lines lie that
 * later phases ask for. Reused from request to request.
 */
export class Request {
  method = '';
  /** As forwarded: origin form, or `*`; byte for byte what the client sent but for a scheme and authority before it. */
  target = '';
  /** Whether `target` is what stands in the request line. */
  targetUnchanged = true;
  /** Host as the client named it, port included; from the target when that is in absolute form (RFC 9112 §3.2.2). */
  host = '';
  /** Length of the host without its port. */
  hostNameLength = 0;
  http10 = false;
  /** For the log; on the way to a backend it is HTTP/1.1 as any other. */
  http2 = false;
  bodyLength: BodyLength = 0;
  /** Whether the length, also 0, was stated by the client. */
  statesLength = false;
  readonly connection = new ConnectionOptions();
  expectsContinue = false;
  /** Lines, or `ABSENT`. */
  upgrade = ABSENT;
  te = ABSENT;
  userAgent = ABSENT;
  referer = ABSENT;
  forwardedFor = ABSENT;
  forwardedProto = ABSENT;
  requestStart = ABSENT;
  appInstance = ABSENT;
  /** What a route service brings back. */
  proxySignature = ABSENT;
  proxyMetadata = ABSENT;
  forwardedUrl = ABSENT;
  vcapTrace = ABSENT;
  debug = ABSENT;
  processInstance = ABSENT;
  cookie = ABSENT;
  /** Hops that OPTIONS may still make, or `ABSENT`. */
  maxForwards = ABSENT;
  hasIdempotencyKey = false;

  /** Host without port as routes know it: lower case, without the dot of a fully qualified name. */
  get lookupName(): string {
    const { host, hostNameLength } = this;
    return withoutLastDot(
      hostNameLength === host.length ? host : host.slice(0, hostNameLength),
    ).toLowerCase();
  }

  /** The target up to its query, as routes know it. */
  get path(): string {
    const query = this.target.indexOf('?');
    return escapedPath(query < 0 ? this.target : this.target.slice(0, query));
  }

  /** `null`, or why the request is refused. */
  read(head: Head): Fault | null {
    this.#reset(head);
    // RFC 9110 §9.3.6, §9.3.8: a tunnel to anywhere, and an echo of what passed here, are not for a reverse proxy.
    if (this.method === 'CONNECT') return CONNECT_REFUSED;
    if (this.method === 'TRACE') return METHOD_REFUSED;
    const lines = this.#readFields(head);
    return lines ?? this.#readTarget(head);
  }

  /** To be called behind `read`, for a head that HTTP/2 brought. `ends`: nothing follows it (RFC 9113 §8.1). */
  cameOverHttp2(ends: boolean): void {
    this.http2 = true;
    // The start line is one we made.
    this.targetUnchanged = false;
    if (!ends && !this.statesLength) this.bodyLength = CHUNKED;
  }

  #hostLine = ABSENT;
  #lengthLine = ABSENT;
  #encodingLine = ABSENT;

  #reset(head: Head): void {
    this.method = head.method;
    this.http10 = head.minorVersion === 0;
    this.http2 = false;
    this.bodyLength = 0;
    this.statesLength = false;
    this.connection.reset();
    this.expectsContinue = false;
    this.upgrade = ABSENT;
    this.te = ABSENT;
    this.userAgent = ABSENT;
    this.referer = ABSENT;
    this.forwardedFor = ABSENT;
    this.forwardedProto = ABSENT;
    this.requestStart = ABSENT;
    this.appInstance = ABSENT;
    this.proxySignature = ABSENT;
    this.proxyMetadata = ABSENT;
    this.forwardedUrl = ABSENT;
    this.vcapTrace = ABSENT;
    this.debug = ABSENT;
    this.processInstance = ABSENT;
    this.cookie = ABSENT;
    this.maxForwards = ABSENT;
    this.hasIdempotencyKey = false;
    this.#hostLine = ABSENT;
    this.#lengthLine = ABSENT;
    this.#encodingLine = ABSENT;
  }

  #readFields(head: Head): Fault | null {
    const { fields, count } = head;
    for (let line = 0, at = KIND; line < count; line++, at += STRIDE) {
      switch (fields[at]! & ID_MASK) {
        case HOST_FIELD:
          if (this.#hostLine !== ABSENT) return MANY_HOSTS;
          this.#hostLine = line;
          break;
        case CONTENT_LENGTH:
          if (this.#lengthLine !== ABSENT) return MANY_CONTENT_LENGTHS;
          this.#lengthLine = line;
          break;
        case TRANSFER_ENCODING: {
          const fault =
            this.#encodingLine === ABSENT ? checkTransferEncoding(head, line) : BAD_TRANSFER_ENCODING;
          if (fault !== null) return fault;
          this.#encodingLine = line;
          break;
        }
        case CONNECTION:
          if (!this.connection.add(head, line)) return MANY_CONNECTION_OPTIONS;
          break;
        case EXPECT:
          if (!this.#readExpectations(head.value(line))) return UNKNOWN_EXPECTATION;
          break;
        case UPGRADE:
          this.upgrade = line;
          break;
        case TE:
          this.te = line;
          break;
        case USER_AGENT:
          if (this.userAgent === ABSENT) this.userAgent = line;
          break;
        case REFERER:
          if (this.referer === ABSENT) this.referer = line;
          break;
        case X_FORWARDED_FOR:
          if (this.forwardedFor === ABSENT) this.forwardedFor = line;
          break;
        case X_FORWARDED_PROTO:
          if (this.forwardedProto === ABSENT) this.forwardedProto = line;
          break;
        case X_REQUEST_START:
          if (this.requestStart === ABSENT) this.requestStart = line;
          break;
        case X_CF_APP_INSTANCE:
          if (this.appInstance === ABSENT) this.appInstance = line;
          break;
        case X_CF_PROXY_SIGNATURE:
          if (this.proxySignature === ABSENT) this.proxySignature = line;
          break;
        case X_CF_PROXY_METADATA:
          if (this.proxyMetadata === ABSENT) this.proxyMetadata = line;
          break;
        case X_CF_FORWARDED_URL:
          if (this.forwardedUrl === ABSENT) this.forwardedUrl = line;
          break;
        case X_VCAP_TRACE:
          if (this.vcapTrace === ABSENT) this.vcapTrace = line;
          break;
        case X_CELLGATE_DEBUG:
          if (this.debug === ABSENT) this.debug = line;
          break;
        case X_CF_PROCESS_INSTANCE:
          if (this.processInstance === ABSENT) this.processInstance = line;
          break;
        case COOKIE:
          this.cookie = line;
          break;
        case MAX_FORWARDS:
          if (this.method === 'OPTIONS') this.#limitHops(head.value(line));
          break;
        case IDEMPOTENCY_KEY:
        case X_IDEMPOTENCY_KEY:
          this.hasIdempotencyKey = true;
          break;
      }
    }
    return this.#readFraming(head);
  }

  /** A list (RFC 9110 §10.1.1), whose empty members say nothing (§5.6.1.2). */
  #readExpectations(text: string): boolean {
    // JavaScript takes it for white space.
    if (text.includes('\xa0')) return false;
    for (const member of text.toLowerCase().split(',')) {
      const expectation = member.trim();
      if (expectation === '') continue;
      if (expectation !== '100-continue') return false;
      // An HTTP/1.0 client cannot take a 100.
      this.expectsContinue = !this.http10;
    }
    return true;
  }

  /** RFC 9110 §7.6.2. What is no number limits nothing. */
  #limitHops(text: string): void {
    if (!/^[0-9]+$/.test(text)) return;
    const hops = Math.min(Number(text), MAX_HOPS);
    if (this.maxForwards === ABSENT || hops < this.maxForwards) this.maxForwards = hops;
  }

  /** RFC 9112 §6.3: a request that states its length in two ways is refused, never repaired. */
  #readFraming(head: Head): Fault | null {
    if (this.#encodingLine !== ABSENT) {
      if (this.#lengthLine !== ABSENT) return LENGTH_AND_ENCODING;
      if (this.http10) return ENCODING_IN_HTTP_1_0;
      this.bodyLength = CHUNKED;
      return null;
    }
    if (this.#lengthLine === ABSENT) return null;
    const length = readContentLength(head, this.#lengthLine);
    if (typeof length !== 'number') return length;
    this.bodyLength = length;
    this.statesLength = true;
    return null;
  }

  #readTarget(head: Head): Fault | null {
    const target = head.target;
    const hostField = this.#hostLine === ABSENT ? null : head.value(this.#hostLine);
    if (hostField === null && !this.http10) return MISSING_HOST;
    const first = target.charCodeAt(0);
    this.target = target;
    this.targetUnchanged = true;
    this.host = hostField ?? '';
    if (first === SLASH) return this.#readHost();
    if (target === '*') return this.method === 'OPTIONS' ? this.#readHost() : BAD_TARGET;
    return this.#readAbsoluteForm(target, hostField);
  }

  /** `http://host/path`: the target names the host, and a Host header that says otherwise is an attack. */
  #readAbsoluteForm(target: string, hostField: string | null): Fault | null {
    const start = /^http(s)?:\/\//i.exec(target);
    if (start === null) return BAD_TARGET;
    const from = start[0].length;
    let to = from;
    while (to < target.length && !'/?'.includes(target[to]!)) to++;
    const host = target.slice(from, to);
    if (host === '') return BAD_TARGET;
    const scheme = start[1] === undefined ? 'http' : 'https';
    if (hostField !== null && !isSameAuthority(hostField, host, scheme)) return HOST_CONFLICT;
    this.host = host;
    this.targetUnchanged = false;
    const path = target.slice(to);
    if (path === '') this.target = this.method === 'OPTIONS' ? '*' : '/';
    else this.target = path.charCodeAt(0) === SLASH ? path : `/${path}`;
    return this.#readHost();
  }

  /** RFC 9112 §3.2: an invalid Host is a 400, before anything is looked up by it. */
  #readHost(): Fault | null {
    this.hostNameLength = readAuthority(this.host);
    return this.hostNameLength < 0 ? BAD_HOST : null;
  }
}

/** The largest Max-Forwards that goes on: no way is longer. */
const MAX_HOPS = 255;

const SLASH = 0x2f;
