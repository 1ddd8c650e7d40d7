import type { ServerHttp2Stream } from 'node:http2';
import { on } from '../../boundary/events.ts';
import type { Owner } from '../../boundary/owner.ts';
import type { ResponseSink } from '../downstream.ts';
import { type BodyLength, CHUNKED } from '../message/framing.ts';
import type { Head } from '../message/head.ts';
import type { OutgoingHead } from '../message/head-sink.ts';
import { ABSENT, type Request } from '../message/request.ts';
import type { Answer } from '../policy/router-error.ts';
import type { ClientBudget } from './client-budget.ts';
import { byName, FieldList, fieldsOf } from './field-list.ts';
import { trailerFields } from './trailer-fields.ts';

/** Of HTTP/1.1's handshake alone (RFC 8441 §5). */
const OF_SWITCHING = 'sec-websocket-accept';

/** Writes the response of one HTTP/2 stream. */
export class Http2Response implements ResponseSink {
  readonly #owner: Owner;
  readonly #stream: ServerHttp2Stream;
  readonly #request: Request;
  readonly #budget: ClientBudget;
  /** The client does not keep up. */
  readonly #onFull: () => void;
  #trailers: Head | null = null;

  constructor(
    owner: Owner,
    stream: ServerHttp2Stream,
    request: Request,
    budget: ClientBudget,
    onFull: () => void,
  ) {
    this.#owner = owner;
    this.#stream = stream;
    this.#request = request;
    this.#budget = budget;
    this.#onFull = onFull;
  }

  interim(head: OutgoingHead): void {
    const [, status, ...fields] = fieldsOf(head);
    if (this.#mayRespond) this.#stream.additionalHeaders({ ...byName(fields), ':status': status! });
  }

  head(head: OutgoingHead, _status: number, bodyLength: BodyLength, statedLength: number): void {
    if (!this.#mayRespond) return;
    const fields = fieldsOf(head);
    const length = statedLength === ABSENT ? bodyLength : statedLength;
    if (statedLength !== ABSENT || bodyLength > 0) fields.push('content-length', String(length));
    const stream = this.#stream;
    // In HTTP/1.1 only a chunked body can have trailers.
    const waitForTrailers = bodyLength === CHUNKED && statedLength === ABSENT;
    if (waitForTrailers) on(stream, 'wantTrailers', this.#owner, () => this.#sendTrailers());
    // Where no body can follow the head ends the stream: gRPC takes such a head for trailers.
    stream.respond(fields, { waitForTrailers, endStream: bodyLength === 0 });
  }

  body(bytes: Buffer, start: number, end: number): void {
    if (!this.#isOpen) return;
    this.#budget.addSent();
    // A copy: the stream keeps them beyond this turn.
    if (!this.#stream.write(Buffer.from(bytes.subarray(start, end)))) this.#onFull();
  }

  flush(): boolean {
    return true;
  }

  end(trailers: Head | null): void {
    this.#trailers = trailers;
    if (this.#isOpen) this.#stream.end();
  }

  whole({ status, lines, body }: Answer): void {
    if (!this.#mayRespond) return;
    const endStream = this.#request.method === 'HEAD';
    const list = new FieldList();
    list.statusLine(status);
    list.addAll(lines);
    this.#stream.respond(list.fields, { endStream });
    if (!endStream) this.#stream.end(body, 'latin1');
  }

  /** `head`: a 101, which a 200 is here (RFC 8441 §4). */
  opening(head: OutgoingHead): void {
    if (!this.#mayRespond) return;
    const [name, , ...lines] = fieldsOf(head);
    const fields = lines.filter((_, i) => lines[i - (i % 2)] !== OF_SWITCHING);
    this.#stream.respond([name!, '200', ...fields]);
  }

  get #mayRespond(): boolean {
    return !this.#stream.destroyed && !this.#stream.closed && !this.#stream.headersSent;
  }

  /** Of HEAD the stream is ended from the first. */
  get #isOpen(): boolean {
    return !this.#stream.destroyed && !this.#stream.closed && !this.#stream.writableEnded;
  }

  #sendTrailers(): void {
    // None at all is an empty frame that ends the stream.
    this.#stream.sendTrailers(this.#trailers === null ? {} : trailerFields(this.#trailers));
  }
}
