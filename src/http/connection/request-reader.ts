import type { Owner } from '../../boundary/owner.ts';
import { BAD_START, type Fault } from '../message/fault.ts';
import { faultPlace, NOWHERE } from '../message/fault-place.ts';
import type { Head } from '../message/head.ts';
import { FAULT, HeadParser, MORE } from '../message/head-parser.ts';
import { ABSENT, Request } from '../message/request.ts';
import type { ClientFacts } from '../policy/client-facts.ts';
import { upgradeFault, wantedProtocol } from '../policy/upgrade.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { RefusedText } from '../refusal.ts';
import { UnfinishedSection } from './unfinished-section.ts';

/** As Go's server: a new connection whose first request has not come by then counts as idle (golang/go#22682). */
const FIRST_REQUEST_MS = 5000;

/** Takes the heads of requests off a client's connection, one after the other. */
export class RequestReader {
  readonly request = new Request();
  /** The protocol the request asks to switch to, or `null`. */
  upgradeTo: string | null = null;
  /** Set when `read` answered FAULT. */
  fault: Fault = BAD_START;
  readonly #context: ProxyContext;
  /** A head, or the trailers behind its request. */
  readonly unfinished: UnfinishedSection;
  readonly #parser: HeadParser;
  /** Of a head. */
  #faultAt = NOWHERE;
  /** Monotonic milliseconds; 0: it has come. */
  #firstDueAt: number;

  /** @param onShed others need the memory of a head, or of trailers, that has come in part */
  constructor(context: ProxyContext, owner: Owner, onShed: () => void) {
    this.unfinished = new UnfinishedSection(context, owner, onShed);
    this.#context = context;
    this.#firstDueAt = context.now + FIRST_REQUEST_MS;
    this.#parser = new HeadParser('request', context.settings.requestHead);
  }

  get head(): Head {
    return this.#parser.head;
  }

  /** Whether the first request may still be on its way. */
  get awaitsFirst(): boolean {
    return this.#context.now < this.#firstDueAt;
  }

  /** Whether something of a head has come. */
  get begun(): boolean {
    return this.#parser.begun;
  }

  /** See `HeadParser.parse`. `first`: nothing of this head has come before. */
  read(bytes: Buffer, start: number, end: number, first: boolean): number {
    const parser = this.#parser;
    if (first) parser.limits = this.#context.settings.requestHead;
    const next = parser.parse(bytes, start, end);
    this.unfinished.hold(next === MORE ? parser.held.capacity : 0);
    if (next === FAULT) {
      this.fault = parser.fault;
      this.#faultAt = parser.faultAt;
    }
    if (next < 0) return next;
    this.#firstDueAt = 0;
    const fault = this.request.read(parser.head) ?? this.#readUpgrade();
    if (fault === null) return next;
    this.fault = fault;
    this.#faultAt = faultPlace(fault, parser.head);
    return FAULT;
  }

  /** Lets go of a head that is not to come to its end. */
  abandon(): void {
    this.unfinished.letGo();
    this.#parser.held.clear();
  }

  /** What is told of a refusal. @param isHead whether it is for a head, not for what follows one that was taken */
  refused(client: ClientFacts, isHead: boolean): RefusedText {
    const position = isHead ? this.#faultAt : NOWHERE;
    return { client, head: this.head.text, position, isHttp2: false, logs: isHead };
  }

  /** Lets go of the last head's text until the next one. */
  release(): void {
    this.#parser.release();
  }

  #readUpgrade(): Fault | null {
    const { request, head } = this;
    this.upgradeTo = request.upgrade === ABSENT ? null : wantedProtocol(head, request);
    return this.upgradeTo === null ? null : upgradeFault(request);
  }
}
