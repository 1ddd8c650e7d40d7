import { Deadline } from '../../time/deadline.ts';
import type { Account } from '../account/account.ts';
import type { Downstream } from '../downstream.ts';
import type { Head } from '../message/head.ts';
import type { OutgoingHead } from '../message/head-sink.ts';
import type { Response } from '../message/response.ts';
import { interimHead } from '../policy/response-lines.ts';
import type { ProxyContext } from '../proxy-context.ts';

const CONTINUE: OutgoingHead = { writeTo: (sink) => sink.statusLine(100, 'Continue') };

/**
 * What a client hears before the response. One that expects 100 hears it from the backend, or, where that says nothing
 * and just waits for the body, from the router after a while (docs/compatibility.md §3.10), and once in any case. Reused
 * from request to request.
 */
export class Expectation {
  readonly #context: ProxyContext;
  readonly #downstream: Downstream;
  readonly #account: Pick<Account, 'requestBytes'>;
  readonly #deadline: Deadline;
  #isMet = false;

  constructor(context: ProxyContext, downstream: Downstream, account: Pick<Account, 'requestBytes'>) {
    this.#context = context;
    this.#downstream = downstream;
    this.#account = account;
    this.#deadline = new Deadline(downstream, () => this.#onSilence());
  }

  /** A backend has the head of the request. */
  await(): void {
    if (!this.#downstream.request.expectsContinue || this.#isMet) return;
    this.#context.deadlines.expectation.arm(this.#deadline, this.#context.now);
  }

  /** A 1xx response of a backend. */
  relay(head: Head, response: Response): void {
    if (head.status === 100 && this.#downstream.request.expectsContinue) {
      if (this.#isMet) return;
      this.#isMet = true;
      this.#deadline.disarm();
    }
    this.#downstream.response.interim(interimHead(head, response, this.#context.settings.responseRewrite));
  }

  /** The response begins, or there will be none. */
  end(): void {
    this.#isMet = false;
    this.#deadline.disarm();
  }

  #onSilence(): void {
    this.#isMet = true;
    // RFC 9110 §10.1.1: who has sent some of the body does not wait.
    if (this.#account.requestBytes > 0 || this.#downstream.requestComplete) return;
    this.#downstream.response.interim(CONTINUE);
  }
}
