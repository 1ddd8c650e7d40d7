import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { Backend } from '../../support/backend.ts';
import { encode, type Fields, indexed } from '../../support/hpack.ts';
import { HTTP_2, HttpEngine } from '../../support/http-engine.ts';
import { H2C, Http2Rule, posting } from '../../support/http2-rule.ts';
import {
  asking,
  data,
  END_HEADERS,
  END_STREAM,
  frame,
  headers,
  PADDED,
  RawHttp2,
  resetStream,
  SETTING,
  settings,
  TYPE,
  uint32,
  windowUpdate,
} from '../../support/raw-http2.ts';
import { rowSuite } from '../../support/row-suite.ts';

const suite = rowSuite(H2C);
const http2 = new Http2Rule(suite);

const LARGEST_WINDOW = 2 ** 31 - 1;

describe('T06 header compression that is no HPACK ends the connection:', () => {
  for (const [what, broken] of [
    ['an index beyond the tables', indexed(100)],
    ['the index 0', indexed(0)],
    ['padding of a Huffman code that is no padding', Buffer.from([0, 0x81, 0xfe, 1, 0x61])],
    [
      'a Huffman code with the end of the string in it',
      Buffer.from([0, 0x84, 0xff, 0xff, 0xff, 0xff, 1, 0x61]),
    ],
    ['an integer that overflows', Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])],
    ['a string longer than the block', Buffer.from([0, 0x7f, 0x61])],
  ] as const) {
    test(`T06 ${what}`, () =>
      http2.refuses('GOAWAY COMPRESSION_ERROR', headers(1, Buffer.concat([encode(asking()), broken]))));
  }
  test('T06 a table larger than was allowed', () =>
    http2.refuses(
      'GOAWAY COMPRESSION_ERROR',
      headers(1, Buffer.concat([Buffer.from([0x3f, 0xff, 0xff, 0x7f]), encode(asking())])),
    ));
  test('T06 a change of the table behind the first field', () =>
    http2.refuses(
      'GOAWAY COMPRESSION_ERROR',
      headers(1, Buffer.concat([encode(asking()), Buffer.from([0x20])])),
    ));
});

describe('T08 a window of more than 2^31-1 ends the connection, of which nothing is left:', () => {
  const open = headers(1, posting(), 0);
  for (const [what, ...frames] of [
    ['of the connection', windowUpdate(0, LARGEST_WINDOW)],
    [
      'by SETTINGS',
      open,
      windowUpdate(1, LARGEST_WINDOW - 65_535),
      settings([SETTING.initialWindowSize, LARGEST_WINDOW]),
    ],
    ['as SETTINGS', settings([SETTING.initialWindowSize, LARGEST_WINDOW + 1])],
  ] as const) {
    test(`T08 ${what}`, async (t) => {
      await http2.refuses('GOAWAY FLOW_CONTROL_ERROR', ...frames);
      const engine = await HttpEngine.start(t, { http2: HTTP_2 });
      const silent = await Backend.start(t, () => undefined);
      engine.route('app.test', silent.port);
      const client = await RawHttp2.connect(engine.port);
      assert.equal(await client.send(...frames).outcome(1), 'GOAWAY FLOW_CONTROL_ERROR');
      await client.closed;
      await engine.isEmpty();
    });
  }

  test('T08 of a stream, which ends alone', () =>
    http2.refuses('RST FLOW_CONTROL_ERROR', open, windowUpdate(1, LARGEST_WINDOW)));
});

describe('a length that is not the one stated', () => {
  for (const [what, fields] of [
    ['no number', [['content-length', '+5']]],
    ['negative', [['content-length', '-1']]],
    [
      'given twice',
      [
        ['content-length', '5'],
        ['content-length', '5'],
      ],
    ],
    ['two in one', [['content-length', '5, 5']]],
    ['of a request without a body', [['content-length', '5']]],
  ] as const satisfies readonly (readonly [string, Fields])[]) {
    test(`T15 a Content-Length that is ${what} is malformed`, () =>
      http2.refuses('RST PROTOCOL_ERROR', headers(1, asking({ ':method': 'POST' }, fields))));
  }

  for (const [what, length, body] of [
    ['less than the body', '3', 'four'],
    ['more than the body', '5', 'four'],
    ['0, and a request is hidden in the body: T16', '0', 'GET /hidden HTTP/1.1\r\nhost: b.test\r\n\r\n'],
  ] as const) {
    test(`T15 a Content-Length that is ${what}: the backend never sees a whole request`, async () => {
      const { rule } = suite;
      const open = headers(1, posting({}, [['content-length', length]]), 0);
      await rule.hearsNothing(() =>
        http2.talks(async (client) => {
          client.send(open, data(1, body, END_STREAM));
          assert.match(await client.outcome(1), /^(?:RST PROTOCOL_ERROR|GOAWAY \w+)$/);
        }),
      );
      await rule.beside(async () => {
        const requests = rule.backend.requests.length;
        await http2.talks(async (client) => {
          const connection = await rule.reachedBy(() => client.send(open));
          client.send(data(1, body, END_STREAM));
          assert.match(await client.outcome(1), /^(?:RST PROTOCOL_ERROR|GOAWAY \w+|200)$/);
          if (length !== '0') await rule.backend.until(() => connection.socket.destroyed);
        });
        const whole = rule.backend.requests.slice(requests);
        // Of length 0 it is whole from the first, and nothing of what comes behind it.
        assert.equal(whole.length, length === '0' ? 1 : 0);
        assert.ok(!rule.backend.received.includes('/hidden'));
      });
    });
  }
});

describe('trailers of a request', () => {
  const open = headers(1, posting(), 0);
  for (const [what, trailers, flags] of [
    ['with a pseudo-header', [[':path', '/hidden']], END_STREAM],
    ['with a field of HTTP/1.1', [['transfer-encoding', 'chunked']], END_STREAM],
    ['with Connection', [['connection', 'close']], END_STREAM],
    ['with a Content-Length that is not the body’s', [['content-length', '3']], END_STREAM],
    ['that do not end the stream', [['x-own', '1']], 0],
  ] as const satisfies readonly (readonly [string, Fields, number])[]) {
    test(`T19 ${what} are malformed`, () =>
      http2.refuses('RST PROTOCOL_ERROR', open, headers(1, trailers, flags)));
  }

  for (const [what, trailers] of [
    ['a name that imitates another', [['transfer_encoding', 'chunked']]],
    ['white space around a value', [['x-own', ' 1']]],
  ] as const satisfies readonly (readonly [string, Fields])[]) {
    test(`T19 with ${what} are malformed, and the backend never sees a whole request`, async () => {
      const { rule } = suite;
      await rule.beside(async () => {
        const requests = rule.backend.requests.length;
        await http2.talks(async (client) => {
          const connection = await rule.reachedBy(() => client.send(open));
          client.send(data(1, 'body'), headers(1, trailers));
          assert.equal(await client.outcome(1), 'RST PROTOCOL_ERROR');
          await rule.backend.until(() => connection.socket.destroyed);
          assert.equal(await client.ask(3), '200');
        });
        assert.equal(rule.backend.requests.length, requests + 1);
      });
    });
  }

  test('T19 go on as trailers of HTTP/1.1, but for those that could be mistaken for headers', async () => {
    const trailers: Fields = [
      ['x-own', '1'],
      ['host', 'b.test'],
      ['authorization', 'secret'],
      ['x-forwarded-for', '1.2.3.4'],
      ['x-cf-app-instance', 'a:1'],
    ];
    const { requests } = await http2.serves(open, data(1, 'body'), headers(1, trailers));
    assert.equal(requests.length, 1);
    assert.equal(requests[0]!.body, 'body');
    assert.deepEqual(requests[0]!.trailers, ['x-own: 1']);
  });
});

describe('frames where they do not belong', () => {
  const open = headers(1, posting(), 0);
  const whole = headers(1, posting());
  const priorityOn = (stream: number, on: number) =>
    frame(TYPE.priority, 0, stream, Buffer.concat([uint32(on), Buffer.from([1])]));
  for (const [what, code, ...frames] of [
    ['DATA on a stream that is none yet', 'PROTOCOL_ERROR', data(1, 'x')],
    ['DATA on stream 0', 'PROTOCOL_ERROR', data(0, 'x')],
    ['HEADERS on stream 0', 'PROTOCOL_ERROR', headers(0, asking())],
    ['HEADERS on an even stream', 'PROTOCOL_ERROR', headers(2, asking())],
    ['RST_STREAM on a stream that is none yet', 'PROTOCOL_ERROR', resetStream(1)],
    ['WINDOW_UPDATE on a stream that is none yet', 'PROTOCOL_ERROR', windowUpdate(1, 1)],
    ['WINDOW_UPDATE by 0', 'PROTOCOL_ERROR', windowUpdate(0, 0)],
    ['a frame of more than was allowed', 'FRAME_SIZE_ERROR', open, data(1, Buffer.alloc(16_385))],
    [
      'padding longer than its frame',
      'PROTOCOL_ERROR',
      open,
      frame(TYPE.data, PADDED, 1, Buffer.from([5, 1, 1])),
    ],
    ['SETTINGS of 5 bytes', 'FRAME_SIZE_ERROR', frame(TYPE.settings, 0, 0, Buffer.alloc(5))],
    ['SETTINGS on a stream', 'PROTOCOL_ERROR', frame(TYPE.settings, 0, 1)],
    ['PING of 7 bytes', 'FRAME_SIZE_ERROR', frame(TYPE.ping, 0, 0, Buffer.alloc(7))],
    ['PING on a stream', 'PROTOCOL_ERROR', frame(TYPE.ping, 0, 1, Buffer.alloc(8))],
    ['GOAWAY on a stream', 'PROTOCOL_ERROR', frame(TYPE.goaway, 0, 1, Buffer.alloc(8))],
    ['CONTINUATION of nothing', 'PROTOCOL_ERROR', frame(TYPE.continuation, END_HEADERS, 1, encode(asking()))],
    [
      'DATA within a header block',
      'PROTOCOL_ERROR',
      frame(TYPE.headers, 0, 1, encode(asking())),
      data(1, 'x'),
    ],
    [
      'PING within a header block',
      'PROTOCOL_ERROR',
      frame(TYPE.headers, 0, 1, encode(asking())),
      frame(TYPE.ping, 0, 0, Buffer.alloc(8)),
    ],
    [
      'CONTINUATION of another stream',
      'PROTOCOL_ERROR',
      frame(TYPE.headers, 0, 1, encode(asking())),
      frame(TYPE.continuation, END_HEADERS, 3),
    ],
  ] as const) {
    test(`T20 ${what} ends the connection`, () => http2.refuses(`GOAWAY ${code}`, ...frames));
  }

  for (const [what, frame] of [
    ['DATA', data(1, 'x')],
    ['HEADERS', headers(1, asking())],
  ] as const) {
    test(`T20 ${what} on a stream that the client has ended ends that stream`, () =>
      http2.refuses('RST STREAM_CLOSED', whole, frame));
  }

  test('T20 a stream with a number below one before ends the connection', () =>
    http2.survives(1, async (client) => {
      assert.equal(await client.ask(5), '200');
      assert.equal(await client.ask(3), 'GOAWAY PROTOCOL_ERROR');
    }));

  for (const [what, ...frames] of [
    ['DATA', data(1, 'x')],
    ['HEADERS', headers(1, asking())],
    ['WINDOW_UPDATE', windowUpdate(1, 1)],
    ['RST_STREAM', resetStream(1)],
    ['PRIORITY', priorityOn(1, 3)],
  ] as const) {
    test(`T20 ${what} on a stream that is over does nothing, or ends the connection`, () =>
      http2.survives(2, async (client) => {
        assert.equal(await client.ask(1), '200');
        client.send(...frames);
        assert.match(await client.ask(3), /^(?:200|GOAWAY \w+)$/);
      }));
  }

  test('T21 PUSH_PROMISE of a client ends the connection', () => {
    const promise = Buffer.concat([uint32(2), encode(asking())]);
    return http2.refuses('GOAWAY PROTOCOL_ERROR', frame(TYPE.pushPromise, END_HEADERS, 1, promise));
  });

  test('T21 ENABLE_PUSH: 1 allows what is never done, 2 ends the connection', async () => {
    await http2.serves(settings([SETTING.enablePush, 1]), headers(1, asking()));
    await http2.refuses('GOAWAY PROTOCOL_ERROR', settings([SETTING.enablePush, 2]));
  });

  test('T20 frames of an unknown type are ignored', () =>
    http2
      .serves(frame(99, 0xff, 0, Buffer.alloc(20)), headers(1, asking()), frame(98, 0, 1, Buffer.alloc(20)))
      .then(() => {}));

  test('T20 padding goes no further', async () => {
    const padded = frame(
      TYPE.data,
      PADDED + END_STREAM,
      1,
      Buffer.concat([Buffer.from([4]), Buffer.from('body'), Buffer.alloc(4)]),
    );
    const { requests } = await http2.serves(open, padded);
    assert.equal(requests[0]!.body, 'body');
  });
});
