import assert from 'node:assert/strict';
import { describe } from 'vitest';
import { encode, indexed, remembered } from '../../support/hpack.ts';
import {
  asks,
  CASE,
  Conformance,
  ends,
  HELD,
  MALFORMED,
  maybe,
  ping,
  posts,
  type Row,
  resets,
  SERVED,
} from '../../support/http2-conformance.ts';
import {
  asking,
  data,
  END_HEADERS,
  END_STREAM,
  frame,
  headers,
  PADDED,
  resetStream,
  settings,
  TYPE,
  uint32,
  windowUpdate,
} from '../../support/raw-http2.ts';

const conformance = Conformance.suite();

/** What SETTINGS_MAX_FRAME_SIZE allows unless it is raised. */
const LARGEST = 16_384;
const RESERVED = 2 ** 31;
const BLOCK = encode(asking({ ':path': '/case' }));
const OVERSIZE = resets('FRAME_SIZE_ERROR');

const raw = (type: number, flags: number, stream: number, length: number) =>
  frame(type, flags, stream, Buffer.alloc(length));

/** A header block that is begun and not ended. */
const begun = frame(TYPE.headers, END_STREAM, CASE, BLOCK.subarray(0, 20));
const rest = frame(TYPE.continuation, END_HEADERS, CASE, BLOCK.subarray(20));

/** Undefined flags on each type: all bits but those that mean something. */
const undefinedFlags: Row[] = (
  [
    ['HEADERS', [frame(TYPE.headers, 0x92 + END_HEADERS + END_STREAM, CASE, BLOCK)]],
    ['DATA', [posts(), frame(TYPE.data, 0xf6 + END_STREAM, CASE, Buffer.from('x'))]],
    ['SETTINGS', [frame(TYPE.settings, 0xfe, 0), asks()]],
    ['PING', [frame(TYPE.ping, 0xfe, 0, Buffer.alloc(8)), asks()]],
    ['WINDOW_UPDATE', [frame(TYPE.windowUpdate, 0xff, 0, uint32(1)), asks()]],
    ['PRIORITY', [frame(TYPE.priority, 0xff, CASE, Buffer.from([0, 0, 0, 0, 1])), asks()]],
    [
      'RST_STREAM',
      [headers(5, asking({ ':path': '/other/silent' })), frame(TYPE.resetStream, 0xff, 5, uint32(8))],
    ],
    ['CONTINUATION', [begun, frame(TYPE.continuation, 0xff, CASE, BLOCK.subarray(20))]],
  ] as const
).map(([type, says]) => ({
  clause: '§4.1',
  name: `flags that mean nothing on ${type} are ignored`,
  says: type === 'RST_STREAM' ? [...says, headers(7, asking({ ':path': '/case' }))] : says,
  outcome: SERVED,
  ...(type === 'RST_STREAM' && { on: 7 }),
}));

const frameFormat: Row[] = [
  ...undefinedFlags,
  ...[0x0a, 0x10, 0x63, 0xff].flatMap((type): Row[] => [
    {
      clause: '§5.5',
      name: `a frame of the unknown type ${type} on the connection and on streams idle, open and ended is ignored`,
      says: [
        ...[0, CASE, 7, 8].map((stream) => raw(type, 0xff, stream, 20)),
        posts(),
        raw(type, 5, CASE, 0),
        data(CASE, '', END_STREAM),
        raw(type, 0xff, CASE, LARGEST),
      ],
      outcome: type === 0x10 ? [SERVED, ends('PROTOCOL_ERROR', 'FRAME_SIZE_ERROR')] : SERVED,
      reaches: maybe,
      tls: true,
    },
  ]),
  {
    clause: '§4.1',
    name: 'the reserved bit of a stream’s number is ignored',
    says: [frame(TYPE.headers, END_HEADERS + END_STREAM, RESERVED + CASE, BLOCK)],
    outcome: SERVED,
  },
  {
    clause: '§6.9',
    name: 'the reserved bit of a WINDOW_UPDATE is ignored',
    says: [frame(TYPE.windowUpdate, 0, 0, uint32(RESERVED + 1)), asks()],
    outcome: SERVED,
  },
];

const frameSizes: Row[] = [
  {
    clause: '§4.2',
    name: 'DATA of the largest size is taken',
    says: [posts(), data(CASE, 'x'.repeat(LARGEST), END_STREAM)],
    outcome: SERVED,
  },
  {
    clause: '§4.2',
    name: 'DATA beyond it is an error of the stream or the connection',
    says: [posts(), raw(TYPE.data, 0, CASE, LARGEST + 1)],
    outcome: [OVERSIZE, ends('FRAME_SIZE_ERROR')],
    tls: true,
  },
  {
    clause: '§4.2',
    name: 'DATA whose length is a lie of 2^24-1 is refused before it has come',
    says: [posts(), Buffer.from([0xff, 0xff, 0xff, TYPE.data, 0, 0, 0, 0, CASE, 1, 2, 3])],
    outcome: [OVERSIZE, ends('FRAME_SIZE_ERROR')],
  },
  ...(
    [
      ['HEADERS', raw(TYPE.headers, END_HEADERS + END_STREAM, CASE, LARGEST + 1)],
      ['CONTINUATION', Buffer.concat([begun, raw(TYPE.continuation, END_HEADERS, CASE, LARGEST + 1)])],
      ['SETTINGS', raw(TYPE.settings, 0, 0, 6 * 2731)],
      ['an unknown type', raw(0x63, 0, 0, LARGEST + 1)],
      ['GOAWAY', raw(TYPE.goaway, 0, 0, LARGEST + 1)],
      ['PRIORITY', raw(TYPE.priority, 0, CASE, LARGEST + 1)],
    ] as const
  ).map(
    ([what, bytes]): Row => ({
      clause: '§4.2',
      name: `${what} beyond the largest size ends the connection`,
      says: [bytes],
      outcome: ends('FRAME_SIZE_ERROR'),
    }),
  ),
];

const blocks: Row[] = [
  {
    clause: '§4.3',
    name: 'a block in three frames is one',
    says: [
      frame(TYPE.headers, END_STREAM, CASE, BLOCK.subarray(0, 3)),
      frame(TYPE.continuation, 0, CASE, BLOCK.subarray(3, 4)),
      frame(TYPE.continuation, END_HEADERS, CASE, BLOCK.subarray(4)),
    ],
    outcome: SERVED,
    tls: true,
  },
  {
    clause: '§4.3',
    name: 'a block whose HEADERS and first CONTINUATION are empty is one',
    says: [
      frame(TYPE.headers, END_STREAM, CASE),
      frame(TYPE.continuation, 0, CASE),
      frame(TYPE.continuation, END_HEADERS, CASE, BLOCK),
    ],
    outcome: SERVED,
  },
  {
    clause: '§6.10',
    name: 'END_STREAM on a CONTINUATION means nothing',
    says: [
      frame(TYPE.headers, 0, CASE, encode(asking({ ':method': 'POST', ':path': '/case' }))),
      frame(TYPE.continuation, END_HEADERS + END_STREAM, CASE),
      data(CASE, 'body', END_STREAM),
    ],
    outcome: SERVED,
  },
  {
    clause: '§6.10',
    name: 'PADDED on a CONTINUATION means nothing',
    says: [begun, frame(TYPE.continuation, END_HEADERS + PADDED, CASE, BLOCK.subarray(20))],
    outcome: SERVED,
  },
  ...(
    [
      ['DATA of its stream', data(CASE, 'x')],
      ['DATA of another stream', data(1, 'x')],
      ['HEADERS of its stream', frame(TYPE.headers, END_HEADERS, CASE, BLOCK.subarray(20))],
      ['HEADERS of another stream', frame(TYPE.headers, END_HEADERS + END_STREAM, 5, BLOCK)],
      ['a CONTINUATION of another stream', frame(TYPE.continuation, END_HEADERS, 1, BLOCK.subarray(20))],
      ['a CONTINUATION of stream 0', frame(TYPE.continuation, END_HEADERS, 0, BLOCK.subarray(20))],
      ['PRIORITY', raw(TYPE.priority, 0, 5, 5)],
      ['RST_STREAM of its stream', resetStream(CASE)],
      ['SETTINGS', settings()],
      ['an ACK of SETTINGS', frame(TYPE.settings, 1, 0)],
      ['PING', ping()],
      ['GOAWAY', raw(TYPE.goaway, 0, 0, 8)],
      ['WINDOW_UPDATE', windowUpdate(0, 1)],
      ['a frame of an unknown type', raw(0x63, 0, CASE, 4)],
    ] as const
  ).map(
    ([what, other]): Row => ({
      clause: '§4.3',
      name: `${what} within a header block ends the connection`,
      says: [begun, other, rest],
      outcome: ends('PROTOCOL_ERROR'),
      tls: true,
    }),
  ),
  ...(
    [
      ['whose block has ended', Buffer.concat([HELD, frame(TYPE.continuation, END_HEADERS, CASE, BLOCK)])],
      ['that is none yet', frame(TYPE.continuation, END_HEADERS, CASE, BLOCK)],
      ['0', frame(TYPE.continuation, END_HEADERS, 0, BLOCK)],
      [
        'that DATA has been sent on',
        Buffer.concat([posts(), data(CASE, 'x'), frame(TYPE.continuation, 4, CASE)]),
      ],
    ] as const
  ).map(
    ([what, bytes]): Row => ({
      clause: '§6.10',
      name: `a CONTINUATION on a stream ${what} ends the connection`,
      says: [bytes],
      outcome: ends('PROTOCOL_ERROR'),
      reaches: maybe,
    }),
  ),
];

/** Later blocks name what such a block has put into the table. */
const path = remembered(':path', '/case/remembered');
const withoutPath = encode(asking({ ':path': null }));
const naming = headers(5, Buffer.concat([withoutPath.subarray(0), indexed(62)]));

const compressionState: Row[] = (
  [
    ['a malformed request', [headers(CASE, Buffer.concat([encode([['X-UPPER', '1']]), withoutPath, path]))]],
    [
      'a request that is refused',
      [headers(CASE, Buffer.concat([encode([['a_b', '1']]), withoutPath, path]))],
    ],
    ['trailers of a stream that was reset here', [asks({}, [['connection', 'x']]), headers(CASE, path)]],
    ['malformed trailers', [posts(), headers(CASE, path)]],
    [
      'a request that its client has reset',
      [headers(CASE, Buffer.concat([withoutPath, path])), resetStream(CASE)],
    ],
  ] as const
).map(([what, first]) => ({
  clause: '§4.3',
  name: `what ${what} puts into the table is there for the next block`,
  says: [...first, naming],
  on: 5,
  outcome: SERVED,
  reaches: (count) => count >= 1 && count <= 2,
  tls: true,
  also: (_, requests) => assert.ok(requests.some(({ start }) => start === 'GET /case/remembered HTTP/1.1')),
}));

describe('§4 frames of a client:', () => {
  conformance.run(frameFormat);
  conformance.run(frameSizes);
});

describe('§4.3 header blocks of a client:', () => {
  conformance.run(blocks);
  conformance.run(compressionState);
  conformance.run([
    {
      clause: '§8.1',
      name: 'an empty block is malformed',
      says: [headers(CASE, Buffer.alloc(0))],
      outcome: MALFORMED,
    },
  ]);
});
