import { DEBUG_TOKENS_REFUSED } from '../../telemetry/counters.ts';
import { wallTime } from '../../time/wall-clock.ts';
import type { Account } from '../account/account.ts';
import type { Downstream } from '../downstream.ts';
import { ABSENT } from '../message/request.ts';
import { debugLine } from '../policy/debug-line.ts';
import { isDebugToken } from '../policy/debug-token.ts';
import { proxyStatus, withProxyStatus } from '../policy/proxy-status.ts';
import type { RouterError } from '../policy/router-error.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { Decision } from './decision.ts';

/** What a response says of how it came about, to those with a debug token; to all others, as far as the configuration wants it. */
export class Debugging {
  readonly #context: ProxyContext;
  readonly #downstream: Downstream;
  readonly #decision: Decision;
  readonly #account: Account;

  constructor(context: ProxyContext, downstream: Downstream, decision: Decision, account: Account) {
    this.#context = context;
    this.#downstream = downstream;
    this.#decision = decision;
    this.#account = account;
  }

  /** A request has begun. A token that does not hold is counted, and its request is one like any other. */
  begin(): void {
    const { head, request } = this.#downstream;
    const { settings, counters, now } = this.#context;
    if (request.debug === ABSENT || settings.debugKey === '') return;
    if (isDebugToken(settings.debugKey, head.value(request.debug), wallTime(now))) {
      this.#account.debugged = true;
    } else counters.add(DEBUG_TOKENS_REFUSED);
  }

  /** An answer of the router's own, with what is to be said of it. */
  told(error: RouterError): RouterError {
    if (!this.#account.debugged) return withProxyStatus(error, this.#context.settings);
    return { ...error, more: this.#lines(error, 0) };
  }

  /** Names and values in turn, for the response of the endpoint asked last. @param status of it */
  lines(status: number): readonly string[] {
    return this.#account.debugged ? this.#lines(null, status) : NONE;
  }

  #lines(error: RouterError | null, status: number): string[] {
    const { texts } = this.#account;
    const hop = { address: texts?.endpoint.address ?? '', status };
    return ['Cellgate-Debug', this.#line(status > 0), 'Proxy-Status', proxyStatus(error, hop)];
  }

  #line(isAnswered: boolean): string {
    const { requestId, texts, attempts, failures, receivedAt, backendStartedAt } = this.#account;
    const context = this.#context;
    const { route } = this.#decision;
    const endpoint = texts?.endpoint ?? null;
    const now = context.readClock();
    const begunAt = failures.at(-1)?.at ?? backendStartedAt;
    return debugLine({
      ...context.identity,
      route: route?.settings.routeKey ?? '',
      arm: (endpoint && route?.arms?.armOf(endpoint)?.tally.arm) ?? '',
      endpoint: endpoint?.address ?? '',
      instance: endpoint?.instanceId ?? '',
      attempts: failures.length + (isAnswered ? 1 : 0),
      failed: failures.map(({ texts: tried, failure }) => ({ endpoint: tried.endpoint.address, failure })),
      took: now - receivedAt,
      awaited: isAnswered && begunAt >= 0 ? now - begunAt : -1,
      dial: attempts.dial,
      tls: attempts.tls,
      requestId,
    });
  }
}

const NONE: readonly string[] = [];
