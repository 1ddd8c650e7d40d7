import assert from 'node:assert/strict';
import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, type TestContext, test } from 'vitest';
import { Backend, ok } from '../../support/backend.ts';
import { encode, type Fields } from '../../support/hpack.ts';
import { HTTP_2, HttpEngine } from '../../support/http-engine.ts';
import { END_STREAM as ENDS, HEADERS, startFramesServer } from '../../support/http2-frames-server.ts';
import { ask, get, statusOf } from '../../support/raw-http.ts';
import {
  ACK,
  asking,
  data,
  END_HEADERS,
  END_STREAM,
  frame,
  headers,
  PREFACE,
  RawHttp2,
  resetStream,
  settings,
  TYPE,
  uint32,
  windowUpdate,
} from '../../support/raw-http2.ts';

const LAST_PING = Buffer.from('the last');
const RUNS = { seed: 20_261_128, numRuns: 150 };

async function start(t: TestContext) {
  const engine = await HttpEngine.start(t, { http2: HTTP_2, headTimeout: 100 });
  engine.route('app.test', (await Backend.start(t, (request) => ok(request.body))).port);
  return engine;
}

/** Says these words in one write, first of all; resolves when the router has taken them in. */
async function say(engine: HttpEngine, words: readonly Buffer[]): Promise<void> {
  const client = RawHttp2.over(connect({ port: engine.port, host: '127.0.0.1', noDelay: true }));
  client.send(PREFACE, ...words, frame(TYPE.ping, 0, 0, LAST_PING));
  await client.until(() => client.pings.some((ping) => ping.equals(LAST_PING))).catch(() => {});
  client.close();
}

async function assertSound(engine: HttpEngine): Promise<void> {
  assert.equal(statusOf(await ask(engine.port, get('app.test'))), 200);
  assert.deepEqual(
    engine.log.filter(([message]) => message === 'panic-check'),
    [],
  );
}

const POST = asking({ ':method': 'POST' });
const AFTER_A_REQUEST: Readonly<Record<string, readonly Buffer[]>> = {
  ...Object.fromEntries(
    Array.from({ length: 15 }, (_, code) => [`RST_STREAM with code ${code}`, [resetStream(1, code)]]),
  ),
  'GOAWAY with an error': [frame(TYPE.goaway, 0, 0, Buffer.concat([uint32(0), uint32(1)]))],
  'GOAWAY without': [frame(TYPE.goaway, 0, 0, Buffer.alloc(8))],
  'a PING of 7 bytes': [frame(TYPE.ping, 0, 0, Buffer.alloc(7))],
  'a window of 0': [windowUpdate(1, 0)],
  'a window of 0 for all': [windowUpdate(0, 0)],
  'a window too large': [windowUpdate(1, 0x7fff_ffff), windowUpdate(1, 0x7fff_ffff)],
  'a bad header block': [frame(TYPE.headers, END_HEADERS + END_STREAM, 3, Buffer.from([0xff, 0xff, 0xff]))],
  'a wrong Content-Length': [headers(3, [...POST, ['content-length', '9']], 0), data(3, 'four', END_STREAM)],
  'DATA behind the end': [data(1, 'more')],
  'DATA of no stream': [data(0, 'more')],
  'SETTINGS of a length': [frame(TYPE.settings, 0, 0, Buffer.alloc(5))],
  'SETTINGS of a stream': [frame(TYPE.settings, 0, 1)],
  'a wrong ACK of SETTINGS': [frame(TYPE.settings, ACK, 0)],
  'a stream that depends on itself': [
    frame(TYPE.priority, 0, 1, Buffer.concat([uint32(1), Buffer.from([0])])),
  ],
  'CONTINUATION of nothing': [frame(TYPE.continuation, END_HEADERS, 3, encode(asking()))],
  'a header block without its end': [frame(TYPE.headers, 0, 3, encode(asking()))],
  'a frame in a header block': [frame(TYPE.headers, 0, 3, encode(asking())), data(3, 'x')],
  PUSH_PROMISE: [frame(TYPE.pushPromise, END_HEADERS, 1, Buffer.concat([uint32(2), encode(asking())]))],
  'an unknown frame': [frame(0x77, 0xff, 1, Buffer.alloc(9))],
  'a stream gone backwards': [headers(7, asking()), headers(5, asking())],
  'an even stream': [headers(2, asking())],
  trailers: [
    headers(3, POST, 0),
    headers(3, [
      ['etag', 'a'],
      ['etag', 'b'],
    ]),
  ],
  'trailers without an end': [headers(3, POST, 0), headers(3, [['etag', 'a']], 0)],
  'a tunnel given up': [
    headers(
      3,
      asking({ ':method': 'CONNECT', ':protocol': 'websocket' }, [['sec-websocket-version', '13']]),
      0,
    ),
    resetStream(3, 2),
  ],
};

describe('a client of HTTP/2 that says in its first write a request and', () => {
  for (const [name, words] of Object.entries(AFTER_A_REQUEST)) {
    test(`${name} costs nobody else anything`, async (t) => {
      const engine = await start(t);
      await say(engine, [settings(), headers(1, asking()), ...words]);
      await say(engine, [settings(), headers(1, POST, 0), ...words]);
      await say(engine, [settings(), ...words]);
      await say(engine, words);
      await assertSound(engine);
    });
  }
});

const stream = fc.constantFrom(0, 1, 1, 1, 3, 3, 5);
const fields: fc.Arbitrary<Fields> = fc.array(
  fc.tuple(
    fc.constantFrom(
      'etag',
      'content-type',
      'te',
      'cookie',
      '__proto__',
      'constructor',
      'content-length',
      ':path',
      'X',
    ),
    fc.constantFrom('', 'a', '1', ' padded', 'trailers'),
  ),
  { maxLength: 4 },
);
const flags = fc.constantFrom(0, END_STREAM);
const word: fc.Arbitrary<Buffer> = fc.oneof(
  fc
    .tuple(stream, flags, fields)
    .map(([id, flag, more]) => headers(id, asking({ ':method': flag === 0 ? 'POST' : 'GET' }, more), flag)),
  fc.tuple(stream, flags, fields).map(([id, flag, some]) => headers(id, some, flag)),
  fc.tuple(stream, flags, fc.constantFrom('', 'body')).map(([id, flag, text]) => data(id, text, flag)),
  fc.tuple(stream, fc.nat(16)).map(([id, code]) => resetStream(id, code)),
  fc.tuple(stream, fc.constantFrom(0, 1, 0x7fff_ffff)).map(([id, by]) => windowUpdate(id, by)),
  fc
    .tuple(fc.nat(11), fc.nat(255), stream, fc.uint8Array({ maxLength: 12 }))
    .map(([type, flag, id, bytes]) => frame(type, flag, id, Buffer.from(bytes))),
  fc.constant(settings()),
  fc.constantFrom(...Object.values(AFTER_A_REQUEST).map((words) => Buffer.concat(words))),
);

test('no order of a client’s frames ends anything but its connection', async (t) => {
  const engine = await start(t);
  const words = fc.array(word, { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(words, async (said) => {
      await say(engine, said);
      await assertSound(engine);
    }),
    RUNS,
  );
  await engine.isEmpty();
});

test('no order of a backend’s frames ends anything but its requests', async (t) => {
  const engine = await start(t);
  let answer: readonly Buffer[] = [];
  const { port } = await startFramesServer(t, ({ type }, connection) => {
    if (type === HEADERS) for (const bytes of answer) connection.write(bytes);
  });
  engine.routeToEndpoint('h2.test', { host: '127.0.0.1', port, protocol: 'http2', requestTimeout: 200 });
  const response = fc
    .tuple(fc.constantFrom('100', '103', '200', '204', '304', '421', '999', 'x'), fields, flags)
    .map(([status, more, flag]) => headers(1, [[':status', status], ...more], flag));
  const words = fc.array(fc.oneof(response, word), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(words, async (said) => {
      answer = [...said, data(1, '', ENDS), resetStream(1, 2)];
      const client = await RawHttp2.connect(engine.port);
      await client.ask(1, asking({ ':authority': 'h2.test' }));
      client.close();
      await assertSound(engine);
    }),
    RUNS,
  );
});
