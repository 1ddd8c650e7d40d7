import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import { Backend } from '../../support/backend.ts';
import type { Fields } from '../../support/hpack.ts';
import { Conformance } from '../../support/http2-conformance.ts';
import { asking, END_STREAM, headers, TYPE, windowUpdate } from '../../support/raw-http2.ts';

const conformance = Conformance.suite();

let hosts = 0;

interface Answer {
  readonly outcome: string;
  /** Without what the router adds. */
  readonly heads: readonly Fields[];
  readonly body: string;
  readonly frames: readonly { readonly type: number; readonly flags: number; readonly size: number }[];
}

/** What a client of HTTP/2 gets of what a backend of HTTP/1.1 answers; the judge watches it. */
async function answerOf(t: TestContext, raw: string, method = 'GET', ends = false): Promise<Answer> {
  let isCase = false;
  const backend = await Backend.start(t, (_, { socket }) => {
    if (!isCase) return 'HTTP/1.1 204 No Content\r\n\r\n';
    if (ends) socket.end(raw, 'latin1');
    return ends ? undefined : raw;
  });
  const host = `answer-${++hosts}.test`;
  await conformance.router.route(host, backend.port);
  isCase = true;
  const answer = Promise.withResolvers<Answer>();
  await conformance.talks(async (client) => {
    client.send(windowUpdate(0, 2 ** 20), headers(1, asking({ ':authority': host, ':method': method })));
    const outcome = await client.outcome(1);
    const { heads, body } = client.stream(1);
    const frames = client.frames
      .filter(({ stream }) => stream === 1)
      .map(({ type, flags, payload }) => ({ type, flags, size: payload.length }));
    answer.resolve({ outcome, heads: heads.map(withoutOwn), body, frames });
    client.send(headers(3, asking()));
    assert.equal(await client.outcome(3), '200');
  });
  return answer.promise;
}

function withoutOwn(fields: Fields): Fields {
  return fields.filter(([name]) => name !== 'x-vcap-request-id' && name !== 'date');
}

const head = (lines: string, status = '200 OK') => `HTTP/1.1 ${status}\r\n${lines}\r\n`;

describe('§8 what a client of HTTP/2 is answered:', () => {
  test('§8.2 names are in lower case, and lines of one hop stay behind', async (t) => {
    const lines =
      'X-Own: A\r\nConnection: X-Hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nContent-Length: 2\r\nProxy-Connection: x\r\nUpgrade: h2c\r\n';
    const { outcome, heads, body } = await answerOf(t, `${head(lines)}hi`);
    assert.equal(outcome, '200');
    const names = heads[0]!.map(([name]) => name);
    assert.deepEqual(names.filter((name) => ['x-own', 'content-length'].includes(name)).sort(), [
      'content-length',
      'x-own',
    ]);
    for (const name of [
      'connection',
      'x-hop',
      'keep-alive',
      'proxy-connection',
      'upgrade',
      'transfer-encoding',
    ]) {
      assert.ok(!names.includes(name), name);
    }
    assert.equal(body, 'hi');
  });

  test('§8.1 chunks are DATA, and trailers trailers', async (t) => {
    const { outcome, heads, body } = await answerOf(
      t,
      `${head('Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n')}3\r\nhel\r\n2;a=b\r\nlo\r\n0\r\nX-Sum: 1\r\n\r\n`,
    );
    assert.equal(outcome, '200');
    assert.equal(body, 'hello');
    assert.deepEqual(heads[1], [['x-sum', '1']]);
    assert.equal(heads.length, 2);
  });

  test('§8.1 interim responses come before, each in a block of its own', async (t) => {
    const early = head('Link: </a>\r\n', '103 Early Hints');
    const { outcome, heads } = await answerOf(t, `${early}${early}${head('Content-Length: 0\r\n')}`);
    assert.equal(outcome, '200');
    assert.deepEqual(
      heads.map((fields) => fields[0]),
      [
        [':status', '103'],
        [':status', '103'],
        [':status', '200'],
      ],
    );
  });

  for (const [name, raw, method] of [
    ['204', head('', '204 No Content'), 'GET'],
    ['304 with a length', head('Content-Length: 9\r\n', '304 Not Modified'), 'GET'],
    ['HEAD with a length', head('Content-Length: 9\r\n'), 'HEAD'],
    ['a length of 0', head('Content-Length: 0\r\n'), 'GET'],
  ] as const) {
    test(`§8.1 ${name} has no body, and ends`, async (t) => {
      const { outcome, body, frames } = await answerOf(t, raw, method);
      assert.equal(outcome, raw.slice(9, 12));
      assert.equal(body, '');
      assert.ok(frames.some(({ flags, type }) => flags & END_STREAM && type <= TYPE.headers));
    });
  }

  for (const [name, raw] of [
    ['a body shorter than its length', `${head('Content-Length: 9\r\n')}half`],
    ['a chunked body without its last chunk', `${head('Transfer-Encoding: chunked\r\n')}4\r\nhalf\r\n`],
    ['a chunk cut off', `${head('Transfer-Encoding: chunked\r\n')}9\r\nhalf`],
  ] as const) {
    test(`§8.1.1 ${name} ends in RST_STREAM`, async (t) => {
      const { outcome } = await answerOf(t, raw, 'GET', true);
      assert.equal(outcome, 'RST INTERNAL_ERROR');
    });
  }

  test('§8.1 a body that lasts until the connection ends is whole', async (t) => {
    const { outcome, body } = await answerOf(t, `${head('')}all of it`, 'GET', true);
    assert.deepEqual([outcome, body], ['200', 'all of it']);
  });

  test('§4.3 a head that fits in no frame is in several, and no frame is too large', async (t) => {
    const lines = Array.from({ length: 5 }, (_, i) => `X-Large-${i}: ${'~y'.repeat(5000)}\r\n`).join('');
    const { outcome, heads, frames } = await answerOf(t, `${head(`${lines}Content-Length: 2\r\n`)}hi`);
    assert.equal(outcome, '200');
    assert.equal(heads[0]!.filter(([, value]) => value.length === 10_000).length, 5);
    assert.ok(frames.some(({ type }) => type === TYPE.continuation));
  });

  test('§6.1 a body that fits in no frame is in several', async (t) => {
    const { outcome, body } = await answerOf(t, `${head('Content-Length: 60000\r\n')}${'z'.repeat(60_000)}`);
    assert.deepEqual([outcome, body.length], ['200', 60_000]);
  });

  test('§8.2.1 bytes beyond ASCII go on as they are', async (t) => {
    const { heads } = await answerOf(t, head('X-Own: \x80\xff a\tb\r\nContent-Length: 0\r\n'));
    assert.deepEqual(
      heads[0]!.find(([name]) => name === 'x-own'),
      ['x-own', '\x80\xff a\tb'],
    );
  });

  test('§8.2.3 each Set-Cookie has a line of its own', async (t) => {
    const { heads } = await answerOf(t, head('Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n'));
    const cookies = heads[0]!.filter(([name]) => name === 'set-cookie').map(([, value]) => value);
    assert.deepEqual(cookies, ['a=1', 'b=2']);
  });
});
