import { BodyReader } from '../message/body-reader.ts';
import type { Head } from '../message/head.ts';
import { FAULT, HeadParser, MORE } from '../message/head-parser.ts';
import { Response } from '../message/response.ts';
import { responseFault } from '../policy/response-fault.ts';
import { MAX_INTERIM } from '../policy/response-lines.ts';
import type { ProxyContext } from '../proxy-context.ts';
import type { TunnelUpstream } from '../tunnel.ts';
import type { UpstreamListener } from '../upstream.ts';

/** Where in the response the next byte belongs; `start` is before the first byte of a head, 1xx or final. */
type Reading = 'start' | 'head' | 'body' | 'done';

/** Reads the responses that come over a backend's connection, one after the other, and tells who waits for them. */
export class ResponseReader {
  /** `null`: nobody waits, and nothing is read on. */
  listener: UpstreamListener | null = null;
  readonly response = new Response();
  readonly #context: ProxyContext;
  readonly #upstream: TunnelUpstream;
  readonly #parser: HeadParser;
  readonly #body: BodyReader;
  #reading: Reading = 'start';
  #interim = 0;
  #toHead = false;

  /** `upstream`: the connection, which a response may make a tunnel of. */
  constructor(context: ProxyContext, upstream: TunnelUpstream) {
    this.#context = context;
    this.#upstream = upstream;
    this.#parser = new HeadParser('response', context.settings.responseHead);
    this.#body = new BodyReader(context.settings.responseHead);
  }

  /** A request is about to be sent. `toHead`: it is a HEAD. */
  begin(toHead: boolean): void {
    this.#reading = 'start';
    this.#parser.limits = this.#context.settings.responseHead;
    this.#interim = 0;
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
          pos = next;
          this.#onHead(listener);
          break;
        }
        case 'body': {
          const body = this.#body;
          const next = body.read(buffer, pos, count);
          if (next === FAULT) {
            listener.onUpstreamFailed('malformed', `malformed response: ${body.fault.name}`);
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

  #onHead(listener: UpstreamListener): void {
    const { head } = this.#parser;
    const { response } = this;
    const fault = response.read(head, this.#toHead);
    if (fault !== null) {
      listener.onUpstreamFailed('malformed', `malformed response: ${fault.name}`);
    } else if (head.status === 101) {
      listener.onSwitchingProtocols(head, response, this.#upstream);
    } else if (head.status < 200) {
      this.#reading = 'start';
      if (++this.#interim > MAX_INTERIM) listener.onUpstreamFailed('malformed', 'too many 1xx responses');
      else listener.onInterim(head, response);
    } else {
      this.#body.begin(response.bodyLength);
      this.#reading = this.#body.isDone ? 'done' : 'body';
      listener.onResponseHead(head, response);
    }
  }
}
