import { BodyReader } from '../../src/http/message/body-reader.ts';
import type { Fault } from '../../src/http/message/fault.ts';
import type { BodyLength } from '../../src/http/message/framing.ts';
import type { Head } from '../../src/http/message/head.ts';
import type { HeadLimits } from '../../src/http/message/head-limits.ts';
import { FAULT, HeadParser, MORE } from '../../src/http/message/head-parser.ts';
import { MendingParser } from '../../src/http/message/mending-parser.ts';
import { namesOf } from '../../src/http/message/oddity.ts';
import { Request } from '../../src/http/message/request.ts';
import { Response } from '../../src/http/message/response.ts';

/** Roomy enough for every case of the corpora. */
export const LIMITS: HeadLimits = { bytes: 64 * 1024, fields: 100, target: 8000 };

/** Names and values, in their order. */
export type Fields = readonly (readonly [name: string, value: string])[];

interface ReadMessage {
  readonly kind: 'message';
  /** Bytes from the first of the head to the last of the body. */
  readonly consumed: number;
  /** What the head was understood to say. */
  readonly meaning: Readonly<Record<string, unknown>>;
  readonly fields: Fields;
  readonly body: string;
  readonly trailers: Fields;
}

export type Outcome =
  | ReadMessage
  | { readonly kind: 'fault'; readonly in: 'head' | 'body'; readonly fault: Fault }
  | { readonly kind: 'incomplete' };

interface Understood {
  readonly bodyLength: BodyLength;
  readonly meaning: Readonly<Record<string, unknown>>;
}

/** What becomes of a request that arrives in these pieces. */
export function readRequest(pieces: readonly Buffer[], limits = LIMITS): Outcome {
  const request = new Request();
  return readMessage(pieces, new HeadParser('request', limits), new BodyReader(limits, 'client'), (head) => {
    const fault = request.read(head);
    if (fault !== null) return fault;
    const { method, target, host, http10, bodyLength, statesLength, expectsContinue, connection } = request;
    const { close, keepAlive, named } = connection;
    return {
      bodyLength,
      meaning: {
        method,
        target,
        host,
        http10,
        bodyLength,
        statesLength,
        expectsContinue,
        close,
        keepAlive,
        named,
        plain: head.plain,
        startLine: head.startLine,
      },
    };
  });
}

/** What becomes of a response that arrives in these pieces; `toHead` when it answers a HEAD request. */
export function readResponse(pieces: readonly Buffer[], toHead: boolean, limits = LIMITS): Outcome {
  const response = new Response();
  return readMessage(pieces, new MendingParser(limits), new BodyReader(limits, 'application'), (head) => {
    const fault = response.read(head, toHead);
    if (fault !== null) return fault;
    const { status, bodyLength, statedLength, persistent } = response;
    const oddities = namesOf(response.oddities);
    return {
      bodyLength,
      meaning: { status, reason: head.reason, bodyLength, statedLength, persistent, oddities },
    };
  });
}

function readMessage(
  pieces: readonly Buffer[],
  parser: Pick<HeadParser, 'parse' | 'head' | 'fault'>,
  reader: BodyReader,
  understand: (head: Head) => Fault | Understood,
): Outcome {
  let understood: Understood | null = null;
  let fields: Fields = [];
  let body = '';
  let before = 0;
  const message = (consumed: number): ReadMessage => ({
    kind: 'message',
    consumed,
    meaning: understood!.meaning,
    fields,
    body,
    trailers: reader.trailers === null ? [] : fieldsOf(reader.trailers),
  });

  for (const piece of pieces) {
    // Bodies are decoded in place.
    const bytes = Buffer.from(piece);
    let pos = 0;
    if (understood === null) {
      pos = parser.parse(bytes, 0, bytes.length);
      if (pos === FAULT) return { kind: 'fault', in: 'head', fault: parser.fault };
      if (pos === MORE) {
        before += bytes.length;
        continue;
      }
      const answer = understand(parser.head);
      if ('detail' in answer) return { kind: 'fault', in: 'head', fault: answer };
      understood = answer;
      fields = fieldsOf(parser.head);
      reader.begin(answer.bodyLength);
    }
    const end = reader.read(bytes, pos, bytes.length);
    if (end === FAULT) return { kind: 'fault', in: 'body', fault: reader.fault };
    body += bytes.toString('latin1', reader.dataStart, reader.dataEnd);
    if (reader.isDone) return message(before + end);
    before += bytes.length;
  }
  return reader.endsWithConnection ? message(before) : { kind: 'incomplete' };
}

export function fieldsOf(head: Head): Fields {
  return Array.from({ length: head.count }, (_, line) => [head.name(line), head.value(line)] as const);
}

export function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** The same bytes cut after these many bytes each; what is left is the last piece. */
export function cut(bytes: Buffer, ...lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const length of lengths) {
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return [...pieces, bytes.subarray(at)];
}

export function byteByByte(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (byte) => Buffer.of(byte));
}
