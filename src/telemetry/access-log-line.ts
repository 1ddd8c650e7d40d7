import type { WallClock } from '../time/wall-clock.ts';
import { escaped, quote, quoted } from './go-quote.ts';

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
  /** From `AttemptFields`; empty when none are asked for. */
  attempts: string;
  routerError: string;
  /** From `ExtraHeaders`; empty when none are asked for. */
  headers: string;
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
    r.attempts +
    ' x_cf_routererror:' +
    quoted(r.routerError, false) +
    r.headers
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

/** Seconds with six decimals; negative is `"-"`. */
export function seconds(milliseconds: number): string {
  if (milliseconds < 0) return '"-"';
  const microseconds = Math.round(milliseconds * 1000);
  const whole = Math.floor(microseconds / 1_000_000);
  return String(whole) + '.' + String(1_000_000 + microseconds - whole * 1_000_000).slice(1);
}
