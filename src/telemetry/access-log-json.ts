import type { WallClock } from '../time/wall-clock.ts';
import type { AccessRecord } from './access-log-line.ts';
import { type AttemptField, type AttemptValues, attemptValue } from './attempt-fields.ts';
import { headerLabel } from './extra-headers.ts';

/** What the line in gorouter's format holds already formatted. */
export interface AccessParts {
  readonly client: string;
  readonly backend: string;
  readonly appId: string;
  readonly appIndex: string;
  readonly instanceId: string;
  readonly attemptFields: readonly AttemptField[];
  readonly attempts: AttemptValues;
  readonly headerNames: readonly string[];
  readonly headerValues: readonly string[];
}

/**
 * `cellgate.access_log_format: json`: the same as one JSON object (RFC 8259), `null` for what is not known. As
 * Latin-1, in which one character is one byte of UTF-8; bytes that are no UTF-8 become U+FFFD.
 */
export function accessJsonLine(r: AccessRecord, parts: AccessParts, clock: WallClock): string {
  const [method, target, protocol] = splitRequestLine(r.requestLine);
  const fields: Record<string, string | number | null> = {
    host: known(r.host),
    time: clock.isoNanoseconds(r.receivedAt),
    method,
    uri: decoded(target),
    protocol,
    status: r.status || null,
    request_bytes: r.requestBytes,
    response_bytes: r.responseBytes,
    referer: known(r.referer),
    user_agent: known(r.userAgent),
    client: known(parts.client),
    backend: known(parts.backend),
    x_forwarded_for: known(r.forwardedFor),
    x_forwarded_proto: known(r.forwardedProto),
    vcap_request_id: known(r.requestId),
    response_time: inSeconds(r.responseTime),
    gorouter_time: inSeconds(r.gorouterTime),
    // From the bus, where text is text.
    app_id: parts.appId || null,
    app_index: parts.appIndex || null,
    instance_id: parts.instanceId || null,
  };
  for (const field of parts.attemptFields) {
    const value = attemptValue(field, parts.attempts);
    const isTime = typeof value === 'number' && field !== 'failed_attempts';
    fields[field] = isTime ? inSeconds(value) : value === '' ? null : value;
  }
  fields['x_cf_routererror'] = known(r.routerError);
  const headers = Object.fromEntries(
    parts.headerNames.map((name, at) => [headerLabel(name), known(parts.headerValues[at]!)]),
  );
  const object = parts.headerNames.length === 0 ? fields : { ...fields, headers };
  const json = JSON.stringify(object);
  return isAscii(json) ? json : Buffer.from(json).toString('latin1');
}

/** The target may hold spaces of a kind the parser lets pass; method and protocol cannot. */
function splitRequestLine(line: string): [string, string, string] {
  const start = line.indexOf(' ');
  const end = line.lastIndexOf(' ');
  return [line.slice(0, start), line.slice(start + 1, end), line.slice(end + 1)];
}

function known(text: string): string | null {
  return text === '' ? null : decoded(text);
}

function decoded(latin1: string): string {
  return isAscii(latin1) ? latin1 : Buffer.from(latin1, 'latin1').toString();
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

function inSeconds(milliseconds: number): number | null {
  return milliseconds < 0 ? null : Math.round(milliseconds * 1000) / 1_000_000;
}
