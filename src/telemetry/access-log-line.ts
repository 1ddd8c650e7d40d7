import type { WallClock } from '../time/wall-clock.ts';
import { escaped, quote } from './go-quote.ts';
import type { LineBytes } from './line-bytes.ts';

/** What one line of the access log tells (docs/compatibility.md §6.6). Empty strings print as `-`. */
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
  /** From `AttemptFields`; empty when none are asked for. */
  attempts: string;
  routerError: string;
  /** From `ExtraHeaders`; empty when none are asked for. */
  headers: string;
  /** Whether everything the client sent is printable ASCII without `"` and `\\`, so that it needs no look. */
  plain: boolean;
}

/** Writes the line without its line feed, as Latin-1: what the client sent as UTF-8 still is. */
export function writeAccessLogLine(line: LineBytes, r: AccessRecord, clock: WallClock): void {
  const { plain } = r;
  line.clear();
  line.text(r.host);
  line.text(' - [');
  line.text(clock.isoSecond(r.receivedAt));
  line.sixDigits(clock.microsecond(r.receivedAt));
  line.text('000Z] "');
  line.text(plain ? r.requestLine : escaped(r.requestLine));
  line.text('" ');
  if (r.status === 0) line.quoted('');
  else line.number(r.status);
  line.text(' ');
  line.number(r.requestBytes);
  line.text(' ');
  line.number(r.responseBytes);
  line.text(' ');
  writeQuoted(line, r.referer, plain);
  line.text(' ');
  writeQuoted(line, r.userAgent, plain);
  line.text(r.addresses);
  line.text(' x_forwarded_for:');
  writeQuoted(line, r.forwardedFor, plain);
  line.text(' x_forwarded_proto:');
  writeQuoted(line, r.forwardedProto, plain);
  line.text(' vcap_request_id:"');
  line.text(r.requestId);
  line.text('" response_time:');
  writeSeconds(line, r.responseTime);
  line.text(' gorouter_time:');
  writeSeconds(line, r.gorouterTime);
  line.text(r.instance);
  line.text(r.attempts);
  line.text(' x_cf_routererror:');
  writeQuoted(line, r.routerError, false);
  line.text(r.headers);
}

function writeQuoted(line: LineBytes, text: string, plain: boolean): void {
  line.quoted(plain ? text : escaped(text));
}

function writeSeconds(line: LineBytes, milliseconds: number): void {
  if (milliseconds < 0) {
    line.quoted('');
    return;
  }
  const microseconds = Math.round(milliseconds * 1000);
  const whole = Math.floor(microseconds / 1_000_000);
  line.number(whole);
  line.text('.');
  line.sixDigits(microseconds - whole * 1_000_000);
}

/** An address in the line; the same for every request on a connection. */
export function addressPart(address: string): string {
  return ` ${quote(address)}`;
}

/** The part of the line that names the endpoint; the same for every request to it. */
export function instancePart(appId: string, appIndex: string, instanceId: string): string {
  return ` app_id:${quote(appId)} app_index:${quote(appIndex)} instance_id:${quote(instanceId)}`;
}

/** Seconds with six decimals; negative is `"-"`. */
export function seconds(milliseconds: number): string {
  if (milliseconds < 0) return '"-"';
  const microseconds = Math.round(milliseconds * 1000);
  const whole = Math.floor(microseconds / 1_000_000);
  return String(whole) + '.' + String(1_000_000 + microseconds - whole * 1_000_000).slice(1);
}
