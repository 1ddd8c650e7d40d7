import { TokenBucket } from '../../time/token-bucket.ts';
import { wallTime } from '../../time/wall-clock.ts';
import { excerptAt, NO_EXCERPT } from '../message/excerpt.ts';
import { NOWHERE } from '../message/fault-place.ts';
import { HOST_FIELD } from '../message/field-name.ts';
import { TOLD_BYTES } from '../message/head-limits.ts';
import { maskedHead } from '../message/masked-head.ts';
import { ownText } from '../message/own-text.ts';
import { readRefusedHead } from '../message/refused-head.ts';
import { ABSENT } from '../message/request.ts';
import type { Refusal } from '../refusal.ts';
import type { HttpSettings } from '../settings.ts';
import { type Asked, requestLine } from './access-record.ts';
import type { Account } from './account.ts';
import { Latest } from './latest.ts';
import type { Rejection } from './rejection.ts';

const MOST = 200;
/** Once there were so many at once: a flood of them costs next to nothing. */
const MOST_A_SECOND = 50;
/** Characters of a text that whoever asked has chosen. */
const LONGEST = 300;

/** Answers of the router to a request that was read well and asks for what cannot be. */
const OWN_REFUSALS: ReadonlySet<string> = new Set([
  'empty_host',
  'unknown_route',
  'invalid_cf_app_instance_header',
  'invalid_cf_process_instance_header',
  'max-request-size-exceeded',
  'misdirected_request',
]);

/** What a thread has refused last. Nothing of it is done for what is served. */
export class Rejections {
  readonly #latest = new Latest<Rejection>(MOST);
  readonly #budget: TokenBucket;

  /** @param now monotonic milliseconds */
  constructor(now: number) {
    this.#budget = new TokenBucket(MOST, MOST_A_SECOND, now);
  }

  /** @param now monotonic milliseconds */
  note(refusal: Refusal, settings: HttpSettings, now: number): void {
    const { what, reason, detail, status, client, serverName, head: text, position } = refusal;
    if (!this.#budget.take(1, now)) return;
    const head = maskedHead(text.slice(0, TOLD_BYTES), settings.accessLog.redactQuery !== 'none');
    const told = readRefusedHead(head);
    const forwarded = settings.logForwardedFor ? (told?.header('x-forwarded-for') ?? '') : '';
    this.#latest.add({
      at: wallTime(now),
      what,
      reason: ownText(reason, LONGEST),
      detail,
      status,
      client: settings.logSourceAddress ? client : '',
      serverName,
      host: ownText(told?.host ?? '', LONGEST),
      line: ownText(told?.requestLine ?? '', LONGEST),
      forwardedFor: ownText(forwarded, LONGEST),
      position: position === NOWHERE ? null : position,
      excerpt: excerptAt(head, position),
    });
  }

  /** An exchange is over whose request the router itself has refused, for what stood in it. */
  noteAnswered(asked: Asked, { status, routerError, receivedAt }: Account, settings: HttpSettings): void {
    // That nobody has heard of a host is no fault of the message.
    if (status === 404 || !OWN_REFUSALS.has(routerError) || !this.#budget.take(1, receivedAt)) return;
    const { head, request, client } = asked;
    const hidesQuery = settings.accessLog.redactQuery !== 'none';
    const place = placeIn(asked, routerError);
    const forwarded = request.forwardedFor === ABSENT ? '' : head.value(request.forwardedFor);
    this.#latest.add({
      at: wallTime(receivedAt),
      what: request.http2 ? 'http/2' : 'http/1.1',
      reason: routerError,
      detail: '',
      status,
      client: settings.logSourceAddress ? client.address : '',
      serverName: client.serverName,
      host: ownText(request.host, LONGEST),
      line: ownText(requestLine(head, request, settings.accessLog.redactQuery), LONGEST),
      forwardedFor: settings.logForwardedFor ? ownText(forwarded, LONGEST) : '',
      position: place === NOWHERE ? null : place,
      excerpt:
        place === NOWHERE
          ? NO_EXCERPT
          : excerptAt(maskedHead(head.text.slice(0, TOLD_BYTES), hidesQuery), place),
    });
  }

  /** Newest first. */
  latest(): Rejection[] {
    return this.#latest.list();
  }
}

/** The value that was refused. */
function placeIn({ head, request }: Asked, routerError: string): number {
  const isApp = routerError !== 'invalid_cf_process_instance_header' && request.appInstance !== ABSENT;
  switch (routerError) {
    case 'invalid_cf_app_instance_header':
    case 'invalid_cf_process_instance_header':
    case 'unknown_route':
      return head.startOfValue(isApp ? request.appInstance : request.processInstance);
    case 'empty_host':
      return head.startOfValue(head.find(HOST_FIELD));
    default:
      return NOWHERE;
  }
}
