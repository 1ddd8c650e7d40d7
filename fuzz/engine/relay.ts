import { ResponseWriter } from '../../src/http/connection/response-writer.ts';
import { BodyReader } from '../../src/http/message/body-reader.ts';
import { CHUNKED } from '../../src/http/message/framing.ts';
import { FAULT, HeadParser, MORE } from '../../src/http/message/head-parser.ts';
import type { OutgoingHead } from '../../src/http/message/head-sink.ts';
import { MendingParser } from '../../src/http/message/mending-parser.ts';
import { Request } from '../../src/http/message/request.ts';
import { Response } from '../../src/http/message/response.ts';
import { interimHead, writeResponse } from '../../src/http/policy/response-lines.ts';
import type { ResponseCase } from '../case.ts';
import type { ReadMessage } from '../reader/reading.ts';
import type { Sketch } from '../reader/sketch.ts';
import { Bounds } from './bounds.ts';
import { fieldsOf } from './fields-of.ts';
import { TextOutbox } from './text-outbox.ts';

export interface Relayed {
  /** What the client gets, but for a 502. */
  readonly bytes: string;
  /** Statuses of the 1xx responses. */
  readonly interim: readonly string[];
  /** The final one as the engine understood it; `null` when the answer is a 502. */
  readonly response: ReadMessage | null;
  /** How it ends for the client. `reset`: cut off where a mere end would pass for that of the body. */
  readonly end: 'whole' | 'cut' | 'reset' | 'bad-gateway';
  readonly fault: string;
}

/**
 * What the router makes of the bytes a backend answers one request with, and of the end of its connection behind
 * them: the engine's own parsing and serializing, without its sockets.
 * @throws Error when the engine goes beyond its bounds
 */
export function relay(fuzzCase: ResponseCase, pieces: readonly string[]): Relayed {
  const backend = new BackendBytes(fuzzCase, pieces);
  for (const piece of pieces) backend.take(Buffer.from(piece, 'latin1'));
  backend.close();
  return backend.result();
}

const REQUEST_ID = 'id';
const DATE = 'Thu, 01 Jan 1970 00:00:00 GMT';

class BackendBytes {
  readonly #toHead: boolean;
  readonly #http10: boolean;
  readonly #bounds: Bounds;
  readonly #parser: MendingParser;
  readonly #reader: BodyReader;
  readonly #writer: ResponseWriter;
  readonly #response = new Response();
  readonly #outbox = new TextOutbox();
  readonly #interim: string[] = [];
  #read: Sketch | null = null;
  #end: Relayed['end'] | null = null;
  #fault = '';

  constructor({ limits, method, http10 }: ResponseCase, pieces: readonly string[]) {
    this.#toHead = method === 'HEAD';
    this.#http10 = http10;
    this.#bounds = new Bounds(pieces, limits);
    this.#parser = new MendingParser(limits);
    this.#reader = new BodyReader(limits, 'application');
    this.#writer = new ResponseWriter(this.#outbox, askedWith(method, http10));
  }

  result(): Relayed {
    return {
      bytes: this.#outbox.written,
      interim: this.#interim,
      response: this.#read,
      end: this.#end!,
      fault: this.#fault,
    };
  }

  take(bytes: Buffer): void {
    for (let pos = 0; pos < bytes.length && this.#end === null; ) {
      this.#bounds.step();
      pos = this.#read === null ? this.#takeHead(bytes, pos) : this.#takeBody(bytes, pos);
    }
  }

  close(): void {
    if (this.#end !== null) return;
    if (this.#read !== null && this.#reader.endsWithConnection) this.#complete();
    else this.#fail('truncated');
  }

  #takeHead(bytes: Buffer, pos: number): number {
    const next = this.#parser.parse(bytes, pos, bytes.length);
    if (next === MORE) {
      this.#bounds.tookHeadBytes(bytes.length - pos);
      return bytes.length;
    }
    if (next === FAULT) {
      this.#fail(this.#parser.fault.name);
      return bytes.length;
    }
    this.#bounds.gaveSomething();
    this.#begin();
    return next;
  }

  #begin(): void {
    const { head } = this.#parser;
    const response = this.#response;
    this.#bounds.checkHead(head);
    const fault = response.read(head, this.#toHead);
    if (fault !== null) {
      this.#fail(fault.name);
    } else if (head.status === 101) {
      this.#fail('101 to a request that asked for none');
    } else if (head.status < 200) {
      this.#interim.push(String(head.status));
      this.#writer.interim(interimHead(head, response, null));
    } else {
      const { status, bodyLength } = response;
      const start = String(status);
      const bringsTrailers = bodyLength === CHUNKED && !this.#http10;
      this.#read = { start, fields: fieldsOf(head), body: '', trailers: [], complete: false };
      const outgoing: OutgoingHead = {
        writeTo: (sink) => writeResponse(sink, head, response, REQUEST_ID, DATE, bringsTrailers),
      };
      this.#writer.head(outgoing, response, true);
      this.#reader.begin(bodyLength);
      if (this.#reader.isDone) this.#complete();
    }
  }

  #takeBody(bytes: Buffer, pos: number): number {
    const reader = this.#reader;
    const next = reader.read(bytes, pos, bytes.length);
    if (next === FAULT) {
      this.#fail(reader.fault.name);
      return bytes.length;
    }
    if (reader.dataEnd > reader.dataStart) this.#bounds.gaveSomething();
    else this.#bounds.tookChunkBytes(next - pos);
    this.#read!.body += bytes.toString('latin1', reader.dataStart, reader.dataEnd);
    this.#writer.body(bytes, reader.dataStart, reader.dataEnd, true);
    if (reader.isDone) this.#complete();
    return next;
  }

  #complete(): void {
    const { trailers } = this.#reader;
    if (trailers !== null) {
      this.#bounds.checkHead(trailers);
      this.#read!.trailers = fieldsOf(trailers);
    }
    this.#read!.complete = true;
    this.#writer.end(trailers);
    this.#end = 'whole';
  }

  #fail(fault: string): void {
    this.#fault = fault;
    if (this.#read === null) this.#end = 'bad-gateway';
    else this.#end = this.#writer.endsWithConnection ? 'reset' : 'cut';
  }
}

/** What the client has asked. */
function askedWith(method: string, http10: boolean): Request {
  const line = `${method} / HTTP/1.${http10 ? 0 : 1}`;
  let request = ASKED.get(line);
  if (request === undefined) {
    const parser = new HeadParser('request', { bytes: 1000, fields: 10, target: 10 });
    const bytes = Buffer.from(`${line}\r\nHost: a\r\nConnection: keep-alive\r\n\r\n`, 'latin1');
    parser.parse(bytes, 0, bytes.length);
    request = new Request();
    request.read(parser.head);
    ASKED.set(line, request);
  }
  return request;
}

const ASKED = new Map<string, Request>();
