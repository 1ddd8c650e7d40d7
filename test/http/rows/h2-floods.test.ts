import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { encode, type Fields, indexed, remembered } from '../../support/hpack.ts';
import { H2C, Http2Rule, posting } from '../../support/http2-rule.ts';
import {
  ACK,
  asking,
  data,
  frame,
  headers,
  PADDED,
  RawHttp2,
  resetStream,
  settings,
  TYPE,
  uint32,
  windowUpdate,
} from '../../support/raw-http2.ts';
import { rowSuite } from '../../support/row-suite.ts';

const suite = rowSuite({ ...H2C, read_header_timeout: '1s' });
const http2 = new Http2Rule(suite);

const MAX_STREAMS = 128;
/** What a client may give up at once, and what it earns in the seconds that a case takes. */
const RESETS = 200 + 10 * 50;
/** Frames of a flood, each of some ten bytes. */
const FLOOD = 2_000_000;
const ENOUGH = /^ENHANCE_YOUR_CALM$/;

/** A request on the `index`-th stream. */
function asks(index: number, more: Fields = []): Buffer {
  return headers(1 + 2 * index, asking({}, more));
}

/** A header whose largest field is named again and again. */
function bomb(references: number): Buffer {
  return Buffer.concat([
    encode(asking({ ':path': '/bomb' })),
    remembered('x-own', 'y'.repeat(3900)),
    ...Array.from({ length: references }, () => indexed(62)),
  ]);
}

describe('§3.12 T01 streams opened and reset without end (CVE-2023-44487)', () => {
  test('T01 in one breath', () =>
    http2.ends(ENOUGH, RESETS, (client) =>
      client.flood((i) => Buffer.concat([asks(i), resetStream(1 + 2 * i)]), 100_000),
    ));

  test('T01 after each has reached the backend', () =>
    http2.ends(ENOUGH, RESETS, async (client) => {
      suite.rule.backend.answer = () => undefined;
      let opened = 0;
      await client.flood(
        (i) => {
          if (i % 2 === 0) return headers(1 + 2 * opened++, asking({ ':path': '/reset' }));
          return resetStream(2 * opened - 1);
        },
        100_000,
        1,
      );
    }));
});

describe('T02 a router made to reset streams (CVE-2025-8671)', () => {
  for (const [what, provoke] of [
    ['a window raised by 0', (id: number) => windowUpdate(id, 0)],
    ['a window too large', (id: number) => windowUpdate(id, 2 ** 31 - 1)],
    ['a body behind the end', (id: number) => data(id, 'x')],
    ['a header behind the end', (id: number) => headers(id, asking())],
    ['a priority of 1 byte', (id: number) => frame(TYPE.priority, 0, id, Buffer.from([1]))],
  ] as const) {
    test(`T02 by ${what}: one ends the connection`, () =>
      http2.ends(/^(?!NO_ERROR)/, 2, (client) =>
        client.flood((i) => Buffer.concat([asks(i), provoke(1 + 2 * i)]), 100_000),
      ));
  }

  test('T02 by requests that are malformed', () =>
    http2.ends(ENOUGH, 0, (client) => client.flood((i) => asks(i, [['connection', 'x']]), 100_000)));

  test('T02 by requests with too many fields', () =>
    http2.ends(ENOUGH, 0, (client) => {
      const block = Buffer.concat([encode(asking()), ...Array.from({ length: 1100 }, () => indexed(16))]);
      return client.flood((i) => headers(1 + 2 * i, block), 100_000, 10);
    }));

  for (const [what, trailers] of [
    ['trailers with a pseudo-header', [[':path', '/']]],
    ['trailers that imitate a name', [['transfer_encoding', 'chunked']]],
  ] as const satisfies readonly (readonly [string, Fields])[]) {
    test(`T02 by ${what}`, () =>
      http2.ends(ENOUGH, RESETS, (client) => {
        let opened = 0;
        const step = (i: number) => {
          if (i % 2 === 0) return headers(1 + 2 * opened++, posting(), 0);
          return headers(2 * opened - 1, trailers);
        };
        return client.flood(step, 100_000, 1);
      }));
  }
});

describe('T03 a header block without an end (CVE-2024-27983)', () => {
  const begun = frame(TYPE.headers, 0, 1, encode(asking()));
  const silentBehind = async (client: RawHttp2, ...frames: Buffer[]): Promise<void> => {
    client.answers = false;
    client.send(...frames);
  };
  for (const [what, more] of [
    ['of full frames', encode([['x-own', 'y'.repeat(16_000)]])],
    ['of small frames', encode([['x-own', 'y']])],
    ['of empty frames', Buffer.alloc(0)],
  ] as const) {
    test(`T03 that goes on and on, ${what}`, () =>
      http2.ends(ENOUGH, 0, (client) => {
        client.send(begun);
        return client.flood(() => frame(TYPE.continuation, 0, 1, more), 100_000);
      }));
  }

  test('T03 and then silence: the time of a header is up', () =>
    http2.ends(/^PROTOCOL_ERROR$/, 0, (client) => silentBehind(client, begun)));

  test('T03 of which not even the first frame is whole, and then silence', () =>
    http2.ends(/^PROTOCOL_ERROR$/, 0, (client) => silentBehind(client, begun.subarray(0, 20))));

  test('T03 behind requests that were served, and beside one that is', () =>
    http2.ends(/^PROTOCOL_ERROR$/, 2, async (client) => {
      assert.equal(await client.ask(1), '200');
      suite.rule.backend.answer = () => undefined;
      await silentBehind(client, headers(3, asking()), frame(TYPE.headers, 0, 5, encode(asking())));
    }));
});

describe('T04 a flood of', () => {
  const open = headers(1, posting({ ':path': '/flood' }), 0);
  for (const [what, make, first] of [
    ['SETTINGS', () => settings(), null],
    ['SETTINGS with an entry', () => settings([1, 0]), null],
    ['ACKs of SETTINGS', () => frame(TYPE.settings, ACK, 0), null],
    ['PING', () => frame(TYPE.ping, 0, 0, Buffer.alloc(8)), null],
    ['ACKs of PING', () => frame(TYPE.ping, ACK, 0, Buffer.alloc(8)), null],
    ['empty DATA', () => data(1, ''), open],
    ['DATA of padding alone', () => frame(TYPE.data, PADDED, 1, Buffer.from([3, 0, 0, 0])), open],
    [
      'PRIORITY',
      (i: number) => frame(TYPE.priority, 0, 1 + 2 * i, Buffer.concat([uint32(0), Buffer.from([1])])),
      null,
    ],
    ['WINDOW_UPDATE of the connection', () => windowUpdate(0, 1), null],
    ['WINDOW_UPDATE of a stream', () => windowUpdate(1, 1), open],
    ['RST_STREAM of a stream that is over', () => resetStream(1), headers(1, asking())],
    ['frames of an unknown type', () => frame(99, 0, 0, Buffer.alloc(8)), null],
  ] as const) {
    for (const [how, batch] of [
      ['in one breath', 2000],
      ['a few at a time, their answers read', 100],
    ] as const) {
      test(`T04 ${what} ${how}`, () =>
        http2.ends(ENOUGH, 1, (client) => {
          if (first !== null) client.send(first);
          return client.flood(make, FLOOD, batch);
        }));
    }
  }

  test('T04 PING whose answers are not read', () =>
    http2.ends(ENOUGH, 0, async (client) => {
      client.socket.pause();
      await client.flood(() => frame(TYPE.ping, 0, 0, Buffer.alloc(8)), 100_000, 2000);
      client.socket.resume();
    }));
});

describe('T05 headers that are large only when unpacked', () => {
  test('T05 beyond the size of a header are refused', () => http2.refuses('431', headers(1, bomb(12_000))));

  test('T05 of more fields than there may be are refused', () => {
    const many = Array.from({ length: 1100 }, () => indexed(16));
    return http2.refuses('431', headers(1, Buffer.concat([encode(asking()), ...many])));
  });

  for (const [how, pause] of [
    ['in one breath', false],
    ['one after the other', true],
  ] as const) {
    test(`T05 within it are not held many at a time, sent ${how}`, () =>
      http2.survives(5, async (client) => {
        suite.rule.backend.answer = () => undefined;
        const block = bomb(230);
        for (let i = 0; i < 20; i++) {
          client.send(headers(1 + 2 * i, block), frame(TYPE.ping, 0, 0, Buffer.alloc(8)));
          if (pause) await client.until(() => client.pings.length > i);
        }
        await client.until(() => client.pings.length === 20);
        const open = Array.from({ length: 20 }, (_, i) => client.stream(1 + 2 * i)).filter(
          ({ end }) => end === 'open',
        );
        assert.ok(open.length <= 5, `${open.length} are held`);
      }));
  }
});

test('T05 headers that find no room again and again end the connection', () =>
  http2.ends(ENOUGH, 5, (client) => {
    suite.rule.backend.answer = () => undefined;
    const block = bomb(230);
    return client.flood((i) => headers(1 + 2 * i, block), 10_000, 1);
  }));

describe('T09 more streams than are allowed', () => {
  test('T09 before the client knows of a limit are refused, unprocessed', async () => {
    const { rule, router } = suite;
    await rule.beside(async () => {
      const before = rule.backend.requests.length;
      rule.backend.answer = () => undefined;
      const client = await RawHttp2.connect(router.port, settings(), false);
      for (let i = 0; i < 2 * MAX_STREAMS; i++) client.send(asks(i));
      for (let i = MAX_STREAMS; i < 2 * MAX_STREAMS; i++) {
        assert.equal(await client.outcome(1 + 2 * i), 'RST REFUSED_STREAM');
      }
      await rule.backend.until(() => rule.backend.requests.length === before + MAX_STREAMS);
      client.close();
    });
  });

  test('T09 when it knows are refused, too', () =>
    http2.survives(MAX_STREAMS, async (client) => {
      suite.rule.backend.answer = () => undefined;
      assert.equal(client.settings.get(3), MAX_STREAMS);
      for (let i = 0; i < MAX_STREAMS; i++) client.send(asks(i));
      assert.equal(await client.ask(1 + 2 * MAX_STREAMS), 'RST REFUSED_STREAM');
    }));
});

test('T01 T04 a client that is only busy is never ended', () =>
  http2.talks(async (client) => {
    for (let i = 0; i < 3000; i++) {
      // A priority, a window and a ping with each request, a reset now and then.
      const id = 1 + 2 * i;
      client.send(frame(TYPE.ping, 0, 0, Buffer.alloc(8)), windowUpdate(0, 1));
      if (i % 100 === 0) client.send(headers(id, asking()), resetStream(id));
      else assert.equal(await client.ask(id), '200');
    }
    assert.equal(client.goaway, null);
  }));
