import type { WallClock } from '../time/wall-clock.ts';

/** What one line of the access log tells (reference §6.6). Empty strings print as `-`. */
export interface AccessRecord {
  /** Validated by the parser, or empty: it is printed bare. */
  host: string;
  /** Unix milliseconds. */
  receivedAt: number;
  method: string;
  target: string;
  protocol: string;
  /** 0 when none was sent. */
  status: number;
  requestBytes: number;
  responseBytes: number;
  referer: string;
  userAgent: string;
  clientAddress: string;
  backendAddress: string;
  forwardedFor: string;
  forwardedProto: string;
  requestId: string;
  /** Seconds; negative prints as `-`. */
  responseTime: number;
  gorouterTime: number;
  appId: string;
  appIndex: string;
  instanceId: string;
  routerError: string;
}

/** The line without its line feed. */
export function accessLogLine(record: AccessRecord, clock: WallClock): string {
  const r = record;
  return (
    `${r.host} - [${clock.isoNanoseconds(r.receivedAt)}] ${quote(`${r.method} ${r.target} ${r.protocol}`)}` +
    ` ${r.status === 0 ? '"-"' : r.status} ${r.requestBytes} ${r.responseBytes}` +
    ` ${quote(r.referer)} ${quote(r.userAgent)} ${quote(r.clientAddress)} ${quote(r.backendAddress)}` +
    ` x_forwarded_for:${quote(r.forwardedFor)} x_forwarded_proto:${quote(r.forwardedProto)}` +
    ` vcap_request_id:${quote(r.requestId)} response_time:${seconds(r.responseTime)}` +
    ` gorouter_time:${seconds(r.gorouterTime)} app_id:${quote(r.appId)} app_index:${quote(r.appIndex)}` +
    ` instance_id:${quote(r.instanceId)} x_cf_routererror:${quote(r.routerError)}`
  );
}

function seconds(value: number): string {
  return value < 0 ? '"-"' : value.toFixed(6);
}

/** Go's `%q` for text whose characters are bytes: a line can never be broken or forged by what a client sends. */
export function quote(text: string): string {
  if (text === '') return '"-"';
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char < 0x20 || char > 0x7e || char === 0x22 || char === 0x5c) return quoteSlowly(text);
  }
  return `"${text}"`;
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
const UTF8 = new TextDecoder('utf-8', { fatal: true });

function quoteSlowly(text: string): string {
  let decoded: string | null;
  try {
    decoded = UTF8.decode(Buffer.from(text, 'latin1'));
  } catch {
    decoded = null;
  }
  let quoted = '"';
  for (const char of decoded ?? text) {
    const escaped = ESCAPES[char];
    const code = char.codePointAt(0)!;
    if (escaped !== undefined) quoted += escaped;
    else if (code < 0x20 || code === 0x7f || (decoded === null && code > 0x7e))
      quoted += `\\x${hex(code, 2)}`;
    else if (code > 0x7e && !/[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(char)) {
      quoted += code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
    } else quoted += char;
  }
  return `${quoted}"`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
