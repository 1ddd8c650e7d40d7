import type { Outbox } from '../../connection/outbox.ts';
import type { ResponseSink } from '../../downstream.ts';
import type { Head } from '../../message/head.ts';
import type { OutgoingHead } from '../../message/head-sink.ts';
import { ABSENT } from '../../message/request.ts';
import type { Response } from '../../message/response.ts';
import type { ClientFacts } from '../../policy/client-facts.ts';
import { withProxyStatus } from '../../policy/proxy-status.ts';
import { type Answer, endpointFailure, plainAnswer } from '../../policy/router-error.ts';
import type { ProxyContext } from '../../proxy-context.ts';
import type { BlockText } from '../block-text.ts';
import { INTERNAL_ERROR } from '../codes.ts';
import type { Stream } from '../stream.ts';
import type { Streams } from '../streams.ts';
import { trailerBlock } from '../trailer-block.ts';
import type { Http2Parts } from './http2-parts.ts';

/** What a stream's response is written over. */
interface Way {
  readonly connection: {
    readonly streams: Streams;
    readonly outbox: Outbox;
    /** What waits for the client is more now, or less. */
    tellHeld(): void;
  };
  readonly stream: Stream;
  /** Of the request. */
  readonly head: Head;
  readonly client: ClientFacts;
}

/** What every client is taken to have room for, whatever it says (RFC 9113 §6.5.2: that is advice). Bytes. */
const LEAST_HEAD = 16 * 1024;
const BEYOND_CLIENT = endpointFailure(
  'response headers beyond what the client takes',
  502,
  'http_response_header_section_size',
);

/** Writes the response of one stream. */
export class StreamResponse implements ResponseSink {
  readonly #way: Way;
  readonly #context: ProxyContext;
  readonly #block: BlockText;
  /** Whether the head is the router's own, in place of one that the client has no room for: nothing else goes out. */
  #replaced = false;

  constructor(way: Way, { context, block }: Http2Parts) {
    this.#way = way;
    this.#context = context;
    this.#block = block;
  }

  reset(): void {
    this.#replaced = false;
  }

  interim(head: OutgoingHead): void {
    const { stream, connection } = this.#way;
    if (!stream.maySend) return;
    const block = this.#block.of(head, 'http');
    // Whoever does not get one has lost nothing but time (RFC 9110 §15.2).
    if (connection.streams.sender.mayCarry(block)) this.#head(block, false);
  }

  head(head: OutgoingHead, response: Response): void {
    const { stream, connection } = this.#way;
    const { bodyLength, statedLength, mayTrail } = response;
    if (!stream.maySend) return;
    const block = this.#block;
    block.of(head, 'http');
    const length = statedLength === ABSENT ? bodyLength : statedLength;
    if (statedLength !== ABSENT || bodyLength > 0) block.field('content-length', String(length), false);
    const { peer, sender } = connection.streams;
    if (block.size > Math.max(peer.maxHeaderList, LEAST_HEAD) || !sender.mayCarry(block.text)) {
      this.#replaced = true;
      this.#refuse();
      return;
    }
    // The end is not known to come with the last byte where trailers may follow.
    if (bodyLength > 0 && !mayTrail) stream.unsent = bodyLength;
    this.#head(block.text, bodyLength === 0 && !mayTrail);
  }

  /** The client has no room for the response's head. */
  #refuse(): void {
    const { log, httpDate, settings } = this.#context;
    log.info('response-head-beyond-client', { client: this.#way.client.address });
    this.whole(plainAnswer(withProxyStatus(BEYOND_CLIENT, settings), '', httpDate));
  }

  body(bytes: Buffer, start: number, end: number, lent: boolean): void {
    if (this.#replaced) return;
    const { stream, connection } = this.#way;
    connection.streams.sender.data(stream, bytes, start, end, lent);
    if (stream.isFull) connection.tellHeld();
  }

  flush(): boolean {
    const { outbox } = this.#way.connection;
    outbox.flush();
    return outbox.isEmpty;
  }

  end(trailers: Head | null): void {
    const { stream, connection } = this.#way;
    const { streams } = connection;
    const block = trailers === null ? '' : trailerBlock(trailers);
    // Without them it is not whole.
    if (!streams.sender.mayCarry(block)) streams.reset(stream, INTERNAL_ERROR);
    else streams.sender.end(stream, block === '' ? null : block);
  }

  whole(answer: Answer): void {
    const { stream, head, connection } = this.#way;
    if (!stream.maySend) return;
    const { body } = answer;
    // Of the head, since a request that is refused may not have been read.
    const isAlone = head.method === 'HEAD' || body === '';
    this.#head(this.#block.answer(answer), isAlone);
    if (isAlone) return;
    const bytes = Buffer.from(body, 'latin1');
    stream.unsent = bytes.length;
    connection.streams.sender.data(stream, bytes, 0, bytes.length, false);
  }

  /** `head`: a whole 101, which a 200 is here (RFC 8441 §4). */
  opening(head: OutgoingHead): void {
    if (this.#way.stream.maySend) this.#head(this.#block.opening(head), false);
  }

  #head(block: string, ends: boolean): void {
    this.#way.connection.streams.sender.head(this.#way.stream, block, ends);
  }
}
