import { BodyReader } from '../message/body-reader.ts';
import { CHUNKED } from '../message/framing.ts';
import type { Head } from '../message/head.ts';
import { FAULT, MORE } from '../message/head-parser.ts';
import { MendingParser } from '../message/mending-parser.ts';
import { Response } from '../message/response.ts';
import { MAX_INTERIM_BYTES, responseFault } from '../policy/response-fault.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { TunnelUpstream } from '../tunnel.ts';
import type { UpstreamListener } from '../upstream.ts';

/** Where in the response the next byte belongs; `start` is before the first byte of a head, 1xx or final. */
type Reading = 'start' | 'head' | 'body' | 'done';

/** Who hears of what is tolerated in responses, by the names of `oddity.ts`. */
export interface OddityWitness {
  noteOddities(oddities: number): void;
}

/** Reads the responses that come over a backend's connection, one after the other, and tells who waits for them. */
export class ResponseReader {
  /** `null`: nobody waits, and nothing is read on. */
  listener: UpstreamListener | null = null;
  readonly response = new Response();
  readonly #context: ProxyContext;
  readonly #upstream: TunnelUpstream;
  readonly #witness: OddityWitness;
  readonly #parser: MendingParser;
  readonly #body: BodyReader;
  #reading: Reading = 'start';
  #interimBytes = 0;
  /** Whether a head was tolerated, so that the connection ends with the response. */
  #isOdd = false;
  #toHead = false;

  /** `upstream`: the connection, which a response may make a tunnel of. */
  constructor(context: ProxyContext, upstream: TunnelUpstream, witness: OddityWitness) {
    this.#context = context;
    this.#upstream = upstream;
    this.#witness = witness;
    this.#parser = new MendingParser(context.settings.responseHead);
    this.#body = new BodyReader(context.settings.responseHead, 'application');
  }

  /** A request is about to be sent. `toHead`: it is a HEAD. */
  begin(toHead: boolean): void {
    this.#reading = 'start';
    this.#parser.limits = this.#context.settings.responseHead;
    this.#interimBytes = 0;
    this.#isOdd = false;
    this.#toHead = toHead;
  }

  /** Whether something of a head, or more, has come. */
  get isBegun(): boolean {
    return this.#reading !== 'start';
  }

  get isDone(): boolean {
    return this.#reading === 'done';
  }

  get trailers(): Head | null {
    return this.#body.trailers;
  }

  /** The connection has ended; answers whether that is where the body ends. */
  end(): boolean {
    const isWhole = this.#reading === 'body' && this.#body.endsWithConnection;
    if (isWhole) this.#reading = 'done';
    return isWhole;
  }

  /** Lets go of the last head's text until the next one. */
  release(): void {
    this.#parser.release();
  }

  /** Takes what belongs to the response; answers where that ended. */
  read(buffer: Buffer, count: number, lent: boolean): number {
    const { listener } = this;
    let pos = 0;
    while (pos < count && listener !== null && this.listener === listener) {
      switch (this.#reading) {
        case 'start':
        case 'head': {
          const next = this.#parser.parse(buffer, pos, count);
          if (next === MORE) {
            this.#reading = 'head';
            return count;
          }
          if (next === FAULT) {
            listener.onUpstreamFailed('malformed', responseFault(this.#parser.fault, this.#context.settings));
            return count;
          }
          pos = this.#onHead(listener, buffer, next, count, lent);
          break;
        }
        case 'body': {
          const body = this.#body;
          const next = body.read(buffer, pos, count);
          if (next === FAULT) {
            listener.onUpstreamFailed('malformed', responseFault(body.fault, this.#context.settings));
            return count;
          }
          listener.onResponseBody(buffer, body.dataStart, body.dataEnd, lent);
          pos = next;
          if (body.isDone) this.#reading = 'done';
          break;
        }
        case 'done':
          return pos;
      }
    }
    return pos;
  }

  /** A head ends at `pos`; answers up to where what is behind it has been taken, too. */
  #onHead(listener: UpstreamListener, buffer: Buffer, pos: number, count: number, lent: boolean): number {
    const { head } = this.#parser;
    const { response } = this;
    const fault = response.read(head, this.#toHead);
    if (fault !== null) {
      listener.onUpstreamFailed('malformed', `malformed response: ${fault.name}`);
      return pos;
    }
    if (response.oddities !== 0) {
      this.#isOdd = true;
      this.#witness.noteOddities(response.oddities);
    }
    if (head.status === 101) {
      listener.onSwitchingProtocols(head, response, this.#upstream);
    } else if (head.status < 200) {
      this.#onInterim(listener, head);
    } else {
      if (this.#isOdd) response.persistent = false;
      return this.#onFinalHead(listener, buffer, pos, count, lent);
    }
    return pos;
  }

  #onInterim(listener: UpstreamListener, head: Head): void {
    this.#reading = 'start';
    this.#interimBytes += head.text.length;
    if (this.#interimBytes <= MAX_INTERIM_BYTES) listener.onInterim(head, this.response);
    else listener.onUpstreamFailed('malformed', 'too many 1xx responses');
  }

  #onFinalHead(
    listener: UpstreamListener,
    buffer: Buffer,
    pos: number,
    count: number,
    lent: boolean,
  ): number {
    const { response } = this;
    const body = this.#body;
    body.begin(response.bodyLength);
    // Chunks that have come with the head are looked at before it goes on: where they are none there is still a 502.
    const looksAhead = response.bodyLength === CHUNKED && pos < count;
    const next = looksAhead ? body.read(buffer, pos, count) : pos;
    if (next === FAULT) {
      listener.onUpstreamFailed('malformed', responseFault(body.fault, this.#context.settings));
      return count;
    }
    this.#reading = body.isDone ? 'done' : 'body';
    listener.onResponseHead(this.#parser.head, response);
    if (looksAhead && this.listener === listener) {
      listener.onResponseBody(buffer, body.dataStart, body.dataEnd, lent);
    }
    return next;
  }
}
