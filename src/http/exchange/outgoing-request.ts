import { wallTime } from '../../time/wall-clock.ts';
import type { Account } from '../account/account.ts';
import type { Downstream } from '../downstream.ts';
import { encodingOf } from '../message/framing.ts';
import type { HeadSink, OutgoingHead } from '../message/head-sink.ts';
import type { OwnLines } from '../message/own-lines.ts';
import { ABSENT } from '../message/request.ts';
import type { ClientCertForwarding } from '../policy/client-certificate.ts';
import { type Forwarding, type Redirection, writeRequest } from '../policy/request-lines.ts';
import type { Trace } from '../policy/trace.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { Upstream } from '../upstream.ts';
import type { Decision } from './decision.ts';

/** The head of an exchange's request as the endpoint tried last gets it. */
export class OutgoingRequest implements OutgoingHead, Forwarding {
  readonly #context: Pick<ProxyContext, 'settings'>;
  readonly #downstream: Downstream;
  readonly #decision: Decision;
  readonly #account: Account;

  constructor(
    context: Pick<ProxyContext, 'settings'>,
    downstream: Downstream,
    decision: Decision,
    account: Account,
  ) {
    this.#context = context;
    this.#downstream = downstream;
    this.#decision = decision;
    this.#account = account;
  }

  sendBy(upstream: Upstream): void {
    const { bodyLength, method } = this.#downstream.request;
    upstream.send(this, encodingOf(bodyLength), method === 'HEAD', !this.keepAlive);
  }

  writeTo(sink: HeadSink): void {
    writeRequest(sink, this.#downstream.head, this.#downstream.request, this);
  }

  /** Whether another request may follow on its connection. */
  get keepAlive(): boolean {
    const { backendKeepAlive, keepAliveAfterContinue } = this.#context.settings;
    return backendKeepAlive && (!this.#downstream.request.expectsContinue || keepAliveAfterContinue);
  }

  get forwardedLines(): OwnLines | null {
    return this.#decision.forwardedLines;
  }

  get forwardedFor(): string {
    return this.#account.forwardedFor;
  }

  get forwardedProto(): string {
    return this.#account.forwardedProto;
  }

  get clientCert(): ClientCertForwarding {
    return this.#decision.clientCert;
  }

  get requestStart(): string {
    return String(Math.floor(wallTime(this.#account.receivedAt)));
  }

  get requestId(): string {
    return this.#account.requestId;
  }

  get endpointLines(): OwnLines {
    return this.#account.texts!.headerLines;
  }

  get upgradeTo(): string | null {
    return this.#downstream.upgradeTo;
  }

  get protectedNames(): readonly string[] {
    return this.#context.settings.protectedNames;
  }

  get trace(): Trace | null {
    return this.#account.trace;
  }

  get signed(): boolean {
    return this.#decision.signed;
  }

  get keepsDebug(): boolean {
    return this.#downstream.request.debug !== ABSENT && this.#context.settings.debugKey !== '';
  }

  get redirection(): Redirection | null {
    return this.#decision.redirection;
  }
}
