import { performance } from 'node:perf_hooks';
import { wallTime } from '../../time/wall-clock.ts';
import { ownText } from '../message/own-text.ts';
import type { HttpSettings } from '../settings.ts';
import { type Asked, requestLine } from './access-record.ts';
import type { Account } from './account.ts';
import { Latest } from './latest.ts';
import type { Notable, RequestRecord } from './request-record.ts';

const MOST = 512;
/** Characters of a text that whoever asked, or announced the endpoint, has chosen. */
const LONGEST = 500;
/** A request that takes longer is slow. Milliseconds. */
const SLOW_MS = 1000;

/** The last requests of a thread that failed, were tried again or took long: whoever has an id can ask for them. */
export class RequestRing {
  readonly #latest = new Latest<RequestRecord>(MOST);

  /** The exchange is over. */
  note(asked: Asked, account: Account, settings: HttpSettings): void {
    const why = notable(account);
    if (why !== null) this.#latest.add(recordOf(why, asked, account, settings));
  }

  /** The last one of that id; null: there is none. */
  find(id: string): RequestRecord | null {
    return this.latest().find((record) => record.id === id) ?? null;
  }

  /** Newest first. */
  latest(): RequestRecord[] {
    return this.#latest.list();
  }
}

function notable({ status, failures, receivedAt, backendFinishedAt, debugged }: Account): Notable | null {
  if (status >= 500 || status === 0) return 'failed';
  if (failures.length > 0) return 'retried';
  if (backendFinishedAt - receivedAt > SLOW_MS) return 'slow';
  return debugged ? 'debugged' : null;
}

/** To be called when the exchange is over. */
export function recordOf(
  why: Notable,
  { head, request, client }: Asked,
  account: Account,
  settings: HttpSettings,
): RequestRecord {
  const { requestId, status, routerError, receivedAt, texts, failures } = account;
  const endpoint = texts?.endpoint;
  return {
    id: requestId,
    why,
    at: wallTime(receivedAt),
    host: ownText(request.host, LONGEST),
    line: ownText(requestLine(head, request, settings.accessLog.redactQuery), LONGEST),
    client: settings.logSourceAddress ? client.address : '',
    status,
    routerError: ownText(routerError, LONGEST),
    took: performance.now() - receivedAt,
    endpoint: bounded(endpoint?.address ?? ''),
    instance: bounded(endpoint?.instanceId ?? ''),
    app: bounded(endpoint?.appId ?? ''),
    attempts: failures.map(({ texts: { endpoint: tried }, at, failure }) => ({
      endpoint: bounded(tried.address),
      instance: bounded(tried.instanceId),
      failure,
      after: at - receivedAt,
    })),
  };
}

/** The table has most of them anyway. */
function bounded(text: string): string {
  return text.length <= LONGEST ? text : ownText(text, LONGEST);
}
