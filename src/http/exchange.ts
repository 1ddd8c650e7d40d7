import type { Attempt } from '../routing/balancer.ts';
import type { Endpoint } from '../routing/endpoint.ts';
import { MAX_SLOTS } from '../routing/endpoint-cells.ts';
import type { Pool } from '../routing/pool.ts';
import {
  BACKEND_ATTEMPTS,
  REJECTED_REQUESTS,
  REQUESTS,
  RETRIES,
  responseCounter,
} from '../telemetry/counters.ts';
import { Deadline } from '../time/deadline.ts';
import { wallTime } from '../time/wall-clock.ts';
import { Account } from './account.ts';
import { encodingOf } from './connection/body-writer.ts';
import type { DownstreamConnection } from './connection/downstream-connection.ts';
import type { UpstreamConnection } from './connection/upstream-connection.ts';
import type { HttpProxy } from './http-proxy.ts';
import { noteAnswer, noteLookup } from './measured.ts';
import type { Head } from './message/head.ts';
import { ABSENT } from './message/request.ts';
import type { Response } from './message/response.ts';
import { type ClientCertForwarding, returnedClientCert } from './policy/client-certificate.ts';
import {
  type FailureClass,
  failureCounter,
  failureStatus,
  isIdempotent,
  isRetriable,
  isStale,
  marksFailed,
  mayTryAgain,
} from './policy/failure.ts';
import { forwardedFor, forwardedProto } from './policy/forwarded.ts';
import { forwardedLines, type Redirection, requestHead } from './policy/request-lines.ts';
import { interimHead, responseLines, switchingHead } from './policy/response-lines.ts';
import {
  EMPTY_HOST,
  endpointFailure,
  FORWARDING_LOOP,
  noEndpoints,
  OPTIONS_OF_THE_ROUTER,
  type RouterError,
  routerErrorLines,
  routerExhausted,
  unknownRoute,
} from './policy/router-error.ts';
import { switchingFault } from './policy/upgrade.ts';
import { Replay } from './replay.ts';
import { redirectionTo } from './route-services.ts';
import { Tunnel } from './tunnel.ts';

type State =
  /** No request. */
  | 'idle'
  /** An endpoint is chosen, the connection to it is being made. */
  | 'connecting'
  /** The request is being sent or has been; nothing has come back. */
  | 'waiting'
  /** The response head has gone to the client. */
  | 'responding'
  /** The two sides have switched to another protocol. */
  | 'tunneling';

const AS_IT_CAME = { forceForwardedProtoHttps: false, sanitizeForwardedProto: false };
/** Characters of X-Forwarded-For: some two hundred addresses, which only a loop collects. */
const LONGEST_WAY = 4096;

/**
 * One request and its response, from the client's first byte to the line in the access log. Read top to bottom:
 * begin → match → pick → connect → send → respond → log. Reused from request to request on a connection.
 */
export class Exchange {
  readonly #account = new Account();
  readonly #proxy: HttpProxy;
  readonly #downstream: DownstreamConnection;
  readonly #deadline = new Deadline(() => this.#onTimeout());
  readonly #attempt: { load: Attempt['load']; nowSecond: number; tried: Endpoint[]; random(): number };
  #state: State = 'idle';
  #pool: Pool | null = null;
  #endpoint: Endpoint | null = null;
  #upstream: UpstreamConnection | null = null;
  #attempts = 0;
  #forwardedLines = '';
  /** Whether the request is on its way to a route service, or back from one. */
  #signed = false;
  #redirection: Redirection | null = null;
  #clientCert: ClientCertForwarding;
  readonly #replay = new Replay();

  constructor(proxy: HttpProxy, downstream: DownstreamConnection) {
    this.#proxy = proxy;
    this.#downstream = downstream;
    this.#clientCert = downstream.clientCert;
    this.#attempt = { load: proxy.cells, nowSecond: 0, tried: [], random: Math.random };
  }

  /** Whether request body bytes can go on to a backend now. */
  get takesBody(): boolean {
    return this.#state === 'waiting' || this.#state === 'responding';
  }

  /** Sent to the client; 0 before. */
  get status(): number {
    return this.#account.status;
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
    if (this.#attempt.tried.length > 0) this.#attempt.tried = [];
    this.#account.open(this.#proxy.now, this.#proxy.requestIds.next());
    this.#replay.reset();
    this.#match();
  }

  // Phase 2: which route.

  #match(): void {
    const { request, clientIp } = this.#downstream;
    const host = request.lookupName;
    if (host === '' || host === clientIp) {
      this.#reject(EMPTY_HOST);
      return;
    }
    if (request.maxForwards === 0) {
      this.#answer(OPTIONS_OF_THE_ROUTER);
      return;
    }
    const pool = this.#proxy.routes.table.match(host, request.path);
    if (this.#proxy.meters?.timed) noteLookup(this.#proxy.meters, this.#account);
    if (pool === null || (pool.isEmpty && !this.#proxy.settings.emptyPoolIs503)) {
      this.#reject(unknownRoute(request.host));
      return;
    }
    if (pool.isEmpty) {
      this.#answer(noEndpoints(request.host));
      return;
    }
    this.#pool = pool;
    if (
      (pool.settings.routeServiceUrl !== '' || request.proxySignature !== ABSENT) &&
      !this.#askService(pool)
    )
      return;
    this.#describe();
    if (this.#account.forwardedFor.length > LONGEST_WAY) this.#reject(FORWARDING_LOOP);
    else this.#pick(false);
  }

  /** By way of the route service, when there is one; `false` when the request may not go on. */
  #askService(pool: Pool): boolean {
    const { head, request, upgradeTo } = this.#downstream;
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
    const { head, request, clientIp, scheme, forwardedLines: usual } = this.#downstream;
    const { settings } = this.#proxy;
    const isReturn = this.#signed && this.#redirection === null;
    this.#clientCert = isReturn
      ? returnedClientCert(settings.forwardedClientCert, scheme)
      : this.#downstream.clientCert;
    if (
      !isReturn &&
      request.forwardedFor === ABSENT &&
      request.forwardedProto === ABSENT &&
      !settings.forceForwardedProtoHttps
    ) {
      this.#account.forwardedFor = clientIp;
      this.#account.forwardedProto = scheme;
      this.#forwardedLines = usual;
      return;
    }
    this.#account.forwardedFor = forwardedFor(head, request, clientIp);
    // A service that brings the request back says how the client came to it (gorouter.md §3.5).
    this.#account.forwardedProto = forwardedProto(head, request, scheme, isReturn ? AS_IT_CAME : settings);
    const { forwardedFor: addresses, forwardedProto: proto } = this.#account;
    this.#forwardedLines = forwardedLines(addresses, proto) + this.#clientCert.line;
  }

  // Phase 3: which endpoint, and a connection to it. `fresh` asks for a new one after a stale one.

  #pick(fresh: boolean): void {
    const pool = this.#pool!;
    const attempt = this.#attempt;
    attempt.nowSecond = Math.floor(this.#proxy.now / 1000);
    const endpoint = pool.balancer(pool, attempt);
    if (endpoint === null) {
      this.#answerFailure('No endpoints available');
      return;
    }
    this.#attempts++;
    this.#proxy.counters.add(BACKEND_ATTEMPTS);
    this.#endpoint = endpoint;
    this.#proxy.cells.begin(endpoint.slot);
    this.#proxy.activeApps?.add(endpoint.appId);
    const backend = this.#proxy.backends.of(endpoint);
    const texts = backend.textsOf(endpoint);
    this.#account.texts = texts;
    this.#proxy.meters?.attempted(texts, endpoint.tags?.['component'] ?? '');
    const upstream = backend.acquire(fresh);
    this.#upstream = upstream;
    this.#state = 'connecting';
    if (this.#attempts === 1) this.#account.backendStartedAt = this.#account.receivedAt;
    else this.#proxy.readClock();
    upstream.claim(this);
    if (upstream.isReady) this.#send(upstream);
  }

  onUpstreamReady(): void {
    this.#send(this.#upstream!);
    this.#downstream.resumeRequest();
  }

  // Phase 4: the request goes out.

  #send(upstream: UpstreamConnection): void {
    const { head, request } = this.#downstream;
    const { settings, deadlines } = this.#proxy;
    this.#state = 'waiting';
    if (this.#proxy.accessRecorder.tellsAttempts) this.#account.attempts.takes(upstream);
    deadlines.endpoint.arm(this.#deadline, this.#proxy.now);
    const text = requestHead(head, request, {
      forwardedLines: this.#forwardedLines,
      trace: null,
      dropsClientCert: this.#clientCert.drops,
      requestStart: String(Math.floor(wallTime(this.#account.receivedAt))),
      requestId: this.#account.requestId,
      endpointLines: this.#account.texts!.headerLines,
      keepAlive: settings.backendKeepAlive,
      upgradeTo: this.#downstream.upgradeTo,
      protectedNames: settings.protectedNames,
      signed: this.#signed,
      redirection: this.#redirection,
    });
    upstream.send(text, encodingOf(request.bodyLength), request.method === 'HEAD');
    this.#replay.sendTo(upstream);
    if (this.#downstream.requestComplete) upstream.endRequest(null);
  }

  onRequestBody(bytes: Buffer, start: number, end: number): void {
    if (start === end) return;
    this.#account.requestBytes += end - start;
    this.#replay.keep(bytes, start, end);
    this.#upstream?.sendBody(bytes, start, end);
  }

  onRequestEnd(trailers: Head | null): void {
    // Trailers are not kept, so a request with some cannot be sent again.
    if (trailers !== null) this.#replay.giveUp();
    this.#upstream?.endRequest(trailers);
  }

  /** The backend does not keep up. */
  onUpstreamFull(): void {
    this.#downstream.pauseRequest();
  }

  onUpstreamDrain(): void {
    this.#downstream.resumeRequest();
  }

  // Phase 5: the response comes back.

  onInterim(head: Head, response: Response): void {
    this.#downstream.response.interim(interimHead(head, response));
  }

  onResponseHead(head: Head, response: Response): void {
    this.#state = 'responding';
    this.#replay.giveUp();
    this.#account.status = head.status;
    this.#account.attempts.succeeded = true;
    const date = response.hasDate ? '' : this.#proxy.httpDate;
    const lines = responseLines(head, response, this.#account.requestId, date);
    const { bodyLength, statedLength } = response;
    const { mayPersist } = this.#downstream;
    this.#downstream.response.head(lines, head.status, bodyLength, statedLength, mayPersist);
  }

  onResponseBody(bytes: Buffer, start: number, end: number): void {
    this.#account.responseBytes += end - start;
    this.#downstream.response.body(bytes, start, end);
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
    this.#downstream.response.end(trailers);
    this.#account.backendFinishedAt = this.#proxy.readClock();
    this.#detach()?.release();
    this.#finish();
    this.#downstream.exchangeDone();
  }

  // Phase 5, when the backend agrees to switch to another protocol.

  onSwitchingProtocols(head: Head, response: Response): void {
    const { upgradeTo, head: asked } = this.#downstream;
    const fault = switchingFault(upgradeTo, asked, head, response);
    if (fault !== null) {
      this.onUpstreamFailed('malformed', fault);
      return;
    }
    const upstream = this.#upstream!;
    const tunnel = new Tunnel(this.#downstream, upstream, () => this.#onTunnelClosed());
    this.#state = 'tunneling';
    this.#account.status = 101;
    this.#account.attempts.succeeded = true;
    this.#deadline.disarm();
    upstream.becomeTunnel(tunnel);
    this.#downstream.becomeTunnel(tunnel, switchingHead(head, response, upgradeTo!));
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
    this.#account.attempts.fail(this.#account.backendFinishedAt);
    const { reused } = upstream;
    const hangs =
      failure === 'timeout' && !begun && upstream.backendIsSilentSince(this.#account.backendStartedAt);
    upstream.destroy();
    const endpoint = this.#endpoint!;
    const { request } = this.#downstream;
    const facts = {
      class: failure,
      reused,
      idempotent: isIdempotent(request.method, request.bodyLength !== 0, request.hasIdempotencyKey),
    };
    if (hangs || marksFailed(facts)) {
      const { cells, settings } = this.#proxy;
      cells.markFailed(endpoint.slot, Math.ceil(this.#proxy.now / 1000) + settings.failureMarkSeconds);
    }
    this.#logFailure(endpoint, cause, facts);
    if (begun) {
      this.#account.routerError = `endpoint_failure (${cause})`;
      this.#downstream.abort();
      this.#finish();
      return;
    }
    if (isRetriable(facts) && this.#replay.isPossible && this.#mayTryAgain(isStale(facts))) {
      this.#proxy.counters.add(RETRIES);
      if (failure === 'local') this.#proxy.backends.shedIdle();
      if (!isStale(facts)) this.#attempt.tried.push(endpoint);
      this.#pick(isStale(facts));
      if (this.takesBody) this.#downstream.resumeRequest();
      return;
    }
    if (failure === 'local') this.#answer(routerExhausted(cause));
    else this.#answerFailure(cause, failure);
  }

  #mayTryAgain(stale: boolean): boolean {
    const { tried } = this.#attempt;
    const untried = this.#pool!.endpoints.some((each) => each !== this.#endpoint && !tried.includes(each));
    const { maxAttempts, routeServices } = this.#proxy.settings;
    const most = this.#redirection === null ? maxAttempts : routeServices.maxAttempts;
    return mayTryAgain(this.#attempts, most, stale, untried);
  }

  #onTimeout(): void {
    if (this.#upstream !== null) this.onUpstreamFailed('timeout', 'endpoint timeout');
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

  #reject(error: RouterError): void {
    this.#proxy.counters.add(REJECTED_REQUESTS);
    this.#answer(error);
  }

  #answerFailure(cause: string, failure: FailureClass = 'dial'): void {
    this.#proxy.counters.add(failureCounter(failure));
    this.#answer(endpointFailure(cause, failureStatus(failure)));
  }

  #answer(error: RouterError): void {
    const { head, body } = routerErrorLines(error, this.#account.requestId, this.#proxy.httpDate);
    this.#account.status = error.status;
    this.#account.routerError = error.routerError;
    this.#account.responseBytes = body.length;
    this.#downstream.response.whole(head, body, this.#downstream.mayPersist);
    this.#finish();
    this.#downstream.exchangeDone();
  }

  // The end.

  /** Lets go of the backend's side, counts included. */
  #detach(): UpstreamConnection | null {
    const upstream = this.#upstream;
    if (upstream === null) return null;
    this.#upstream = null;
    this.#deadline.disarm();
    this.#proxy.cells.end(this.#endpoint!.slot);
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
    accessRecorder.write(this.#downstream, this.#account);
  }

  #logFailure(endpoint: Endpoint, cause: string, facts: { reused: boolean }): void {
    const toService = endpoint.slot >= MAX_SLOTS;
    this.#proxy.log.error(toService ? 'route-service-connection-failed' : 'backend-endpoint-failed', {
      'route-endpoint': endpoint.address,
      application_id: endpoint.appId,
      instance_id: endpoint.instanceId,
      error: cause,
      attempt: this.#attempts,
      vcap_request_id: this.#account.requestId,
      'conn-reused': facts.reused,
      'num-endpoints': this.#pool?.endpoints.length ?? 0,
    });
  }
}
