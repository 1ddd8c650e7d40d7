import { performance } from 'node:perf_hooks';
import { type AccessRecord, addressPart, instancePart } from '../../telemetry/access-log-line.ts';
import { type QueryRedaction, redactedLine } from '../../telemetry/query-redaction.ts';
import { wallTime } from '../../time/wall-clock.ts';
import type { TellingFault } from '../message/fault.ts';
import type { Head } from '../message/head.ts';
import type { RefusedHead } from '../message/refused-head.ts';
import { ABSENT, type Request } from '../message/request.ts';
import type { ClientFacts } from '../policy/client-facts.ts';
import type { HttpSettings } from '../settings.ts';
import type { Account } from './account.ts';

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

export function emptyRecord(): AccessRecord {
  return {
    host: '',
    receivedAt: 0,
    requestLine: '',
    status: 0,
    requestBytes: 0,
    responseBytes: 0,
    referer: '',
    userAgent: '',
    addresses: '',
    forwardedFor: '',
    forwardedProto: '',
    requestId: '',
    responseTime: 0,
    gorouterTime: 0,
    instance: '',
    attempts: '',
    routerError: '',
    headers: '',
    plain: false,
  };
}

/** What one line of the access log tells (docs/compatibility.md §6.6), to be printed when the exchange is over. */
export function fillRecord(
  record: AccessRecord,
  { head, request, client }: Asked,
  settings: HttpSettings,
  o: Account,
): void {
  const { texts } = o;
  // What a backend was told; where none was asked, what the client said of itself.
  const told = o.backendStartedAt >= 0;
  const forwardedFor = told ? o.forwardedFor : valueAt(head, request.forwardedFor);
  record.host = request.host;
  record.receivedAt = wallTime(o.receivedAt);
  record.requestLine = requestLine(head, request, settings.accessLog.redactQuery);
  record.status = o.status;
  record.requestBytes = o.requestBytes;
  record.responseBytes = o.responseBytes;
  record.referer = valueAt(head, request.referer);
  record.userAgent = valueAt(head, request.userAgent);
  record.addresses = client.logPart + (texts?.logAddress ?? NO_ADDRESS);
  record.forwardedFor = settings.logForwardedFor ? forwardedFor : '';
  record.forwardedProto = told ? o.forwardedProto : valueAt(head, request.forwardedProto);
  record.requestId = o.requestId;
  record.responseTime = performance.now() - o.receivedAt;
  record.gorouterTime = texts === null ? 0 : record.responseTime - (o.backendFinishedAt - o.backendStartedAt);
  record.instance = texts?.logPart ?? NO_INSTANCE;
  record.attempts = '';
  // gorouter's mark of a `;` in the target, which Go once took for a separator of parameters.
  record.routerError = o.routerError === '' && request.target.includes(';') ? SEMICOLON : o.routerError;
  record.headers = '';
  record.plain = head.plain;
}

/** The same of a head that was refused: what it holds is only printed. @param now monotonic milliseconds */
export function fillRefused(
  record: AccessRecord,
  head: RefusedHead,
  { status, name }: TellingFault,
  client: ClientFacts,
  settings: HttpSettings,
  now: number,
): void {
  const redaction = settings.accessLog.redactQuery;
  const line = head.requestLine;
  Object.assign(record, emptyRecord(), {
    host: head.host,
    receivedAt: wallTime(now),
    requestLine: redaction === 'none' ? line : redactedLine(line, redaction),
    status,
    referer: head.header('referer'),
    userAgent: head.header('user-agent'),
    addresses: client.logPart + NO_ADDRESS,
    forwardedFor: settings.logForwardedFor ? head.header('x-forwarded-for') : '',
    forwardedProto: head.header('x-forwarded-proto'),
    requestId: '-',
    instance: NO_INSTANCE,
    routerError: name,
  });
}

/** The first line as it is written down. */
export function requestLine(head: Head, request: Request, redaction: QueryRedaction): string {
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
