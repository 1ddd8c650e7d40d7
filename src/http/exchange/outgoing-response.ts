import { wallTime } from '../../time/wall-clock.ts';
import type { Account } from '../account/account.ts';
import type { Downstream } from '../downstream.ts';
import { CHUNKED } from '../message/framing.ts';
import type { Head } from '../message/head.ts';
import type { HeadSink, OutgoingHead } from '../message/head-sink.ts';
import { ABSENT } from '../message/request.ts';
import type { Response } from '../message/response.ts';
import { addMore, switchingHead, writeResponse } from '../policy/response-lines.ts';
import { routingHeaders } from '../policy/response-rewrite.ts';
import { ResponseRewriter } from '../policy/response-rewriter.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { Debugging } from './debugging.ts';
import type { EndpointChoice } from './endpoint-choice.ts';

/** The head of the response of the endpoint tried last, as the client gets it, without framing. Reused from response to response. */
export class OutgoingResponse implements OutgoingHead {
  readonly #context: ProxyContext;
  readonly #downstream: Downstream;
  readonly #choice: EndpointChoice;
  readonly #account: Account;
  readonly #debugging: Debugging;
  /** While they are sent. */
  #head: Head | null = null;
  #response: Response | null = null;

  constructor(
    context: ProxyContext,
    downstream: Downstream,
    choice: EndpointChoice,
    account: Account,
    debugging: Debugging,
  ) {
    this.#context = context;
    this.#downstream = downstream;
    this.#choice = choice;
    this.#account = account;
    this.#debugging = debugging;
  }

  send(head: Head, response: Response): void {
    const { response: client, mayPersist } = this.#downstream;
    this.#head = head;
    this.#response = response;
    try {
      client.head(this, response, mayPersist);
    } finally {
      // They are the backend's connection's, and may be large.
      this.#head = null;
      this.#response = null;
    }
  }

  /** That opens a tunnel. */
  switching(head: Head, response: Response): OutgoingHead {
    const { requestId } = this.#account;
    return switchingHead(
      head,
      response,
      this.#downstream.upgradeTo!,
      requestId,
      this.#debugging.lines(head.status),
    );
  }

  /** As the configuration wants it: nearly always as it is. */
  writeTo(sink: HeadSink): void {
    const { responseRewrite } = this.#context.settings;
    if (responseRewrite === null) {
      if (this.#tellsRouting) this.#writeTelling(sink);
      else this.#write(sink);
      return;
    }
    const rewriter = new ResponseRewriter(sink, responseRewrite);
    if (this.#tellsRouting) this.#writeTelling(rewriter);
    else this.#write(rewriter);
    rewriter.end();
  }

  /** Whether the client knows the trace key. */
  get #tellsRouting(): boolean {
    const { head, request } = this.#downstream;
    const { traceKey } = this.#context.settings;
    return request.vcapTrace !== ABSENT && traceKey !== '' && head.valueIs(request.vcapTrace, traceKey);
  }

  #writeTelling(sink: HeadSink): void {
    const { address } = this.#account.texts!.endpoint;
    const rewriter = new ResponseRewriter(
      sink,
      routingHeaders(this.#context.settings.routerAddress, address),
    );
    this.#write(rewriter);
    rewriter.end();
  }

  #write(sink: HeadSink): void {
    const head = this.#head!;
    const response = this.#response!;
    const { requestId, texts, forwardedProto } = this.#account;
    const httpDate = response.hasDate ? '' : this.#context.httpDate;
    const bringsTrailers = response.bodyLength === CHUNKED && !this.#downstream.request.http10;
    writeResponse(sink, head, response, requestId, httpDate, bringsTrailers);
    if (this.#account.debugged) addMore(sink, this.#debugging.lines(head.status));
    if (!this.#choice.isSticky(response.setsCookies)) return;
    const time = wallTime(this.#context.now);
    const cookies = this.#choice.cookies(head, texts!.endpoint, time, forwardedProto);
    for (const cookie of cookies) sink.add('Set-Cookie', cookie);
  }
}
