import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { encode } from '../../support/hpack.ts';
import {
  asks,
  CASE,
  Conformance,
  ends,
  HELD,
  maybe,
  ping,
  posts,
  type Row,
  resets,
  row,
  SERVED,
} from '../../support/http2-conformance.ts';
import {
  ACK,
  asking,
  data,
  END_HEADERS,
  END_STREAM,
  frame,
  headers,
  PADDED,
  resetStream,
  SETTING,
  settings,
  TYPE,
  uint32,
} from '../../support/raw-http2.ts';

const conformance = Conformance.suite();

const BLOCK = encode(asking({ ':path': '/case' }));
const NO_RFC7540_PRIORITIES = 9;
const MAX_FRAME_SIZE = 5;
const bytes = (type: number, flags: number, stream: number, ...payload: number[]) =>
  frame(type, flags, stream, Buffer.from(payload));

const paddedData = (payload: readonly number[], flags = PADDED + END_STREAM) => [
  posts(),
  frame(TYPE.data, flags, CASE, Buffer.from(payload)),
];
const bodyIs = (body: string): Partial<Row> => ({
  also: (_, requests) =>
    assert.deepEqual(
      requests.map((request) => request.body),
      [body],
    ),
});
const PROTOCOL = ends('PROTOCOL_ERROR');
const SIZE = ends('FRAME_SIZE_ERROR');

const dataRows: Row[] = [
  row('§6.1', 'DATA on stream 0 ends the connection', [data(0, 'x')], PROTOCOL, { tls: true }),
  row('§6.1', 'padding goes no further', paddedData([3, 0x68, 0x69, 0, 0, 0]), SERVED, bodyIs('hi')),
  row('§6.1', 'a padding of no bytes is one', paddedData([0, 0x68, 0x69]), SERVED, bodyIs('hi')),
  row('§6.1', 'padding may be all there is', paddedData([3, 0, 0, 0]), SERVED, bodyIs('')),
  row('§6.1', 'the length of no padding may be all there is', paddedData([0]), SERVED, bodyIs('')),
  row('§6.1', 'padding as long as its frame ends the connection', paddedData([3, 0, 0]), PROTOCOL, {
    tls: true,
  }),
  row('§6.1', 'padding longer than its frame ends the connection', paddedData([255, 0, 0]), PROTOCOL),
  row('§6.1', 'DATA that is padded and has not even a length of it is wrong', paddedData([]), [
    ends('PROTOCOL_ERROR', 'FRAME_SIZE_ERROR'),
    resets('FRAME_SIZE_ERROR'),
  ]),
  row(
    '§6.1',
    'padding that is not zeros is padding, or wrong',
    paddedData([2, 0x68, 1, 2]),
    [SERVED, PROTOCOL],
    {
      reaches: maybe,
    },
  ),
  row(
    '§6.1',
    'an empty frame may end a stream',
    [posts(), data(CASE, 'hi'), data(CASE, '', END_STREAM)],
    SERVED,
    {
      ...bodyIs('hi'),
      tls: true,
    },
  ),
];

const paddedHeaders = (length: number, padding: number) =>
  frame(
    TYPE.headers,
    END_HEADERS + END_STREAM + PADDED,
    CASE,
    Buffer.concat([Buffer.from([length]), BLOCK, Buffer.alloc(padding)]),
  );

const headersRows: Row[] = [
  row('§6.2', 'HEADERS on stream 0 end the connection', [headers(0, asking())], PROTOCOL, { tls: true }),
  row('§6.2', 'padding of HEADERS goes no further', [paddedHeaders(7, 7)], SERVED),
  row(
    '§6.2',
    'padding longer than its HEADERS ends the connection',
    [paddedHeaders(BLOCK.length + 8, 7)],
    PROTOCOL,
  ),
  row(
    '§6.2',
    'padding that leaves no byte for the length ends the connection',
    [bytes(TYPE.headers, END_HEADERS + END_STREAM + PADDED, CASE, 1)],
    PROTOCOL,
  ),
  row(
    '§6.2',
    'padded HEADERS without a length of it end the connection',
    [bytes(TYPE.headers, END_HEADERS + END_STREAM + PADDED, CASE)],
    ends('PROTOCOL_ERROR', 'FRAME_SIZE_ERROR'),
  ),
];

const other = headers(5, asking({ ':path': '/other/silent' }));
const behindOther = headers(7, asking({ ':path': '/case' }));

const resetRows: Row[] = [
  row('§6.4', 'RST_STREAM on stream 0 ends the connection', [resetStream(0)], PROTOCOL, { tls: true }),
  ...[0, 3, 5].map((length) =>
    row(
      '§6.4',
      `RST_STREAM of ${length} bytes ends the connection`,
      [HELD, frame(TYPE.resetStream, 0, CASE, Buffer.alloc(length))],
      SIZE,
      { reaches: maybe },
    ),
  ),
  ...[0, 1, 7, 11, 14, 0xffff_ffff].map((code) =>
    row(
      '§7',
      `RST_STREAM with the code ${code} ends its stream alone`,
      [other, resetStream(5, code), behindOther],
      SERVED,
      {
        on: 7,
      },
    ),
  ),
];

const settingsRows: Row[] = [
  row(
    '§6.5',
    'an ACK of SETTINGS with an entry ends the connection',
    [frame(TYPE.settings, ACK, 0, Buffer.from([0, 1, 0, 0, 0, 0]))],
    SIZE,
    { tls: true },
  ),
  row('§6.5', 'SETTINGS on a stream end the connection', [frame(TYPE.settings, 0, 1)], PROTOCOL, {
    tls: true,
  }),
  row('§6.5', 'an ACK of SETTINGS on a stream ends the connection', [frame(TYPE.settings, ACK, 1)], PROTOCOL),
  ...[1, 5, 7].map((length) =>
    row(
      '§6.5',
      `SETTINGS of ${length} bytes end the connection`,
      [frame(TYPE.settings, 0, 0, Buffer.alloc(length))],
      SIZE,
    ),
  ),
  row(
    '§6.5',
    'an ACK of SETTINGS that were never sent is ignored, or wrong',
    [frame(TYPE.settings, ACK, 0), frame(TYPE.settings, ACK, 0), asks()],
    [SERVED, PROTOCOL],
    { reaches: maybe },
  ),
  ...(
    [
      ['ENABLE_PUSH 2', SETTING.enablePush, 2, PROTOCOL],
      ['ENABLE_PUSH 2^32-1', SETTING.enablePush, 2 ** 32 - 1, PROTOCOL],
      ['INITIAL_WINDOW_SIZE 2^31', SETTING.initialWindowSize, 2 ** 31, ends('FLOW_CONTROL_ERROR')],
      ['INITIAL_WINDOW_SIZE 2^32-1', SETTING.initialWindowSize, 2 ** 32 - 1, ends('FLOW_CONTROL_ERROR')],
      ['MAX_FRAME_SIZE 16383', MAX_FRAME_SIZE, 16_383, PROTOCOL],
      ['MAX_FRAME_SIZE 0', MAX_FRAME_SIZE, 0, PROTOCOL],
      ['MAX_FRAME_SIZE 2^24', MAX_FRAME_SIZE, 2 ** 24, PROTOCOL],
    ] as const
  ).map(([name, id, value, outcome]) =>
    row('§6.5.2', `${name} ends the connection`, [settings([id, value])], outcome, { tls: true }),
  ),
  row(
    'RFC 9218 §2.1',
    'NO_RFC7540_PRIORITIES 2 ends the connection',
    [settings([NO_RFC7540_PRIORITIES, 2])],
    PROTOCOL,
  ),
  ...(
    [
      ['ENABLE_PUSH 0', SETTING.enablePush, 0],
      ['ENABLE_PUSH 1', SETTING.enablePush, 1],
      ['HEADER_TABLE_SIZE 0', SETTING.headerTableSize, 0],
      ['HEADER_TABLE_SIZE 2^32-1', SETTING.headerTableSize, 2 ** 32 - 1],
      ['MAX_CONCURRENT_STREAMS 0, which is about pushes', 3, 0],
      ['INITIAL_WINDOW_SIZE 2^31-1', SETTING.initialWindowSize, 2 ** 31 - 1],
      ['MAX_FRAME_SIZE 2^24-1', MAX_FRAME_SIZE, 2 ** 24 - 1],
      ['MAX_HEADER_LIST_SIZE 2^32-1', 6, 2 ** 32 - 1],
      ['a setting of GREASE', 0x0a0a, 7],
      ['the setting 0', 0, 7],
      ['the setting 65535', 0xffff, 2 ** 32 - 1],
    ] as const
  ).map(([name, id, value]) => row('§6.5.2', `${name} is fine`, [settings([id, value]), asks()], SERVED)),
  row(
    '§6.5.3',
    'of a setting that is there twice the latter counts',
    [settings([SETTING.initialWindowSize, 0], [SETTING.initialWindowSize, 65_535]), asks()],
    SERVED,
  ),
];

const promise = Buffer.concat([uint32(2), BLOCK]);
const pingRows: Row[] = [
  ...[0, 1, CASE].map((stream) =>
    row(
      '§8.4',
      `PUSH_PROMISE of a client on stream ${stream} ends the connection`,
      [frame(TYPE.pushPromise, END_HEADERS, stream, promise)],
      PROTOCOL,
      stream === 1 ? { tls: true } : {},
    ),
  ),
  ...[0, 7, 9].map((length) =>
    row(
      '§6.7',
      `PING of ${length} bytes ends the connection`,
      [frame(TYPE.ping, 0, 0, Buffer.alloc(length))],
      SIZE,
    ),
  ),
  row(
    '§6.7',
    'an ACK of PING of 7 bytes ends the connection',
    [frame(TYPE.ping, ACK, 0, Buffer.alloc(7))],
    SIZE,
  ),
  row('§6.7', 'PING on a stream ends the connection', [frame(TYPE.ping, 0, 1, Buffer.alloc(8))], PROTOCOL),
  row(
    '§6.7',
    'an ACK of PING that nobody asked for is ignored',
    [frame(TYPE.ping, ACK, 0, Buffer.alloc(8)), asks()],
    SERVED,
    { tls: true },
  ),
  row(
    '§6.8',
    'GOAWAY on a stream ends the connection',
    [frame(TYPE.goaway, 0, 1, Buffer.alloc(8))],
    PROTOCOL,
  ),
  ...[0, 4, 7].map((length) =>
    row(
      '§6.8',
      `GOAWAY of ${length} bytes ends the connection`,
      [frame(TYPE.goaway, 0, 0, Buffer.alloc(length))],
      SIZE,
    ),
  ),
];

describe('§6 frames of a client, type by type:', () => {
  for (const rows of [dataRows, headersRows, resetRows, settingsRows, pingRows]) conformance.run(rows);

  test('§6.5.3 each SETTINGS is acknowledged, §6.7 and each PING with what it held', () =>
    conformance.talks(async (client) => {
      client.send(settings([1, 0]), ping(), settings([3, 9], [4, 70_000]), ping(), settings());
      await client.until(() => acksOf(TYPE.settings) === 4 && acksOf(TYPE.ping) === 2);
      function acksOf(type: number): number {
        return client.of(type, 0).filter(({ flags }) => flags & ACK).length;
      }
    }));

  test('§6.8 a client that says GOAWAY gets the answers it still waits for', () =>
    conformance.talks(async (client) => {
      client.send(headers(1, asking({ ':method': 'POST' }), 0));
      client.send(frame(TYPE.goaway, 0, 0, Buffer.concat([uint32(0), uint32(0), Buffer.from('because')])));
      client.send(ping());
      await client.until(() => client.of(TYPE.ping, 0).length > 0);
      client.send(data(1, 'hi', END_STREAM));
      assert.equal(await client.outcome(1), '200');
    }));
});
