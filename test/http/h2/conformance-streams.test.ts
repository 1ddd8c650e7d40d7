import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import {
  asks,
  CASE,
  Conformance,
  ends,
  HELD,
  maybe,
  posts,
  type Row,
  resets,
  SERVED,
} from '../../support/http2-conformance.ts';
import type { Http2Peer } from '../../support/http2-peer.ts';
import {
  asking,
  data,
  END_STREAM,
  frame,
  headers,
  resetStream,
  TYPE,
  windowUpdate,
} from '../../support/raw-http2.ts';

const conformance = Conformance.suite();

const MAX_CONCURRENT_STREAMS = 3;
const LARGEST_STREAM = 2 ** 31 - 1;
const trailers = headers(CASE, [['x-sum', '1']]);
const priority = (stream: number, length = 5) => frame(TYPE.priority, 0, stream, Buffer.alloc(length));
const request = (stream: number, path = '/other', flags = END_STREAM) =>
  headers(stream, asking({ ':path': path }), flags);

const idle: Row[] = [
  ...(
    [
      ['DATA', data(CASE, 'x', END_STREAM)],
      ['RST_STREAM', resetStream(CASE)],
      ['WINDOW_UPDATE', windowUpdate(CASE, 1)],
      ['RST_STREAM with an even number', resetStream(2)],
      ['WINDOW_UPDATE with an even number', windowUpdate(4, 1)],
      ['DATA with an even number', data(2, 'x')],
    ] as const
  ).map(
    ([what, bytes]): Row => ({
      clause: '§5.1',
      name: `${what} on an idle stream ends the connection`,
      says: [bytes],
      outcome: ends('PROTOCOL_ERROR'),
      tls: true,
    }),
  ),
  {
    clause: '§5.1',
    name: 'PRIORITY on an idle stream does nothing',
    says: [priority(CASE), priority(101), asks()],
    outcome: SERVED,
  },
];

const halfClosed: Row[] = [
  ...(
    [
      ['DATA', data(CASE, 'x')],
      ['DATA of no bytes that ends it again', data(CASE, '', END_STREAM)],
      ['HEADERS', asks()],
      ['trailers', trailers],
    ] as const
  ).map(
    ([what, bytes]): Row => ({
      clause: '§5.1',
      name: `${what} on a stream that its client has ended is an error of the stream`,
      says: [HELD, bytes],
      outcome: resets('STREAM_CLOSED'),
      reaches: maybe,
      tls: true,
    }),
  ),
  {
    clause: '§5.1',
    name: 'WINDOW_UPDATE and PRIORITY on a stream that its client has ended are fine',
    says: [posts(), data(CASE, 'x', END_STREAM), windowUpdate(CASE, 9), priority(CASE)],
    outcome: SERVED,
  },
  {
    clause: '§5.1',
    name: 'RST_STREAM on a stream that its client has ended is fine',
    says: [HELD, resetStream(CASE), request(5)],
    on: 5,
    outcome: SERVED,
    reaches: maybe,
  },
  {
    clause: '§5.1',
    name: 'DATA behind trailers is an error of the stream',
    says: [
      headers(CASE, asking({ ':method': 'POST', ':path': '/case/silent' }), 0),
      trailers,
      data(CASE, 'x'),
    ],
    outcome: resets('STREAM_CLOSED'),
    reaches: maybe,
  },
];

/** Says it once the request is answered and both sides have ended. */
const whenServed =
  (...frames: readonly Buffer[]) =>
  async (client: Http2Peer): Promise<void> => {
    client.send(asks());
    assert.equal(await client.outcome(CASE), '200');
    client.send(...frames);
  };

/** Says it once the router has reset the stream, whose client has not ended it. */
const whenReset =
  (...frames: readonly Buffer[]) =>
  async (client: Http2Peer): Promise<void> => {
    client.send(posts({}, [['connection', 'close']]));
    assert.equal(await client.outcome(CASE), 'RST PROTOCOL_ERROR');
    client.send(...frames, request(5));
  };

const closed: Row[] = [
  {
    clause: '§5.1',
    name: 'DATA on a stream that both sides have ended is an error',
    says: whenServed(data(CASE, 'x')),
    outcome: [resets('STREAM_CLOSED'), ends('STREAM_CLOSED')],
    late: true,
    reaches: maybe,
  },
  {
    clause: '§5.1',
    name: 'HEADERS on a stream that both sides have ended ends the connection',
    says: whenServed(asks()),
    outcome: ends('STREAM_CLOSED'),
    reaches: maybe,
    tls: true,
  },
  {
    clause: '§5.1',
    name: 'DATA on a stream that its client has reset is an error',
    says: [HELD, resetStream(CASE), data(CASE, 'x')],
    outcome: [resets('STREAM_CLOSED'), ends('STREAM_CLOSED')],
    late: true,
    reaches: maybe,
  },
  {
    clause: '§5.1',
    name: 'HEADERS on a stream that its client has reset is an error',
    says: [HELD, resetStream(CASE), asks()],
    outcome: [resets('STREAM_CLOSED'), ends('STREAM_CLOSED')],
    late: true,
    reaches: maybe,
    tls: true,
  },
  // That the router resets no stream twice is judged in every row.
  ...(
    [
      ['DATA', [data(CASE, 'x'), data(CASE, 'x', END_STREAM)]],
      ['DATA and trailers', [data(CASE, 'x'), trailers]],
      ['HEADERS', [asks(), asks(), trailers]],
    ] as const
  ).map(
    ([what, frames]): Row => ({
      clause: '§5.1',
      name: `${what} again and again on a stream that its client has reset is an error once`,
      says: [HELD, resetStream(CASE), ...frames],
      outcome: resets('STREAM_CLOSED'),
      reaches: maybe,
      tls: true,
    }),
  ),
  ...(
    [
      ['WINDOW_UPDATE', windowUpdate(CASE, 1)],
      ['RST_STREAM', resetStream(CASE)],
      ['PRIORITY', priority(CASE)],
    ] as const
  ).map(
    ([what, bytes]): Row => ({
      clause: '§5.1',
      name: `${what} on a stream that has just ended does nothing`,
      says: whenServed(bytes),
      outcome: SERVED,
    }),
  ),
  ...(
    [
      ['DATA', data(CASE, 'x')],
      ['DATA that ends it', data(CASE, 'x', END_STREAM)],
      ['trailers', trailers],
      ['WINDOW_UPDATE', windowUpdate(CASE, 1)],
      ['a WINDOW_UPDATE by nothing', windowUpdate(CASE, 0)],
      ['RST_STREAM', resetStream(CASE)],
      ['PRIORITY', priority(CASE)],
      ['a PRIORITY of another length', priority(CASE, 4)],
      ['a PRIORITY on itself', frame(TYPE.priority, 0, CASE, Buffer.from([0, 0, 0, CASE, 0]))],
    ] as const
  ).map(
    ([what, bytes]): Row => ({
      clause: '§5.1',
      name: `${what} on a stream that the router has just reset is ignored`,
      says: whenReset(bytes),
      on: 5,
      outcome: SERVED,
      reaches: (count) => count === 0,
      tls: true,
    }),
  ),
];

const numbers: Row[] = [
  ...[2, 4, LARGEST_STREAM - 1].map(
    (id): Row => ({
      clause: '§5.1.1',
      name: `a client that opens stream ${id} is wrong`,
      says: [request(id)],
      outcome: ends('PROTOCOL_ERROR'),
      on: id,
      tls: true,
    }),
  ),
  ...[CASE, 5].map(
    (id): Row => ({
      clause: '§5.1.1',
      name: `a new stream ${id} below the last one, 7, is wrong`,
      says: [request(7, '/other/silent'), headers(id, asking({ ':path': '/case' }))],
      outcome: ends('PROTOCOL_ERROR', 'STREAM_CLOSED'),
      on: 7,
    }),
  ),
  {
    clause: '§5.1.1',
    name: 'numbers may be left out',
    says: [headers(501, asking({ ':path': '/case' }))],
    on: 501,
    outcome: SERVED,
  },
  {
    clause: '§5.1.1',
    name: 'a stream that was passed over is closed: DATA is an error',
    says: [request(7, '/other/silent'), data(5, 'x')],
    outcome: ends('PROTOCOL_ERROR', 'STREAM_CLOSED'),
    on: 7,
  },
];

describe('§5 streams of a client:', () => {
  for (const rows of [idle, halfClosed, closed, numbers]) conformance.run(rows);

  test('§5.1.1 the last stream there can be is served', () =>
    conformance.talks(async (client) => {
      client.send(request(LARGEST_STREAM));
      assert.equal(await client.outcome(LARGEST_STREAM), '200');
    }));

  test('§5.1.2 a stream beyond the limit is refused, and one that has ended makes room', () =>
    conformance.talks(async (client) => {
      const limit = client.settings.get(MAX_CONCURRENT_STREAMS)!;
      assert.ok(limit >= 100, 'RFC 9113 §6.5.2 asks for no less');
      // More streams than were answered by the end of the turn must not count, so each is held.
      const ids = Array.from({ length: limit }, (_, i) => 1 + 2 * i);
      client.send(...ids.map((id) => request(id, '/held/silent')));
      const beyond = 1 + 2 * limit;
      client.send(request(beyond));
      assert.match(await client.outcome(beyond), /^RST (?:REFUSED_STREAM|PROTOCOL_ERROR)$/);
      client.send(resetStream(1), request(beyond + 2));
      assert.equal(await client.outcome(beyond + 2), '200');
      assert.equal(client.goaway, null);
    }));

  test('§5.1 what comes for a stream that the router has reset counts for the connection’s window', () =>
    conformance.talks(async (client) => {
      let window = 65_535;
      for (const { payload } of client.of(TYPE.windowUpdate, 0)) window += payload.readUInt32BE(0);
      client.onFrame = ({ type, stream, payload }) => {
        if (type === TYPE.windowUpdate && stream === 0) window += payload.readUInt32BE(0);
      };
      const piece = 'x'.repeat(16_384);
      // In all far more than the window is at first, on streams that have a window of their own each.
      for (let id = 1; id < 40; id += 2) {
        client.send(headers(id, asking({ ':method': 'POST' }, [['connection', 'close']]), 0));
        await client.until(() => window >= piece.length);
        window -= piece.length;
        client.send(data(id, piece, END_STREAM));
        assert.equal(await client.outcome(id), 'RST PROTOCOL_ERROR');
      }
      client.send(request(41));
      assert.equal(await client.outcome(41), '200');
    }));
});
