import type { Socket } from 'node:net';
import { askWhetherThere } from '../../network/ask-whether-there.ts';
import type { ResponseSink } from '../downstream.ts';
import type { BodyEncoding } from '../message/framing.ts';
import { CHUNKED, UNTIL_CLOSE } from '../message/framing.ts';
import type { Head } from '../message/head.ts';
import type { OutgoingHead } from '../message/head-sink.ts';
import { ABSENT, type Request } from '../message/request.ts';
import type { Response } from '../message/response.ts';
import { TextHead } from '../message/text-head.ts';
import type { Answer } from '../policy/router-error.ts';
import { endBody, writeBody } from './body-writer.ts';
import type { Outbox } from './outbox.ts';

/** Writes responses to one client: how each is framed for it, and whether the connection goes on afterwards. */
export class ResponseWriter implements ResponseSink {
  readonly #outbox: Outbox;
  readonly #request: Request;
  readonly #head = new TextHead();
  #encoding: BodyEncoding = 'none';
  #persists = false;
  #asked = false;

  /** `request`: the one being answered. */
  constructor(outbox: Outbox, request: Request) {
    this.#outbox = outbox;
    this.#request = request;
  }

  /** Whether the response told the client that another request may follow. */
  get persists(): boolean {
    return this.#persists;
  }

  /** Whether the client sends nothing behind this request. Some old ones do: an empty line behind a POST, whatever its length (RFC 9112 §2.2). */
  get isLast(): boolean {
    const { bodyLength, method } = this.#request;
    return bodyLength === 0 && method !== 'POST' && !this.#wantsMore();
  }

  /** Whether the end of the connection would, or might, pass for the end of the body. */
  get endsWithConnection(): boolean {
    return this.#encoding === 'until-close' || this.#asked;
  }

  /** A new request: nothing of its response is written. */
  reset(): void {
    this.#encoding = 'none';
    this.#persists = false;
    this.#asked = false;
  }

  /**
   * In a pause of the body, of a client that has ended its side: if it has closed the other one too, it resets when it is sent
   * something. In front of the next chunk's size a zero says nothing (RFC 9112 §7.1); other bodies have no room for it.
   */
  ask(raw: Socket): void {
    askWhetherThere(raw);
    if (this.#asked || this.#encoding !== 'chunked') return;
    this.#asked = true;
    this.#outbox.text('0');
  }

  interim(head: OutgoingHead): void {
    if (!this.#request.http10) this.#outbox.text(this.#head.of(head) + '\r\n');
  }

  head(head: OutgoingHead, response: Response, mayPersist: boolean): void {
    const { status, bodyLength, statedLength } = response;
    const { http10, method } = this.#request;
    const unknownLength = bodyLength === UNTIL_CLOSE || bodyLength === CHUNKED;
    this.#persists = mayPersist && this.#wantsMore() && !(unknownLength && http10);
    let text = this.#head.of(head);
    if (unknownLength) {
      this.#encoding = http10 ? 'until-close' : 'chunked';
      if (!http10) text += 'Transfer-Encoding: chunked\r\n';
    } else if (statedLength !== ABSENT) {
      this.#encoding = 'none';
      text += 'Content-Length: ' + String(statedLength) + '\r\n';
    } else {
      this.#encoding = bodyLength > 0 ? 'length' : 'none';
      if (bodyLength > 0 || (method !== 'HEAD' && hasLength(status))) {
        text += 'Content-Length: ' + String(bodyLength) + '\r\n';
      }
    }
    this.#outbox.text(text + this.#connectionLine() + '\r\n');
  }

  body(bytes: Buffer, start: number, end: number, lent: boolean): void {
    writeBody(this.#outbox, this.#encoding, bytes, start, end, lent);
  }

  flush(): boolean {
    this.#outbox.flush();
    return this.#outbox.isEmpty;
  }

  end(trailers: Head | null): void {
    endBody(this.#outbox, this.#encoding, trailers);
  }

  whole({ status, reason, lines, body }: Answer, mayPersist: boolean): void {
    this.#persists = mayPersist && this.#wantsMore();
    const head = this.#head;
    head.statusLine(status, reason);
    head.addAll(lines);
    const text = head.take() + this.#connectionLine() + '\r\n';
    this.#outbox.text(this.#request.method === 'HEAD' ? text : text + body);
  }

  /** `head`: a 101; what follows is not HTTP. */
  switching(head: OutgoingHead): void {
    this.#encoding = 'until-close';
    this.#outbox.text(this.#head.of(head) + '\r\n');
  }

  /** RFC 9112 §9.3. */
  #wantsMore(): boolean {
    const { connection, http10 } = this.#request;
    return http10 ? connection.keepAlive : !connection.close;
  }

  #connectionLine(): string {
    if (!this.#persists) return 'Connection: close\r\n';
    return this.#request.http10 ? 'Connection: keep-alive\r\n' : '';
  }
}

/** RFC 9110 §8.6: no Content-Length in a 1xx or 204; in a 304 only a stated one. */
function hasLength(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 304;
}
