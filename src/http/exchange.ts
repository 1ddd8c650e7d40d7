import type { Endpoint } from '../routing/endpoint.ts';
import { Pool } from '../routing/pool.ts';
import {
  BACKEND_ATTEMPTS,
  REFUSED_MESSAGES,
  REQUESTS,
  RETRIES,
  responseCounter,
} from '../telemetry/counters.ts';
import { Deadline } from '../time/deadline.ts';
import { wallTime } from '../time/wall-clock.ts';
import { Account } from './account.ts';
import { attemptsOf, blame, loopFault, nobody, unchoosable } from './attempt-end.ts';
import { encodingOf } from './connection/body-writer.ts';
import { clientCertOf, describeClient, describeTrace } from './describe.ts';
import type { Downstream } from './downstream.ts';
import { EndpointChoice } from './endpoint-choice.ts';
import type { ExchangeState } from './exchange-state.ts';
import { attemptData, logFailure, panicData } from './failure-log.ts';
import { findPool } from './find-pool.ts';
import type { HttpProxy } from './http-proxy.ts';
import { noteAnswer } from './measured.ts';
import type { Head } from './message/head.ts';
import { ABSENT } from './message/request.ts';
import type { Response } from './message/response.ts';
import type { ClientCertForwarding } from './policy/client-certificate.ts';
import {
  type AttemptFacts,
  attemptFacts,
  type FailureClass,
  failureCounter,
  failureStatus,
  isRetriable,
  isStale,
  marksFailed,
  mayTryAgain,
} from './policy/failure.ts';
import { exceeds } from './policy/header-size.ts';
import { healthAnswer, isHealthCheck } from './policy/health-check.ts';
import { type Redirection, requestHead } from './policy/request-lines.ts';
import { interimHead, responseLines, switchingHead } from './policy/response-lines.ts';
import { isOwnError, routerAnswer } from './policy/router-answer.ts';
import {
  type Answer,
  endpointFailure,
  HEADERS_TOO_LARGE,
  type RouterError,
  routerExhausted,
  UNKNOWN_FAILURE,
} from './policy/router-error.ts';
import { openingFault, switchingFault } from './policy/upgrade.ts';
import { Replay } from './replay.ts';
import { finished } from './response-text.ts';
import { redirectionTo } from './route-services.ts';
import { Tunnel } from './tunnel.ts';
import type { TunnelUpstream, Upstream } from './upstream.ts';

/**
 * One request and its response, from the client's first byte to the line in the access log. Read top to bottom:
 * begin → match → pick → connect → send → respond → log. Reused from request to request on a connection.
 */
export class Exchange {
  readonly #account = new Account();
  readonly #proxy: HttpProxy;
  readonly downstream: Downstream;
  readonly #deadline: Deadline;
  readonly #choice: EndpointChoice;
  #state: ExchangeState = 'idle';
  #pool: Pool | null = null;
  #endpoint: Endpoint | null = null;
  #upstream: Upstream | null = null;
  #attempts = 0;
  #forwardedLines = '';
  /** Whether the request is on its way to a route service, or back from one. */
  #signed = false;
  #redirection: Redirection | null = null;
  #clientCert: ClientCertForwarding;
  readonly #replay = new Replay();

  constructor(proxy: HttpProxy, downstream: Downstream) {
    this.#proxy = proxy;
    this.downstream = downstream;
    this.#deadline = new Deadline(downstream, () => this.#onTimeout());
    this.#clientCert = downstream.client.certificate;
    this.#choice = new EndpointChoice(proxy);
  }

  /** Whether request body bytes can go on to a backend now. */
  get takesBody(): boolean {
    return this.#state === 'waiting' || this.#state === 'responding';
  }

  get isResponding(): boolean {
    return this.#state === 'responding';
  }

  // Phase 1: a request head has been read.

  begin(): void {
    this.#proxy.readClock();
    this.#proxy.counters.add(REQUESTS);
    this.#endpoint = null;
    this.#attempts = 0;
    this.#signed = false;
    this.#redirection = null;
    this.#account.open(this.#proxy.now, this.#proxy.requestIds.next());
    this.#replay.reset();
    const { tracing } = this.#proxy.settings;
    if (tracing !== null) describeTrace(this.downstream, tracing, this.#account);
    this.#match();
  }

  // Phase 2: which route.

  #match(): void {
    const { head, request } = this.downstream;
    const { settings } = this.#proxy;
    if (isHealthCheck(head, request, settings.healthcheckUserAgent)) {
      this.#answerHealthCheck();
      return;
    }
    const pool = findPool(this.downstream, this.#proxy, this.#account);
    if (!(pool instanceof Pool)) {
      this.#answer(pool);
      return;
    }
    if (exceeds(head, settings.headerBounds)) {
      this.#refuseSize(pool);
      return;
    }
    this.#pool = pool;
    if (
      (pool.settings.routeServiceUrl !== '' || request.proxySignature !== ABSENT) &&
      !this.#askService(pool)
    )
      return;
    this.#describe();
    const isDetour = this.#redirection !== null;
    const error =
      loopFault(this.#account) ??
      unchoosable(this.#proxy, this.#choice, this.#pool, this.downstream, isDetour);
    if (error !== null) this.#answer(error);
    else if (!this.#pick(false)) this.#answer(nobody(this.#proxy, this.#choice, request, this.#account));
  }

  /** By way of the route service, when there is one; `false` when the request may not go on. */
  #askService(pool: Pool): boolean {
    const { head, request, upgradeTo } = this.downstream;
    const { routeServices } = this.#proxy;
    const now = wallTime(this.#proxy.now);
    const passage = routeServices.passage(head, request, pool, upgradeTo !== null, now);
    if (passage.kind === 'refused') {
      this.#answer({ ...passage, cacheControl: '' });
      return false;
    }
    this.#signed = passage.kind !== 'direct';
    if (passage.kind === 'detour') {
      this.#pool = routeServices.poolOf(passage);
      this.#redirection = redirectionTo(passage);
    }
    return true;
  }

  #describe(): void {
    const isReturn = this.#signed && this.#redirection === null;
    const { settings } = this.#proxy;
    this.#clientCert = clientCertOf(this.downstream, isReturn);
    const { line } = this.#clientCert;
    this.#forwardedLines = describeClient(this.downstream, settings, this.#account, isReturn, line);
  }

  // Phase 3: which endpoint, and a connection to it.

  /** `fresh` asks for a new connection after a stale one. Answers whether there is an endpoint. */
  #pick(fresh: boolean): boolean {
    const endpoint = this.#choice.next(this.#proxy.now);
    if (endpoint === null) return false;
    this.#attempts++;
    this.#proxy.counters.add(BACKEND_ATTEMPTS);
    this.#endpoint = endpoint;
    const backend = this.#proxy.backends.of(endpoint);
    const texts = backend.textsOf(endpoint);
    this.#account.texts = texts;
    this.#proxy.meters?.attempted(texts, endpoint.tags?.['component'] ?? '');
    const upstream = backend.acquire(fresh, this.downstream.upgradeTo !== null);
    this.#proxy.activeApps?.add(endpoint.appId);
    this.#upstream = upstream;
    this.#state = 'connecting';
    if (this.#attempts === 1) this.#account.backendStartedAt = this.#account.receivedAt;
    else this.#proxy.readClock();
    upstream.claim(this);
    if (upstream.isReady) this.#send(upstream);
    return true;
  }

  onUpstreamReady(): void {
    this.#send(this.#upstream!);
    this.downstream.resumeRequest();
  }

  /** The backend does not speak what the connection to it was made for: it is another one that will be ready. */
  onUpstreamMoved(upstream: Upstream): void {
    this.#upstream = upstream;
    upstream.claim(this);
    if (upstream.isReady) this.onUpstreamReady();
  }

  // Phase 4: the request goes out.

  #send(upstream: Upstream): void {
    const { head, request } = this.downstream;
    const { settings, deadlines } = this.#proxy;
    this.#state = 'waiting';
    const { tellsAttempts } = this.#proxy.accessRecorder;
    if (tellsAttempts) this.#account.attempts.takes(upstream.times, upstream.reused);
    const { requestTimeout } = this.#endpoint!;
    const limit = requestTimeout === 0 ? deadlines.endpointFor(request) : deadlines.ofLength(requestTimeout);
    limit.arm(this.#deadline, this.#proxy.now);
    const keepAlive =
      settings.backendKeepAlive && (!request.expectsContinue || settings.keepAliveAfterContinue);
    const text = requestHead(head, request, {
      forwardedLines: this.#forwardedLines,
      trace: this.#account.trace,
      dropsClientCert: this.#clientCert.drops,
      requestStart: String(Math.floor(wallTime(this.#account.receivedAt))),
      requestId: this.#account.requestId,
      endpointLines: this.#account.texts!.headerLines,
      keepAlive,
      upgradeTo: this.downstream.upgradeTo,
      protectedNames: settings.protectedNames,
      signed: this.#signed,
      redirection: this.#redirection,
    });
    upstream.send(text, encodingOf(request.bodyLength), request.method === 'HEAD', !keepAlive);
    this.#replay.sendTo(upstream);
    if (this.downstream.requestComplete) upstream.endRequest(null);
  }

  onRequestBody(bytes: Buffer, start: number, end: number): void {
    if (start === end) return;
    this.#account.requestBytes += end - start;
    this.#replay.keep(bytes, start, end);
    this.#upstream?.sendBody(bytes, start, end);
  }

  /** Writes what there is of the request; answers whether nobody holds its bytes any more. */
  flushRequest(): boolean {
    return !this.#replay.isPossible && this.#upstream?.flush() === true;
  }

  onRequestEnd(trailers: Head | null): void {
    // Trailers are not kept, so a request with some cannot be sent again.
    if (trailers !== null) this.#replay.giveUp();
    this.#upstream?.endRequest(trailers);
  }

  /** The backend does not keep up. */
  onUpstreamFull(): void {
    this.downstream.pauseRequest();
  }

  onUpstreamDrain(): void {
    this.downstream.resumeRequest();
  }

  // Phase 5: the response comes back.

  onInterim(head: Head, response: Response): void {
    this.downstream.response.interim(interimHead(head, response, this.#proxy.settings.responseRewrite));
  }

  onResponseHead(head: Head, response: Response): void {
    const fault = openingFault(this.downstream.request, this.downstream.upgradeTo, head.status);
    if (fault !== null) {
      this.onUpstreamFailed('malformed', fault);
      return;
    }
    this.#state = 'responding';
    this.#choice.settle();
    this.#replay.giveUp();
    this.#account.status = head.status;
    this.#account.attempts.succeeded = true;
    const date = response.hasDate ? '' : this.#proxy.httpDate;
    let own = responseLines(head, response, this.#account.requestId, date);
    if (this.#choice.isSticky(response.setsCookies)) {
      own += this.#choice.sessionLines(head, this.#endpoint!, wallTime(this.#proxy.now));
    }
    const lines = finished(own, this.downstream, this.#endpoint!, this.#proxy.settings);
    const { bodyLength, statedLength } = response;
    const { mayPersist } = this.downstream;
    this.downstream.response.head(lines, head.status, bodyLength, statedLength, mayPersist);
  }

  onResponseBody(bytes: Buffer, start: number, end: number, lent: boolean): void {
    this.#account.responseBytes += end - start;
    this.downstream.response.body(bytes, start, end, lent);
  }

  /** The client does not keep up. */
  onDownstreamFull(): void {
    // Before the response it is the one before that is not taken, and this one's backend may still be awaited.
    if (this.#state === 'responding') this.#upstream?.pause();
  }

  onDownstreamDrain(): void {
    this.#upstream?.resume();
  }

  onResponseEnd(trailers: Head | null): void {
    this.downstream.response.end(trailers);
    this.#account.backendFinishedAt = this.#proxy.readClock();
    this.#detach()?.release();
    this.#finish();
    this.downstream.exchangeDone();
  }

  // Phase 5, when the backend agrees to switch to another protocol.

  onSwitchingProtocols(head: Head, response: Response, upstream: TunnelUpstream): void {
    const { upgradeTo, head: asked } = this.downstream;
    const fault = switchingFault(upgradeTo, asked, head, response);
    if (fault !== null) {
      this.onUpstreamFailed('malformed', fault);
      return;
    }
    const tunnel = new Tunnel(this.downstream, upstream, () => this.#onTunnelClosed());
    this.#choice.settle();
    this.#state = 'tunneling';
    this.#account.status = 101;
    this.#account.attempts.succeeded = true;
    this.#deadline.disarm();
    upstream.becomeTunnel(tunnel);
    const { requestId } = this.#account;
    this.downstream.becomeTunnel(tunnel, switchingHead(head, response, upgradeTo!, requestId));
  }

  #onTunnelClosed(): void {
    this.#account.backendFinishedAt = this.#proxy.readClock();
    this.#detach();
    this.#finish();
  }

  // What can go wrong.

  onUpstreamFailed(failure: FailureClass, cause: string): void {
    const upstream = this.#detach()!;
    const begun = this.#state === 'responding';
    this.#account.backendFinishedAt = this.#proxy.readClock();
    this.#account.fail(this.#account.backendFinishedAt);
    const hangs =
      failure === 'timeout' && !begun && upstream.backendIsSilentSince(this.#account.backendStartedAt);
    const endpoint = this.#endpoint!;
    const facts = attemptFacts(failure, upstream.reused, this.downstream.request);
    if (hangs || marksFailed(facts)) blame(this.#proxy, this.#pool!, endpoint, failure);
    const retriable = isRetriable(facts);
    const told = { failure, cause, retriable, attempt: this.#attempts, endpoints: this.#choice.count };
    logFailure(this.#proxy.log, endpoint, this.#account, upstream, told);
    upstream.destroy();
    if (begun) {
      this.#account.routerError = `endpoint_failure (${cause})`;
      this.downstream.abort();
      this.#finish();
      return;
    }
    if (retriable && this.#replay.isPossible && this.#mayTryAgain(facts)) {
      if (failure === 'local') this.#proxy.backends.shedIdle();
      if (!isStale(facts)) this.#choice.avoid(endpoint);
      if (this.#pick(isStale(facts))) {
        this.#proxy.counters.add(RETRIES);
        if (this.takesBody) this.downstream.resumeRequest();
        return;
      }
    }
    if (failure !== 'local') this.#proxy.counters.add(failureCounter(failure));
    const local = failure === 'local' ? routerExhausted(cause) : null;
    this.#answer(local ?? endpointFailure(cause, failureStatus(failure)));
  }

  #mayTryAgain(facts: AttemptFacts): boolean {
    const untried = this.#choice.hasAnother(this.#endpoint!);
    const tally = { attempts: this.#attempts, untried, toService: this.#redirection !== null };
    return mayTryAgain(facts, attemptsOf(this.#proxy, this.#account, tally));
  }

  #onTimeout(): void {
    if (this.#upstream === null) return;
    this.#proxy.log.error('backend-request-timeout', attemptData(this.#endpoint!, this.#account));
    this.onUpstreamFailed('timeout', 'context deadline exceeded');
  }

  /** The client's side is over before the response is. Answers whether the response had begun. */
  cancel(cause: string, status: number): boolean {
    const begun = this.#state === 'responding';
    const upstream = this.#detach();
    if (upstream !== null) {
      this.#account.backendFinishedAt = this.#proxy.readClock();
      upstream.destroy();
    }
    if (this.#state === 'idle') return begun;
    if (!begun) this.#account.status = status;
    this.#account.routerError = cause;
    this.#finish();
    return begun;
  }

  /** A fault of our own: only this exchange is given up (gorouter.md §3.1). */
  onPanic(error: unknown): void {
    this.#proxy.log.error('panic-check', panicData(error, this.#account));
    this.#detach()?.destroy();
    if (this.#account.status !== 0) {
      // Something of an answer may have gone out already.
      this.#account.routerError = UNKNOWN_FAILURE.routerError;
      if (this.#state !== 'idle') this.#finish();
      this.downstream.destroy();
      return;
    }
    this.#answer(UNKNOWN_FAILURE, false);
  }

  /** An endpoint is chosen all the same, so that its application finds the request in its log. */
  #refuseSize(pool: Pool): void {
    const endpoint = this.#choice.peek(pool);
    if (endpoint !== null) this.#account.texts = this.#proxy.backends.of(endpoint).textsOf(endpoint);
    this.#proxy.counters.add(REFUSED_MESSAGES);
    this.#answer(HEADERS_TOO_LARGE, false);
  }

  #answerHealthCheck(): void {
    const { settings, httpDate, isHealthy } = this.#proxy;
    this.#account.status = isHealthy ? 200 : 503;
    this.#say(healthAnswer(isHealthy, httpDate, settings.responseRewrite), false);
  }

  #answer(error: RouterError, mayPersist = true): void {
    const { settings, httpDate, log } = this.#proxy;
    const answer = routerAnswer(error, this.#account.requestId, httpDate, settings);
    this.#account.status = error.status;
    this.#account.routerError = error.routerError;
    if (isOwnError(error) && error.status !== 404) log.info('status', { body: answer.body });
    this.#say(answer, mayPersist);
  }

  #say({ head, body }: Answer, mayPersist: boolean): void {
    this.#account.responseBytes = body.length;
    this.downstream.response.whole(head, body, mayPersist && this.downstream.mayPersist);
    this.#finish();
    this.downstream.exchangeDone();
  }

  // The end.

  /** Lets go of the backend's side, counts included. */
  #detach(): Upstream | null {
    const upstream = this.#upstream;
    if (upstream === null) return null;
    this.#upstream = null;
    this.#deadline.disarm();
    this.#proxy.cells.end(this.#endpoint!.backend.seat);
    this.#choice.settle();
    return upstream;
  }

  #finish(): void {
    this.#state = 'idle';
    this.#pool = null;
    this.#replay.giveUp();
    const { counters, accessRecorder } = this.#proxy;
    if (this.#endpoint !== null) {
      counters.add(responseCounter(this.#account.status));
      if (this.#proxy.meters?.timed) noteAnswer(this.#proxy.meters, this.#account);
    }
    accessRecorder.write(this.downstream, this.#account);
  }
}
