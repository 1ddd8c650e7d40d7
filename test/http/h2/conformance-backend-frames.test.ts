import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { encode, indexed, integer, remembered } from '../../support/hpack.ts';
import { Http2Backend, responds } from '../../support/http2-backend.ts';
import { BackendConformance, type BackendRow } from '../../support/http2-backend-conformance.ts';
import { get } from '../../support/raw-http.ts';
import {
  ACK,
  data,
  END_HEADERS,
  END_STREAM,
  type ErrorName,
  frame,
  PADDED,
  settings,
  TYPE,
  uint32,
  windowUpdate,
} from '../../support/raw-http2.ts';

const conformance = BackendConformance.suite();

const LARGEST = 16_384;
const OK = encode([[':status', '200']]);
const raw = (type: number, flags: number, stream: number, length: number) =>
  frame(type, flags, stream, Buffer.alloc(length));
const hello = (id: number): Buffer[] => [responds(id), data(id, 'hello', END_STREAM)];

/** Ends the connection before the response has begun. */
const ends = (
  clause: string,
  name: string,
  code: ErrorName | readonly ErrorName[],
  says: (id: number) => readonly Buffer[],
): BackendRow => ({
  clause,
  name: `${name} ends the connection`,
  says,
  client: 502,
  backend: typeof code === 'string' ? [code] : code,
});

const block = (id: number, ...parts: Buffer[]) =>
  frame(TYPE.headers, END_HEADERS, id, Buffer.concat([OK, ...parts]));
const begun = (id: number) => frame(TYPE.headers, 0, id, OK.subarray(0, 5));

const wrong: BackendRow[] = [
  ends('§8.4', 'PUSH_PROMISE', 'PROTOCOL_ERROR', (id) => [
    frame(TYPE.pushPromise, END_HEADERS, id, Buffer.concat([uint32(2), OK])),
  ]),
  ends('§5.1.1', 'HEADERS on an even stream', 'PROTOCOL_ERROR', () => [responds(2)]),
  ends('§5.1', 'HEADERS on a stream that the router has not opened', 'PROTOCOL_ERROR', (id) => [
    responds(id + 2),
  ]),
  ends('§5.1', 'DATA on a stream that the router has not opened', 'PROTOCOL_ERROR', (id) => [
    data(id + 2, 'x'),
  ]),
  ends('§5.1', 'RST_STREAM on a stream that the router has not opened', 'PROTOCOL_ERROR', (id) => [
    frame(TYPE.resetStream, 0, id + 2, uint32(8)),
  ]),
  ends('§5.1', 'WINDOW_UPDATE on a stream that the router has not opened', 'PROTOCOL_ERROR', (id) => [
    windowUpdate(id + 2, 1),
  ]),
  ends('§6.1', 'DATA on stream 0', 'PROTOCOL_ERROR', () => [data(0, 'x')]),
  ends('§6.2', 'HEADERS on stream 0', 'PROTOCOL_ERROR', () => [responds(0)]),
  ends('§6.4', 'RST_STREAM on stream 0', 'PROTOCOL_ERROR', () => [frame(TYPE.resetStream, 0, 0, uint32(8))]),
  ends('§6.4', 'RST_STREAM of 3 bytes', 'FRAME_SIZE_ERROR', (id) => [raw(TYPE.resetStream, 0, id, 3)]),
  ends('§6.5', 'SETTINGS of 5 bytes', 'FRAME_SIZE_ERROR', () => [raw(TYPE.settings, 0, 0, 5)]),
  ends('§6.5', 'SETTINGS on a stream', 'PROTOCOL_ERROR', (id) => [raw(TYPE.settings, 0, id, 0)]),
  ends('§6.5', 'an ACK of SETTINGS with an entry', 'FRAME_SIZE_ERROR', () => [raw(TYPE.settings, ACK, 0, 6)]),
  ends('§6.5.2', 'ENABLE_PUSH 1 of a server', 'PROTOCOL_ERROR', () => [settings([2, 1])]),
  ends('§6.5.2', 'ENABLE_PUSH 2', 'PROTOCOL_ERROR', () => [settings([2, 2])]),
  ends('§6.5.2', 'INITIAL_WINDOW_SIZE 2^31', 'FLOW_CONTROL_ERROR', () => [settings([4, 2 ** 31])]),
  ends('§6.5.2', 'MAX_FRAME_SIZE 16383', 'PROTOCOL_ERROR', () => [settings([5, LARGEST - 1])]),
  ends('§6.5.2', 'MAX_FRAME_SIZE 2^24', 'PROTOCOL_ERROR', () => [settings([5, 2 ** 24])]),
  ends('RFC 8441 §3', 'ENABLE_CONNECT_PROTOCOL 2', 'PROTOCOL_ERROR', () => [settings([8, 2])]),
  ends('§6.7', 'PING of 7 bytes', 'FRAME_SIZE_ERROR', () => [raw(TYPE.ping, 0, 0, 7)]),
  ends('§6.7', 'PING on a stream', 'PROTOCOL_ERROR', (id) => [raw(TYPE.ping, 0, id, 8)]),
  ends('§6.8', 'GOAWAY on a stream', 'PROTOCOL_ERROR', (id) => [raw(TYPE.goaway, 0, id, 8)]),
  ends('§6.8', 'GOAWAY of 7 bytes', 'FRAME_SIZE_ERROR', () => [raw(TYPE.goaway, 0, 0, 7)]),
  ends('§6.9', 'WINDOW_UPDATE by nothing on the connection', 'PROTOCOL_ERROR', () => [windowUpdate(0, 0)]),
  ends('§6.9', 'WINDOW_UPDATE of 3 bytes', 'FRAME_SIZE_ERROR', () => [raw(TYPE.windowUpdate, 0, 0, 3)]),
  ends('§6.9.1', 'a window of more than 2^31-1', 'FLOW_CONTROL_ERROR', () => [windowUpdate(0, 2 ** 31 - 1)]),
  ends('§6.10', 'CONTINUATION of nothing', 'PROTOCOL_ERROR', (id) => [
    frame(TYPE.continuation, END_HEADERS, id, OK),
  ]),
  ends('§4.2', 'HEADERS that are too large', 'FRAME_SIZE_ERROR', (id) => [
    raw(TYPE.headers, END_HEADERS, id, LARGEST + 1),
  ]),
  ends('§6.1', 'padding as long as its frame', 'PROTOCOL_ERROR', (id) => [
    frame(TYPE.headers, END_HEADERS + PADDED, id, Buffer.concat([Buffer.from([200]), OK])),
  ]),
  ...(
    [
      ['DATA', (id: number) => data(id, 'x')],
      ['PING', () => raw(TYPE.ping, 0, 0, 8)],
      ['HEADERS', responds],
      ['a CONTINUATION of another stream', () => frame(TYPE.continuation, END_HEADERS, 1, OK.subarray(5))],
      ['a frame of an unknown type', () => raw(0x63, 0, 0, 4)],
    ] as const
  ).map(([what, other]) =>
    ends('§4.3', `${what} within a header block`, 'PROTOCOL_ERROR', (id) => [begun(id), other(id)]),
  ),
  ends('RFC 7541 §6.1', 'the index 0', 'COMPRESSION_ERROR', (id) => [block(id, indexed(0))]),
  ends('RFC 7541 §2.3.3', 'an index beyond the tables', 'COMPRESSION_ERROR', (id) => [
    block(id, indexed(200)),
  ]),
  ends('RFC 7541 §5.2', 'Huffman’s end of the string', 'COMPRESSION_ERROR', (id) => [
    block(id, Buffer.from([0, 1, 0x78, 0x84, 0xff, 0xff, 0xff, 0xff])),
  ]),
  ends('RFC 7541 §5.2', 'Huffman’s padding with zeros', 'COMPRESSION_ERROR', (id) => [
    block(id, Buffer.from([0, 1, 0x78, 0x82, 0x18, 0xc6])),
  ]),
  ends('RFC 7541 §6.3', 'a table of 2^31', 'COMPRESSION_ERROR', (id) => [
    frame(TYPE.headers, END_HEADERS, id, Buffer.concat([integer(2 ** 31, 5, 0x20), OK])),
  ]),
  ends('RFC 7541 §4.2', 'a change of the table behind a field', 'COMPRESSION_ERROR', (id) => [
    block(id, integer(0, 5, 0x20)),
  ]),
];

const streamErrors: BackendRow[] = [
  {
    clause: '§6.9',
    name: 'WINDOW_UPDATE by nothing on a stream is an error of the stream',
    says: (id) => [windowUpdate(id, 0)],
    client: 502,
    backend: 'goes on',
    reset: ['PROTOCOL_ERROR'],
  },
  {
    clause: '§6.9.1',
    name: 'a window of more than 2^31-1 on a stream is an error of the stream',
    says: (id) => [windowUpdate(id, 2 ** 31 - 1)],
    client: 502,
    backend: 'goes on',
    reset: ['FLOW_CONTROL_ERROR'],
  },
  {
    clause: '§6.3',
    name: 'PRIORITY of 4 bytes is an error of the stream',
    says: (id) => [raw(TYPE.priority, 0, id, 4)],
    client: 502,
    backend: 'goes on',
    reset: ['FRAME_SIZE_ERROR'],
  },
  {
    clause: '§5.1',
    name: 'DATA behind the end is an error',
    says: (id) => [...hello(id), data(id, 'more')],
    client: 200,
    body: 'hello',
    backend: ['goes on', 'STREAM_CLOSED'],
  },
  {
    clause: '§5.1',
    name: 'HEADERS behind the end are an error',
    says: (id) => [...hello(id), responds(id)],
    client: 200,
    body: 'hello',
    backend: ['STREAM_CLOSED'],
  },
];

const fine = (clause: string, name: string, says: (id: number) => readonly Buffer[]): BackendRow => ({
  clause,
  name: `${name}: fine`,
  says,
  client: 200,
  body: 'hello',
  backend: 'goes on',
});

const good: BackendRow[] = [
  fine('§5.5', 'frames of unknown types', (id) => [
    ...[0, id, id + 2, 2].map((stream) => raw(0x63, 0xff, stream, 30)),
    responds(id),
    raw(0xff, 5, id, LARGEST),
    data(id, 'hello', END_STREAM),
  ]),
  fine('§6.5.2', 'settings that are unknown', (id) => [
    settings([0x0a0a, 1], [0xffff, 2 ** 32 - 1]),
    ...hello(id),
  ]),
  fine('§6.5.2', 'ENABLE_PUSH 0', (id) => [settings([2, 0]), ...hello(id)]),
  fine('§6.7', 'an ACK of PING that nobody asked for', (id) => [raw(TYPE.ping, ACK, 0, 8), ...hello(id)]),
  fine('§6.7', 'PING', (id) => [raw(TYPE.ping, 0, 0, 8), ...hello(id)]),
  fine('§6.3', 'PRIORITY on any stream', (id) => [
    raw(TYPE.priority, 0, id, 5),
    frame(TYPE.priority, 0, id + 2, Buffer.concat([uint32(id + 2), Buffer.from([0])])),
    ...hello(id),
  ]),
  fine('§6.2', 'padding and priority, a block in pieces', (id) => [
    frame(
      TYPE.headers,
      PADDED + 0x20,
      id,
      Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 9]), OK.subarray(0, 4), Buffer.alloc(2)]),
    ),
    frame(TYPE.continuation, 0, id),
    frame(TYPE.continuation, END_HEADERS, id, OK.subarray(4)),
    frame(TYPE.data, PADDED + END_STREAM, id, Buffer.from('\x02hello\0\0')),
  ]),
  fine('RFC 7541 §2.3.2', 'a field that is kept and named again', (id) => [
    block(id, remembered('x-own', '1'), indexed(62)),
    data(id, 'hello', END_STREAM),
  ]),
  fine('§4.1', 'flags that mean nothing', (id) => [
    frame(TYPE.headers, 0xd2 + END_HEADERS, id, OK),
    frame(TYPE.data, 0xf6 + END_STREAM, id, Buffer.from('hello')),
  ]),
];

describe('a backend of HTTP/2 whose frame is wrong:', () => conformance.run(wrong));
describe('a backend of HTTP/2 that errs on one stream:', () => conformance.run(streamErrors));
describe('a backend of HTTP/2 whose frames are unusual:', () => conformance.run(good));

describe('§3.4 a backend that begins with', () => {
  for (const [name, greeting] of Object.entries({
    PING: raw(TYPE.ping, 0, 0, 8),
    'an ACK of SETTINGS': raw(TYPE.settings, ACK, 0, 0),
    GOAWAY: raw(TYPE.goaway, 0, 0, 8),
    'HTTP/1.1': Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'),
  })) {
    test(`${name} in place of SETTINGS is left, and the client told`, async (t) => {
      const backend = await Http2Backend.start(t);
      const host = await conformance.hostOf(backend);
      for (const peer of backend.peers) peer.close();
      backend.greeting = greeting;
      const before = backend.peers.length;
      const { came } = await conformance.ask(
        `POST /first HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\n\r\n`,
      );
      assert.equal(came, 502);
      const [peer] = backend.peers.slice(before);
      await peer!.closed();
      backend.greeting = settings();
      assert.deepEqual(await conformance.ask(get(host, '/good')), { came: 200, body: '/good' });
    });
  }
});
