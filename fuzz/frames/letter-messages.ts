import type { ModelField } from '../../test/support/hpack-model.ts';
import type { Hears, Speaks } from '../http2/ruling.ts';
import {
  hasTooManyLines,
  isTooLarge,
  lengthOf,
  requestFlaw,
  requestRefusal,
  responseFlaw,
  TOO_MUCH,
  trailersFlaw,
  valuesOf,
} from './message-rules.ts';

/** What is said on one stream, by the letter. */
export interface LetterMessage {
  readonly interim: (readonly ModelField[])[];
  head: readonly ModelField[] | null;
  /** Why it is not taken, though it is well-formed; empty: it is. */
  refusal: string;
  body: string;
  trailers: readonly ModelField[] | null;
  state: 'open' | 'whole' | 'malformed' | 'reset';
  /** Why it is malformed. */
  why: string;
}

/** Puts together what a side says on each stream, as RFC 9113 §8.1 has it. */
export class LetterMessages implements Hears {
  readonly messages = new Map<number, LetterMessage>();
  readonly #isRequest: boolean;
  readonly #method: string;

  /** `method`: of the request that a server replies to. */
  constructor(speaks: Speaks, method: string) {
    this.#isRequest = speaks === 'client';
    this.#method = method;
    if (!this.#isRequest) this.#of(1);
  }

  onBlock(stream: number, fields: readonly ModelField[], ends: boolean): void {
    const message = this.#of(stream);
    if (message.state !== 'open') return;
    if (message.head !== null) {
      message.trailers = fields;
      this.#judge(message, trailersFlaw(fields, ends, this.#isRequest));
    } else if (this.#isRequest) {
      message.head = fields;
      message.refusal = requestRefusal(fields) ?? '';
      this.#judge(message, requestFlaw(fields, ends));
    } else this.#onResponse(message, fields, ends);
    if (ends) this.#end(message);
  }

  #onResponse(message: LetterMessage, fields: readonly ModelField[], ends: boolean): void {
    if (isTooLarge(fields) || hasTooManyLines(fields)) message.refusal ||= TOO_MUCH;
    this.#judge(message, responseFlaw(fields, ends));
    if (valuesOf(fields, ':status')[0]?.startsWith('1')) message.interim.push(fields);
    else message.head = fields;
  }

  onData(stream: number, content: Buffer, ends: boolean): void {
    const message = this.#of(stream);
    if (message.state !== 'open') return;
    if (message.head === null) this.#judge(message, 'DATA before a head (§8.1)');
    message.body += content.toString('latin1');
    const owed = this.#owed(message);
    if (owed >= 0 && message.body.length > owed) this.#judge(message, 'more than its length (§8.1.1)');
    if (ends) this.#end(message);
  }

  onReset(stream: number): void {
    this.#stop(stream, 'reset', 'reset');
  }

  onWrong(stream: number): void {
    this.#stop(stream, 'malformed', 'an error of the stream (§5.4.2)');
  }

  #stop(stream: number, state: 'reset' | 'malformed', why: string): void {
    const message = this.#of(stream);
    if (message.state === 'open') Object.assign(message, { state, why });
  }

  #end(message: LetterMessage): void {
    if (message.state !== 'open') return;
    const owed = this.#owed(message);
    if (message.body.length < owed) this.#judge(message, 'less than its length (§8.1.1)');
    else message.state = 'whole';
  }

  /** What the body has to be; -1: whatever it is. Of what has none by its nature nothing may come (§8.1.1). */
  #owed({ head }: LetterMessage): number {
    if (head === null) return -1;
    const isBare = this.#method === 'HEAD' || /^[23]04$/.test(valuesOf(head, ':status')[0] ?? '');
    return !this.#isRequest && isBare ? 0 : lengthOf(head);
  }

  #judge(message: LetterMessage, flaw: string | null): void {
    if (flaw !== null && message.state === 'open') Object.assign(message, { state: 'malformed', why: flaw });
  }

  #of(stream: number): LetterMessage {
    let message = this.messages.get(stream);
    if (message === undefined) {
      message = { interim: [], head: null, refusal: '', body: '', trailers: null, state: 'open', why: '' };
      this.messages.set(stream, message);
    }
    return message;
  }
}
