import { performance } from 'node:perf_hooks';
import { type AccessRecord, addressPart, instancePart } from '../telemetry/access-log-line.ts';
import { type QueryRedaction, redactedLine } from '../telemetry/query-redaction.ts';
import { wallTime } from '../time/wall-clock.ts';
import type { Account } from './account.ts';
import type { Head } from './message/head.ts';
import { ABSENT, type Request } from './message/request.ts';
import type { ClientFacts } from './policy/client-facts.ts';
import type { HttpSettings } from './settings.ts';

/** The client's side of an exchange, as far as the log tells of it. */
export interface Asked {
  readonly head: Head;
  readonly request: Request;
  readonly client: ClientFacts;
  /** The protocol the request asks to switch to, or `null`. */
  readonly upgradeTo: string | null;
}

const SEMICOLON = 'deprecated-semicolon-params';
const NO_ADDRESS = addressPart('');
const NO_INSTANCE = instancePart('', '', '');

/** One line of the access log (reference §6.6), to be printed when the exchange is over. */
export function accessRecord(
  { head, request, client }: Asked,
  settings: HttpSettings,
  o: Account,
): AccessRecord {
  const responseTime = performance.now() - o.receivedAt;
  return {
    host: request.host,
    receivedAt: wallTime(o.receivedAt),
    requestLine: requestLine(head, request, settings.accessLog.redactQuery),
    status: o.status,
    requestBytes: o.requestBytes,
    responseBytes: o.responseBytes,
    referer: valueAt(head, request.referer),
    userAgent: valueAt(head, request.userAgent),
    addresses: client.logPart + (o.texts?.logAddress ?? NO_ADDRESS),
    forwardedFor: settings.logForwardedFor ? o.forwardedFor || valueAt(head, request.forwardedFor) : '',
    forwardedProto: o.forwardedProto || valueAt(head, request.forwardedProto),
    requestId: o.requestId,
    responseTime,
    gorouterTime: o.texts === null ? 0 : responseTime - (o.backendFinishedAt - o.backendStartedAt),
    instance: o.texts?.logPart ?? NO_INSTANCE,
    attempts: '',
    // gorouter's mark of a `;` in the target, which Go once took for a separator of parameters.
    routerError: o.routerError === '' && request.target.includes(';') ? SEMICOLON : o.routerError,
    headers: '',
    plain: head.plain,
  };
}

function requestLine(head: Head, request: Request, redaction: QueryRedaction): string {
  const line = request.targetUnchanged ? head.startLine : rewrittenLine(request);
  return redaction === 'none' ? line : redactedLine(line, redaction);
}

function rewrittenLine({ method, target, http10, http2 }: Request): string {
  if (http2) return `${method} ${target} HTTP/2.0`;
  return `${method} ${target} ${http10 ? 'HTTP/1.0' : 'HTTP/1.1'}`;
}

function valueAt(head: Head, line: number): string {
  return line === ABSENT ? '' : head.value(line);
}
