import type { Traffic } from '../../latency/traffic.ts';
import type { Pool } from '../../routing/pool.ts';
import { armOutcome } from '../policy/arm-outcome.ts';
import type { EndpointTexts } from '../policy/endpoint-texts.ts';
import type { FailureClass } from '../policy/failure.ts';
import type { Outcome } from '../policy/outcome.ts';
import { traceOfAttempt } from '../policy/sampled-trace.ts';
import type { Trace } from '../policy/trace.ts';
import { AttemptTimes } from './attempt-times.ts';

/** An attempt that came to nothing, or whose response broke off. */
export interface FailedAttempt {
  readonly texts: EndpointTexts;
  readonly at: number;
  readonly failure: FailureClass;
}

const NONE: readonly FailedAttempt[] = [];

/** What an exchange notes down as it goes, for the access log and the metrics. Times: milliseconds, monotonic. */
export class Account {
  /** Sent to the client; 0 before. */
  status = 0;
  requestId = '';
  /** Whether whoever asks is told how it is answered. */
  debugged = false;
  /** As the present attempt's backend is told of it; `null`: requests are not traced, or this one is not. */
  trace: Trace | null = null;
  forwardedFor = '';
  forwardedProto = '';
  routerError = '';
  /** The rule of the route's policy that let the caller in or kept it out; empty: there is none. */
  routePolicy = '';
  /** Of bodies. */
  requestBytes = 0;
  responseBytes = 0;
  /** Of the route; `null`: there is none, or it was not looked for. */
  pool: Pool | null = null;
  /** Of the endpoint tried last; `null` when none was. */
  texts: EndpointTexts | null = null;
  /** Attempts that have begun. */
  tried = 0;
  receivedAt = 0;
  /** The first attempt's start and the last one's end; -1 when there was none. */
  backendStartedAt = -1;
  backendFinishedAt = -1;
  /** What the present attempt counts for; `null`: for nothing. */
  traffic: Traffic | null = null;
  readonly attempts = new AttemptTimes();
  failures: readonly FailedAttempt[] = NONE;

  open(now: number, requestId: string): void {
    this.status = 0;
    this.requestId = requestId;
    this.debugged = false;
    this.trace = null;
    this.forwardedFor = '';
    this.forwardedProto = '';
    this.routerError = '';
    this.routePolicy = '';
    this.requestBytes = 0;
    this.responseBytes = 0;
    this.pool = null;
    this.texts = null;
    this.tried = 0;
    this.receivedAt = now;
    this.backendStartedAt = -1;
    this.backendFinishedAt = -1;
    this.attempts.reset();
    this.failures = NONE;
  }

  /** An attempt begins. */
  tries(texts: EndpointTexts): void {
    this.texts = texts;
    this.tried++;
    if (this.tried > 1 && this.trace !== null) this.trace = traceOfAttempt(this.trace, this.tried);
  }

  /** The attempt at the present endpoint is over. */
  close(outcome: Outcome, now: number): void {
    this.backendFinishedAt = now;
    if (this.traffic !== null) this.#count(this.traffic, outcome, now);
    switch (outcome) {
      case 'answered':
      case 'tunnelled':
      case 'abandoned':
      case 'panicked':
        break;
      default:
        this.attempts.fail(now);
        this.failures = [...this.failures, { texts: this.texts!, at: now, failure: outcome }];
    }
  }

  #count(traffic: Traffic, outcome: Outcome, now: number): void {
    this.traffic = null;
    traffic.open--;
    const { status } = this;
    const judged = armOutcome(outcome, status);
    if (judged === 'not-judged') return;
    const isAnswer = outcome === 'answered' && status !== 0;
    traffic.note(judged === 'app-error' || judged === 'gateway-error', isAnswer ? now - this.receivedAt : -1);
  }
}
