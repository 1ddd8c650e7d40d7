import type { WallClock } from '../time/wall-clock.ts';

/** What one line of the access log tells (reference §6.6). Empty strings print as `-`. */
export interface AccessRecord {
  /** Validated by the parser, or empty: it is printed bare. */
  host: string;
  /** Unix milliseconds. */
  receivedAt: number;
  /** Method, target and protocol. */
  requestLine: string;
  /** 0 when none was sent. */
  status: number;
  requestBytes: number;
  responseBytes: number;
  referer: string;
  userAgent: string;
  /** The client's and the backend's, each from `addressPart`. */
  addresses: string;
  forwardedFor: string;
  forwardedProto: string;
  requestId: string;
  /** Milliseconds; negative prints as `-`. */
  responseTime: number;
  gorouterTime: number;
  /** From `instancePart`. */
  instance: string;
  routerError: string;
  /** Whether everything the client sent is printable ASCII without `"` and `\\`, so that it needs no look. */
  plain: boolean;
}

/** The line without its line feed, as Latin-1: what the client sent as UTF-8 still is. */
export function accessLogLine(r: AccessRecord, clock: WallClock): string {
  const { plain } = r;
  // Sums, not a template: V8 adds text to text without asking whether it is text.
  return (
    r.host +
    ' - [' +
    clock.isoNanoseconds(r.receivedAt) +
    '] "' +
    (plain ? r.requestLine : escaped(r.requestLine)) +
    '" ' +
    (r.status === 0 ? '"-"' : String(r.status)) +
    ' ' +
    String(r.requestBytes) +
    ' ' +
    String(r.responseBytes) +
    ' ' +
    quoted(r.referer, plain) +
    ' ' +
    quoted(r.userAgent, plain) +
    r.addresses +
    ' x_forwarded_for:' +
    quoted(r.forwardedFor, plain) +
    ' x_forwarded_proto:' +
    quoted(r.forwardedProto, plain) +
    ' vcap_request_id:"' +
    r.requestId +
    '" response_time:' +
    seconds(r.responseTime) +
    ' gorouter_time:' +
    seconds(r.gorouterTime) +
    r.instance +
    ' x_cf_routererror:' +
    quoted(r.routerError, false)
  );
}

/** An address in the line; the same for every request on a connection. */
export function addressPart(address: string): string {
  return ` ${quote(address)}`;
}

/** The part of the line that names the endpoint; the same for every request to it. */
export function instancePart(appId: string, appIndex: string, instanceId: string): string {
  return ` app_id:${quote(appId)} app_index:${quote(appIndex)} instance_id:${quote(instanceId)}`;
}

/** Seconds with six decimals. */
function seconds(milliseconds: number): string {
  if (milliseconds < 0) return '"-"';
  const microseconds = Math.round(milliseconds * 1000);
  const whole = Math.floor(microseconds / 1_000_000);
  return String(whole) + '.' + String(1_000_000 + microseconds - whole * 1_000_000).slice(1);
}

/** Go's `%q` for text whose characters are bytes: a line can never be broken or forged by what a client sends. */
export function quote(text: string): string {
  return quoted(text, false);
}

function quoted(text: string, plain: boolean): string {
  if (text === '') return '"-"';
  return '"' + (plain ? text : escaped(text)) + '"';
}

function escaped(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char < 0x20 || char > 0x7e || char === 0x22 || char === 0x5c)
      return text.replace(NOT_PLAIN, escapeOne);
  }
  return text;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};
/** What `%q` looks at: well-formed UTF-8 of more than one byte, or a single character that is not plain. */
const NOT_PLAIN =
  /[\xc2-\xdf][\x80-\xbf]|(?:\xe0[\xa0-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]|\xed[\x80-\x9f])[\x80-\xbf]|(?:\xf0[\x90-\xbf]|[\xf1-\xf3][\x80-\xbf]|\xf4[\x80-\x8f])[\x80-\xbf]{2}|[^\x20\x21\x23-\x5b\x5d-\x7e]/g;
/** Go's `unicode.IsPrint`, without the space. */
const PRINTABLE = /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u;

/** `bytes`: one character in UTF-8, or one that is not. */
function escapeOne(bytes: string): string {
  const letter = ESCAPES[bytes];
  if (letter !== undefined) return letter;
  if (bytes.length === 1) return `\\x${hex(bytes.charCodeAt(0), 2)}`;
  const char = Buffer.from(bytes, 'latin1').toString();
  if (PRINTABLE.test(char)) return bytes;
  const code = char.codePointAt(0)!;
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
