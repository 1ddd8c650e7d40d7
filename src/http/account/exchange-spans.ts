import { performance } from 'node:perf_hooks';
import type { Span, SpanAttributes } from '../../telemetry/span.ts';
import { wallTime } from '../../time/wall-clock.ts';
import type { EndpointTexts } from '../policy/endpoint-texts.ts';
import { attemptId, type SpanIds } from '../policy/span-ids.ts';
import type { HttpSettings } from '../settings.ts';
import type { Asked } from './access-record.ts';
import type { Account } from './account.ts';
import { type Common, clientAttributes, commonAttributes, instanceAttributes } from './span-attributes.ts';

/** What went wrong, in one word of the router's: behind it there may be text of anybody's. */
const FIRST_WORD = /^[\w-]+/;
const LONGEST = 500;

type Told = Pick<HttpSettings, 'logForwardedFor' | 'logSourceAddress' | 'accessLog'>;

/** The span of an exchange that is over, and those of its attempts. */
export function spansOf(asked: Asked, account: Account, ids: SpanIds, settings: Told): Span[] {
  const common = commonAttributes(asked, settings.accessLog.redactQuery);
  const spans = [serverSpan(asked, account, ids, settings, common)];
  for (let number = 1; number <= account.tried; number++) {
    spans.push(attemptSpan(asked, account, ids, common, number));
  }
  return spans;
}

function serverSpan(asked: Asked, account: Account, ids: SpanIds, settings: Told, common: Common): Span {
  const { pool, status, routerError, texts, tried, receivedAt } = account;
  const route = pool?.settings.routeKey ?? '';
  const error = errorOf(account);
  return {
    ...ids,
    isEntry: true,
    kind: 'server',
    name: route === '' ? common.method : `${common.method} ${route}`,
    startedAt: wallTime(receivedAt),
    endedAt: wallTime(performance.now()),
    failed: error !== '',
    attributes: {
      ...common.attributes,
      ...clientAttributes(asked, account, settings, common.target),
      ...(route !== '' && { 'http.route': route }),
      ...(status > 0 && { 'http.response.status_code': status }),
      ...(error !== '' && { 'error.type': error }),
      ...(routerError !== '' && { 'cellgate.router_error': routerError.slice(0, LONGEST) }),
      'cellgate.request_id': account.requestId,
      ...(texts !== null && instanceAttributes(texts)),
      ...(tried > 1 && { 'cellgate.retries': tried - 1 }),
    },
  };
}

/** Empty where nothing has failed; that a client went away is no failure of ours. */
function errorOf({ status, routerError, failures, attempts }: Account): string {
  const last = failures.at(-1)?.failure;
  // Once a response has begun its status says nothing of how it ended.
  if (last !== undefined && (attempts.succeeded ? routerError !== '' : status >= 500)) return last;
  if (status > 0 && status < 500) return '';
  return FIRST_WORD.exec(routerError)?.[0] ?? String(status);
}

/** @param number from 1 */
function attemptSpan(asked: Asked, account: Account, ids: SpanIds, common: Common, number: number): Span {
  const { failures, backendStartedAt, backendFinishedAt, attempts } = account;
  const failed = failures[number - 1];
  const texts = (failed?.texts ?? account.texts)!;
  const isLast = number === account.tried;
  const status = isLast && attempts.succeeded ? account.status : 0;
  const error = failed?.failure ?? (status >= 400 ? String(status) : '');
  return {
    traceId: ids.traceId,
    spanId: attemptId(ids.spanId, number),
    parentId: ids.spanId,
    isEntry: false,
    kind: 'client',
    name: common.method,
    startedAt: wallTime(failures[number - 2]?.at ?? backendStartedAt),
    endedAt: wallTime(failed?.at ?? backendFinishedAt),
    failed: error !== '',
    attributes: {
      ...common.attributes,
      ...peerAttributes(texts, common.target),
      ...(asked.upgradeTo !== null && { 'cellgate.upgrade': asked.upgradeTo.slice(0, LONGEST) }),
      ...(status > 0 && { 'http.response.status_code': status }),
      ...(error !== '' && { 'error.type': error }),
      ...(number > 1 && { 'http.request.resend_count': number - 1 }),
      // The client has gone, or the exchange was given up.
      ...(failed === undefined && status === 0 && { 'cellgate.outcome': 'abandoned' }),
    },
  };
}

function peerAttributes(texts: EndpointTexts, target: string): SpanAttributes {
  const { host, port, tls } = texts.endpoint;
  const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return {
    'server.address': host,
    'server.port': port,
    'network.peer.address': host,
    'network.peer.port': port,
    // What a route service is asked for is its own URL.
    ...(!texts.isService && { 'url.full': `${tls ? 'https' : 'http'}://${authority}${target}` }),
    ...instanceAttributes(texts),
  };
}
