import { endBody, writeBody } from '../../src/http/connection/body-writer.ts';
import { BodyReader } from '../../src/http/message/body-reader.ts';
import type { Fault } from '../../src/http/message/fault.ts';
import type { BodyEncoding } from '../../src/http/message/framing.ts';
import { CHUNKED } from '../../src/http/message/framing.ts';
import { FAULT, HeadParser, MORE } from '../../src/http/message/head-parser.ts';
import { NO_LINES, ownLines } from '../../src/http/message/own-lines.ts';
import { Request } from '../../src/http/message/request.ts';
import { TextHead } from '../../src/http/message/text-head.ts';
import { forwardedFor, forwardedProto } from '../../src/http/policy/forwarded.ts';
import { writeRequest } from '../../src/http/policy/request-lines.ts';
import { upgradeFault, wantedProtocol } from '../../src/http/policy/upgrade.ts';
import type { RequestCase } from '../case.ts';
import type { ReadMessage } from '../reader/reading.ts';
import type { Sketch } from '../reader/sketch.ts';
import { Bounds } from './bounds.ts';
import { fieldsOf } from './fields-of.ts';
import { TextOutbox } from './text-outbox.ts';

/** A request as the engine understood it. */
export interface Intended extends ReadMessage {
  /** Lower case. */
  readonly host: string;
  /** `false` when the router answers it itself. */
  readonly forwarded: boolean;
}

export interface Forwarded {
  /** What one backend would get if it got all of it. */
  readonly bytes: string;
  readonly requests: readonly Intended[];
  /** `closed`: the connection carries no further request; what came behind the last was thrown away. */
  readonly end: 'whole' | 'unfinished' | 'refused' | 'closed';
  /** Name of the fault that ended it. */
  readonly fault: string;
}

/** Whether there is a route for a host. */
export type Serves = (host: string) => boolean;

/**
 * What the router makes of the bytes of one client, every request being answered at once: the engine's own
 * parsing and serializing, without its sockets.
 * @throws Error when the engine goes beyond its bounds
 */
export function forward(
  fuzzCase: RequestCase,
  pieces: readonly string[],
  serves: Serves = () => true,
): Forwarded {
  const client = new ClientBytes(fuzzCase, pieces, serves);
  for (const piece of pieces) client.take(Buffer.from(piece, 'latin1'));
  return client.result();
}

const CLIENT = '192.0.2.1';
const PROTOCOLS = { forceForwardedProtoHttps: false, sanitizeForwardedProto: false };
const PROTECTED_NAMES = ['x-request-id', 'traceparent'];

class ClientBytes {
  readonly #keepAlive: boolean;
  readonly #serves: Serves;
  readonly #bounds: Bounds;
  readonly #parser: HeadParser;
  readonly #reader: BodyReader;
  readonly #request = new Request();
  readonly #outbox = new TextOutbox();
  readonly #requests: (Sketch & Pick<Intended, 'host' | 'forwarded'>)[] = [];
  #inBody = false;
  #last = false;
  #end: Forwarded['end'] | null = null;
  #fault = '';

  constructor({ limits, keepAlive }: RequestCase, pieces: readonly string[], serves: Serves) {
    this.#keepAlive = keepAlive;
    this.#serves = serves;
    this.#bounds = new Bounds(pieces, limits);
    this.#parser = new HeadParser('request', limits);
    this.#reader = new BodyReader(limits, 'client');
  }

  result(): Forwarded {
    const unfinished = this.#inBody || this.#parser.unfinished;
    const end = this.#end ?? (unfinished ? 'unfinished' : 'whole');
    return { bytes: this.#outbox.written, requests: this.#requests, end, fault: this.#fault };
  }

  take(bytes: Buffer): void {
    for (let pos = 0; pos < bytes.length && this.#end === null; ) {
      this.#bounds.step();
      if (this.#inBody) pos = this.#takeBody(bytes, pos);
      // Without keep-alive the next would go on a connection of its own.
      else if (this.#last || (!this.#keepAlive && this.#outbox.written !== '')) this.#end = 'closed';
      else pos = this.#takeHead(bytes, pos);
    }
  }

  #takeHead(bytes: Buffer, pos: number): number {
    const next = this.#parser.parse(bytes, pos, bytes.length);
    if (next === FAULT) return this.#refuse(this.#parser.fault, bytes);
    if (next === MORE) {
      this.#bounds.tookHeadBytes(bytes.length - pos);
      return bytes.length;
    }
    this.#bounds.gaveSomething();
    const fault = this.#request.read(this.#parser.head) ?? this.#upgradeFault();
    if (fault !== null) return this.#refuse(fault, bytes);
    this.#begin();
    return next;
  }

  #begin(): void {
    const request = this.#request;
    const { head } = this.#parser;
    this.#bounds.checkHead(head);
    const forwarded =
      request.lookupName !== '' && request.maxForwards !== 0 && this.#serves(request.lookupName);
    this.#requests.push({
      start: `${request.method} ${request.target}`,
      host: request.host.toLowerCase(),
      fields: fieldsOf(head),
      body: '',
      trailers: [],
      complete: false,
      forwarded,
    });
    this.#last = this.#isLast();
    this.#reader.begin(request.bodyLength);
    this.#inBody = !this.#reader.isDone;
    if (forwarded) this.#outbox.text(this.#head());
    // What the router has answered itself it does not read to the end.
    else if (this.#inBody) this.#end = 'closed';
    if (!this.#inBody) this.#complete();
  }

  #takeBody(bytes: Buffer, pos: number): number {
    const reader = this.#reader;
    const next = reader.read(bytes, pos, bytes.length);
    if (next === FAULT) return this.#refuse(reader.fault, bytes);
    if (reader.dataEnd > reader.dataStart) this.#bounds.gaveSomething();
    else this.#bounds.tookChunkBytes(next - pos);
    this.#requests.at(-1)!.body += bytes.toString('latin1', reader.dataStart, reader.dataEnd);
    writeBody(this.#outbox, this.#encoding(), bytes, reader.dataStart, reader.dataEnd, false);
    if (reader.isDone) this.#complete();
    return next;
  }

  #complete(): void {
    const request = this.#requests.at(-1)!;
    const { trailers } = this.#reader;
    if (trailers !== null) {
      this.#bounds.checkHead(trailers);
      request.trailers = fieldsOf(trailers);
    }
    request.complete = true;
    this.#inBody = false;
    if (request.forwarded) endBody(this.#outbox, this.#encoding(), trailers);
    this.#bounds.gaveSomething();
    this.#parser.release();
  }

  #refuse(fault: Fault, bytes: Buffer): number {
    this.#end = 'refused';
    this.#fault = fault.name;
    return bytes.length;
  }

  #head(): string {
    const { head } = this.#parser;
    const request = this.#request;
    const text = new TextHead();
    writeRequest(text, head, request, {
      forwardedLines: null,
      forwardedFor: forwardedFor(head, request, CLIENT),
      forwardedProto: forwardedProto(head, request, 'http', PROTOCOLS),
      clientCert: { drops: false, lines: NO_LINES },
      requestStart: '1',
      requestId: 'id',
      endpointLines: ownLines('X-CF-ApplicationID', 'app'),
      keepAlive: this.#keepAlive,
      trace: null,
      upgradeTo: wantedProtocol(head, request),
      protectedNames: PROTECTED_NAMES,
      signed: false,
      redirection: null,
      keepsDebug: false,
    });
    return `${text.take()}\r\n`;
  }

  #upgradeFault(): Fault | null {
    const protocol = wantedProtocol(this.#parser.head, this.#request);
    return protocol === null ? null : upgradeFault(this.#request);
  }

  /** Whether the connection is closed behind the response: also to one that asks to upgrade, which is not granted here. */
  #isLast(): boolean {
    const { connection, http10 } = this.#request;
    const wantsMore = http10 ? connection.keepAlive : !connection.close;
    return !wantsMore || wantedProtocol(this.#parser.head, this.#request) !== null;
  }

  #encoding(): BodyEncoding {
    const { bodyLength } = this.#request;
    if (bodyLength === CHUNKED) return 'chunked';
    return bodyLength > 0 ? 'length' : 'none';
  }
}
