import type { Endpoint } from '../../routing/endpoint.ts';
import { BACKEND_ATTEMPTS, REQUESTS, RETRIES } from '../../telemetry/counters.ts';
import { Account } from '../account/account.ts';
import { attemptData, logFailure } from '../account/failure-log.ts';
import type { Downstream, DownstreamListener } from '../downstream.ts';
import type { Head } from '../message/head.ts';
import type { Response } from '../message/response.ts';
import {
  type AttemptFacts,
  attemptFacts,
  type FailureClass,
  failureCounter,
  isRetriable,
  isStale,
  marksFailed,
} from '../policy/failure.ts';
import { failureAnswer } from '../policy/failure-answer.ts';
import { healthAnswer, isHealthCheck } from '../policy/health-check.ts';
import type { Outcome } from '../policy/outcome.ts';
import { isOwnError, routerAnswer } from '../policy/router-answer.ts';
import { type Answer, HEADERS_TOO_LARGE, type RouterError, UNKNOWN_FAILURE } from '../policy/router-error.ts';
import { isWebSocket, openingFault, switchingFault } from '../policy/upgrade.ts';
import type { ProxyContext } from '../proxy-context.ts';
import { Tunnel, type TunnelUpstream } from '../tunnel.ts';
import type { Upstream, UpstreamListener } from '../upstream.ts';
import { hasAnotherAttempt } from './another-attempt.ts';
import { Attempt } from './attempt.ts';
import { Debugging } from './debugging.ts';
import { Decision } from './decision.ts';
import { describeTrace } from './describe.ts';
import { EndpointChoice } from './endpoint-choice.ts';
import type { ExchangeParts } from './exchange-parts.ts';
import { Expectation } from './expectation.ts';
import { nobody } from './nobody.ts';
import { OutgoingRequest } from './outgoing-request.ts';
import { OutgoingResponse } from './outgoing-response.ts';
import { Replay } from './replay.ts';

type State =
  /** No request. */
  | 'idle'
  /** What is to become of it is being decided. */
  | 'deciding'
  /** An endpoint is chosen, the connection to it is being made. */
  | 'connecting'
  /** The request is being sent or has been; nothing has come back. */
  | 'waiting'
  /** The response head has gone to the client. */
  | 'responding'
  /** The two sides have switched to another protocol. */
  | 'tunneling';

/**
 * One request and its response, from the client's first byte to the line in the access log. Read top to bottom: decide,
 * attempt (choose, connect, send, respond) until one succeeds or none is left, log. Reused from request to request on a
 * connection.
 */
export class Exchange implements DownstreamListener, UpstreamListener {
  readonly #parts: ExchangeParts;
  readonly #context: ProxyContext;
  readonly #downstream: Downstream;
  readonly account = new Account();
  readonly #choice: EndpointChoice;
  readonly #decision: Decision;
  readonly #attempt: Attempt;
  readonly #debugging: Debugging;
  readonly #replay = new Replay();
  readonly #outgoingRequest: OutgoingRequest;
  readonly #outgoingResponse: OutgoingResponse;
  readonly #expectation: Expectation;
  #state: State = 'idle';
  #attempts = 0;
  requestId = '';

  constructor(parts: ExchangeParts, downstream: Downstream) {
    const { context, destinations } = parts;
    this.#parts = parts;
    this.#context = context;
    this.#downstream = downstream;
    this.#choice = new EndpointChoice(context, destinations);
    this.#decision = new Decision(parts, this.#choice, downstream);
    this.#attempt = new Attempt(context, destinations, downstream, () => this.#onTimeout());
    this.#debugging = new Debugging(context, downstream, this.#decision, this.account);
    this.#outgoingRequest = new OutgoingRequest(context, downstream, this.#decision, this.account);
    this.#outgoingResponse = new OutgoingResponse(
      context,
      downstream,
      this.#choice,
      this.account,
      this.#debugging,
    );
    this.#expectation = new Expectation(context, downstream, this.account);
  }

  get takesBody(): boolean {
    return this.#state === 'waiting' || this.#state === 'responding';
  }

  get isResponding(): boolean {
    return this.#state === 'responding';
  }

  // Phase 1: a request head has been read; what becomes of it.

  begin(): void {
    const { head, request } = this.#downstream;
    const { settings, counters } = this.#context;
    this.#state = 'deciding';
    this.account.open(this.#context.readClock(), this.#parts.requestIds.next());
    counters.add(REQUESTS);
    this.#attempts = 0;
    this.#replay.reset();
    if (settings.tracing !== null) describeTrace(this.#downstream, settings.tracing, this.account);
    this.requestId = this.account.requestId;
    this.#debugging.begin();
    if (isHealthCheck(head, request, settings.healthcheckUserAgent)) {
      this.#answerHealthCheck();
      return;
    }
    const error = this.#decision.make(this.#downstream, this.account);
    if (error !== null) this.#answer(error, error !== HEADERS_TOO_LARGE);
    else if (!this.#try(false)) this.#answer(nobody(this.#parts, this.#choice, request, this.account));
  }

  // Phase 2: an attempt: which endpoint, and a connection to it.

  /** `fresh` asks for a new connection after a stale one. Answers whether there is an endpoint. */
  #try(fresh: boolean): boolean {
    const { backends, destinations, ledger } = this.#parts;
    const endpoint = this.#choice.next(this.#context.now);
    if (endpoint === null) return false;
    this.#attempt.open(this.#decision.pool, endpoint, this.#choice.arm, this.account.requestId);
    this.#attempts++;
    this.#context.counters.add(BACKEND_ATTEMPTS);
    const backend = backends.of(endpoint);
    this.account.tries(backend.textsOf(endpoint));
    ledger.noteAttempt(this.account);
    const upstream = backend.acquire(fresh, this.#downstream.upgradeTo !== null);
    destinations.activeApps?.add(endpoint.appId);
    this.#state = 'connecting';
    if (this.#attempts === 1) this.account.backendStartedAt = this.account.receivedAt;
    else this.#context.readClock();
    this.#attempt.goBy(upstream);
    upstream.claim(this);
    if (upstream.isReady) this.#send(upstream);
    return true;
  }

  onUpstreamReady(): void {
    if (!this.#attempt.isRouted) {
      // While the connection was made the route has left the backend: who answers there by now, nobody knows.
      this.onUpstreamFailed('unsent', 'backend gone');
      return;
    }
    this.#send(this.#attempt.upstream);
    if (!this.#attempt.isFull) this.#downstream.resumeRequest();
  }

  onUpstreamMoved(upstream: Upstream): void {
    this.#attempt.goBy(upstream);
    upstream.claim(this);
    if (upstream.isReady || !this.#attempt.isRouted) this.onUpstreamReady();
  }

  // Phase 3: the request goes out.

  #send(upstream: Upstream): void {
    const { request } = this.#downstream;
    this.#state = 'waiting';
    if (this.#parts.ledger.tellsAttempts || this.account.debugged)
      this.account.attempts.takes(upstream.times, upstream.reused);
    this.#attempt.limit(this.#context.deadlines.endpointFor(request, this.#attempt.endpoint));
    this.#outgoingRequest.sendBy(upstream);
    this.#expectation.await();
    this.#replay.sendTo(upstream);
    if (this.#downstream.requestComplete) upstream.endRequest(null);
  }

  onRequestBody(bytes: Buffer, start: number, end: number): void {
    if (start === end) return;
    this.account.requestBytes += end - start;
    this.#replay.keep(bytes, start, end);
    if (this.#attempt.isOpen) this.#attempt.upstream.sendBody(bytes, start, end);
  }

  flushRequest(): boolean {
    return !this.#replay.isPossible && this.#attempt.isOpen && this.#attempt.upstream.flush();
  }

  onRequestEnd(trailers: Head | null): void {
    // Trailers are not kept, so a request with some cannot be sent again.
    if (trailers !== null) this.#replay.giveUp();
    if (this.#attempt.isOpen) this.#attempt.upstream.endRequest(trailers);
  }

  onUpstreamFull(waiting: number): void {
    this.#attempt.isFull = true;
    this.#downstream.pauseRequest(waiting);
  }

  onUpstreamDrain(): void {
    this.#attempt.isFull = false;
    this.#downstream.resumeRequest();
  }

  // Phase 4: the response comes back.

  onInterim(head: Head, response: Response): void {
    this.#expectation.relay(head, response);
  }

  onResponseHead(head: Head, response: Response): void {
    const { request, upgradeTo } = this.#downstream;
    const fault = openingFault(request, upgradeTo, head.status);
    if (fault !== null) {
      this.onUpstreamFailed('malformed', fault);
      return;
    }
    this.#begins('responding', head.status);
    this.#outgoingResponse.send(head, response);
  }

  onResponseBody(bytes: Buffer, start: number, end: number, lent: boolean): void {
    this.account.responseBytes += end - start;
    this.#downstream.response.body(bytes, start, end, lent);
  }

  flushResponse(): boolean {
    return this.#downstream.response.flush();
  }

  onDownstreamFull(): void {
    // Before the response it is the one before that is not taken, and this one's backend may still be awaited.
    if (this.#state === 'responding') this.#attempt.upstream.pause();
  }

  onDownstreamDrain(): void {
    if (this.#attempt.isOpen) this.#attempt.upstream.resume();
  }

  onResponseEnd(trailers: Head | null): void {
    this.#downstream.response.end(trailers);
    this.#close('answered');
    this.#finish();
    this.#downstream.exchangeDone();
  }

  // Phase 4, when the backend agrees to switch to another protocol.

  onSwitchingProtocols(head: Head, response: Response, upstream: TunnelUpstream): void {
    const fault = switchingFault(this.#downstream, head, response);
    if (fault !== null) {
      this.onUpstreamFailed('malformed', fault);
      return;
    }
    const tunnel = new Tunnel(this.#context, this.#downstream, upstream, () => this.#onTunnelClosed());
    this.#begins('tunneling', 101);
    upstream.becomeTunnel(tunnel);
    this.#downstream.becomeTunnel(tunnel, this.#outgoingResponse.switching(head, response));
  }

  #onTunnelClosed(): void {
    // Given up already, for a fault of our own.
    if (this.#state !== 'tunneling') return;
    this.#close('tunnelled');
    this.#finish();
  }

  /** Nothing is tried again from here on. */
  #begins(state: 'responding' | 'tunneling', status: number): void {
    this.#state = state;
    this.#expectation.end();
    // As gorouter: what an application answers to a WebSocket may be endless (docs/compatibility.md §3.11).
    if (state === 'tunneling' || isWebSocket(this.#downstream.upgradeTo)) this.#attempt.unlimit();
    this.#attempt.answered(status);
    this.#replay.giveUp();
    this.account.status = status;
    this.account.attempts.succeeded = true;
  }

  // Phase 5: the attempt came to nothing; another one, or the end.

  onUpstreamFailed(failure: FailureClass, cause: string): void {
    const { endpoint, upstream } = this.#attempt;
    const begun = this.#state === 'responding';
    const now = this.#context.readClock();
    this.account.close(failure, now);
    const hangs =
      failure === 'timeout' && !begun && upstream.backendIsSilentSince(this.account.backendStartedAt);
    const facts = attemptFacts(failure, upstream.reused, this.#downstream.request);
    const retriable = isRetriable(facts);
    const told = { failure, cause, retriable, attempt: this.#attempts, endpoints: this.#choice.count };
    logFailure(this.#context.log, endpoint, this.account, upstream, told);
    this.#attempt.fail(failure, hangs || marksFailed(facts));
    if (begun) {
      this.account.routerError = `endpoint_failure (${cause})`;
      this.#downstream.abort();
      this.#finish();
      return;
    }
    if (retriable && this.#replay.isPossible && this.#hasAnotherAttempt(facts, endpoint)) {
      if (failure === 'local') this.#parts.backends.shedIdle();
      if (!isStale(facts)) this.#choice.avoid(endpoint);
      if (this.#try(isStale(facts))) {
        this.#context.counters.add(RETRIES);
        if (this.takesBody && !this.#attempt.isFull) this.#downstream.resumeRequest();
        return;
      }
    }
    if (failure !== 'local') this.#context.counters.add(failureCounter(failure));
    this.#answer(failureAnswer(failure, cause));
  }

  #hasAnotherAttempt(facts: AttemptFacts, endpoint: Endpoint): boolean {
    const { stands, redirection } = this.#decision;
    const untried = this.#choice.hasAnother(endpoint);
    const tally = { attempts: this.#attempts, untried, toService: redirection !== null };
    return stands && hasAnotherAttempt(this.#parts, this.account, facts, tally);
  }

  #onTimeout(): void {
    if (!this.#attempt.isOpen) return;
    this.#context.log.error('backend-request-timeout', attemptData(this.#attempt.endpoint, this.account));
    this.onUpstreamFailed('timeout', 'context deadline exceeded');
  }

  cancel(cause: string, status: number): boolean {
    const begun = this.#state === 'responding';
    if (this.#attempt.isOpen) this.#close('abandoned');
    if (this.#state === 'idle') return begun;
    if (!begun) this.account.status = status;
    this.account.routerError = cause;
    this.#finish();
    return begun;
  }

  panic(error: unknown): void {
    this.#downstream.panic(error);
  }

  /** docs/compatibility.md §3.1. */
  giveUp(): void {
    if (this.#attempt.isOpen) this.#close('panicked');
    if (this.#state === 'idle') {
      // Whatever has gone wrong, it was not the answer to a request.
      this.#downstream.destroy();
      return;
    }
    if (this.account.status === 0) {
      this.#answer(UNKNOWN_FAILURE, false);
      return;
    }
    // Something of an answer may have gone out already.
    this.account.routerError = UNKNOWN_FAILURE.routerError;
    this.#finish();
    this.#downstream.abort();
  }

  // Answers of the router's own.

  #answerHealthCheck(): void {
    const { settings, httpDate, phase } = this.#context;
    const isHealthy = (phase === 'serving' || phase === 'leaving') && this.#parts.health.isHealthy;
    this.account.status = isHealthy ? 200 : 503;
    this.#say(healthAnswer(isHealthy, httpDate, settings.responseRewrite), false);
  }

  #answer(error: RouterError, mayPersist = true): void {
    const { settings, httpDate, log } = this.#context;
    const answer = routerAnswer(this.#debugging.told(error), this.account.requestId, httpDate, settings);
    this.account.status = error.status;
    this.account.routerError = error.routerError;
    if (isOwnError(error) && error.status !== 404) log.info('status', { body: answer.body });
    this.#say(answer, mayPersist);
  }

  #say(answer: Answer, mayPersist: boolean): void {
    this.account.responseBytes = answer.body.length;
    this.#downstream.response.whole(answer, mayPersist && this.#downstream.mayPersist);
    this.#finish();
    this.#downstream.exchangeDone();
  }

  // Phase 6: the end, and the log.

  #close(outcome: Outcome): void {
    this.account.close(outcome, this.#context.readClock());
    this.#attempt.close(outcome);
  }

  #finish(): void {
    this.#state = 'idle';
    this.requestId = '';
    this.#replay.giveUp();
    this.#expectation.end();
    this.#decision.end();
    this.#choice.end();
    this.#parts.ledger.close(this.#downstream, this.account, this.#attempts > 0);
  }
}
