import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import { Backend } from '../../support/backend.ts';
import { decode, type Fields } from '../../support/hpack.ts';
import { HTTP_2, HttpEngine } from '../../support/http-engine.ts';
import { DATA, END_STREAM, HEADERS, startFramesServer } from '../../support/http2-frames-server.ts';
import { type RawMessage, valuesOf } from '../../support/raw-http.ts';
import { asking, data, headers, RawHttp2, SETTING } from '../../support/raw-http2.ts';

/** Each stands for a field that Node thinks nobody may repeat. */
const HEAD: Fields = [
  ['content-type', 'text/a'],
  ['content-type', 'text/b'],
  ['etag', '"a"'],
  ['etag', '"b"'],
  ['__proto__', 'a'],
  ['constructor', 'b'],
];
const TRAILERS: Fields = HEAD.filter(([name]) => name !== 'content-type');
const NAMES = ['content-type', 'etag', '__proto__', 'constructor'];

function lines(fields: Fields): string {
  return fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
}

/** Those of the fields that a test asks about. */
function repeated(fields: Fields): Fields {
  return fields.filter(([name]) => NAMES.includes(name)).toSorted(byText);
}

function byText(a: readonly [string, string], b: readonly [string, string]): number {
  return `${a}` < `${b}` ? -1 : 1;
}

function ofMessage(message: RawMessage): Fields {
  return NAMES.flatMap((name) => valuesOf(message, name).map((value) => [name, value] as const)).toSorted(
    byText,
  );
}

/** A backend that keeps what it is asked and answers everything with the same. */
async function http2Backend(t: TestContext) {
  const blocks: Fields[] = [];
  const { port } = await startFramesServer(
    t,
    ({ type, flags, stream, payload }, connection) => {
      if (type === HEADERS) blocks.push(decode(payload));
      if ((type !== HEADERS && type !== DATA) || (flags & END_STREAM) === 0) return;
      connection.respond(stream, 0, [[':status', '103'], ...HEAD]);
      connection.respond(stream, 0, [[':status', '200'], ...HEAD]);
      connection.send(DATA, 0, stream, 'ok');
      connection.respond(stream, END_STREAM, TRAILERS);
    },
    [[SETTING.headerTableSize, 0]],
  );
  return { endpoint: { host: '127.0.0.1', port, protocol: 'http2' }, blocks };
}

const HTTP_1_ANSWER =
  `HTTP/1.1 103 Early Hints\r\n${lines(HEAD)}\r\n` +
  `HTTP/1.1 200 OK\r\n${lines(HEAD)}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${lines(TRAILERS)}\r\n`;

async function engineFor(t: TestContext): Promise<HttpEngine> {
  return HttpEngine.start(t, { http2: HTTP_2 });
}

describe('what Node thinks nobody may repeat goes on as it came', () => {
  test('from a client of HTTP/1.1 to a backend of HTTP/2, trailers too', async (t) => {
    const engine = await engineFor(t);
    const { endpoint, blocks } = await http2Backend(t);
    engine.routeToEndpoint('app.test', endpoint);
    const client = await engine.connect();
    client.send(
      `POST / HTTP/1.1\r\nHost: app.test\r\n${lines(HEAD)}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${lines(TRAILERS)}\r\n`,
    );
    const interim = await client.response();
    const response = interim.start.includes('103') ? await client.response() : interim;
    assert.deepEqual(ofMessage(response), repeated(HEAD));
    assert.deepEqual(blocks.map(repeated), [repeated(HEAD), repeated(TRAILERS)]);
    client.close();
    await engine.isEmpty();
    assert.equal(engine.panics, 0);
  });

  for (const kind of ['HTTP/1.1', 'HTTP/2']) {
    test(`between a client of HTTP/2 and a backend of ${kind}, both ways`, async (t) => {
      const engine = await engineFor(t);
      const backend = await Backend.start(t, () => HTTP_1_ANSWER);
      const { endpoint, blocks } = await http2Backend(t);
      engine.routeToEndpoint(
        'app.test',
        kind === 'HTTP/2' ? endpoint : { host: '127.0.0.1', port: backend.port },
      );
      const client = await RawHttp2.connect(engine.port);
      client.send(headers(1, asking({ ':method': 'POST' }, HEAD), 0), data(1, 'ok'), headers(1, TRAILERS));
      assert.equal(await client.outcome(1), '200');
      const { fields, trailers, body } = client.stream(1);
      assert.deepEqual(
        [repeated(fields), repeated(trailers), body],
        [repeated(HEAD), repeated(TRAILERS), 'ok'],
      );
      if (kind === 'HTTP/2') assert.deepEqual(blocks.map(repeated), [repeated(HEAD), repeated(TRAILERS)]);
      else assert.deepEqual(ofMessage(backend.requests[0]!), repeated(HEAD));
      client.close();
      await engine.isEmpty();
      assert.equal(engine.panics, 0);
    });
  }
});

describe('what HTTP/2 has no room for is left out', () => {
  const OF_HTTP_1 = 'HTTP2-Settings: x\r\nTE: gzip\r\nKeep-Alive: 5\r\nProxy-Connection: keep-alive\r\n';

  test('of a response of HTTP/1.1', async (t) => {
    const engine = await engineFor(t);
    const answer =
      `HTTP/1.1 103 Early Hints\r\n${OF_HTTP_1}\r\n` +
      `HTTP/1.1 200 OK\r\n${OF_HTTP_1}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nHTTP2-Settings: x\r\nX-Own: y\r\n\r\n`;
    engine.route('app.test', (await Backend.start(t, () => answer)).port);
    const client = await RawHttp2.connect(engine.port);
    assert.equal(await client.ask(1), '200');
    const { fields, trailers } = client.stream(1);
    const names = fields.map(([name]) => name);
    assert.deepEqual(
      names.filter((name) => /^(?:http2|te|keep|proxy)/.test(name)),
      [],
    );
    assert.deepEqual(trailers, [['x-own', 'y']]);
    client.close();
    await engine.isEmpty();
    assert.equal(engine.panics, 0);
  });

  test('of a request of HTTP/1.1', async (t) => {
    const engine = await engineFor(t);
    const { endpoint, blocks } = await http2Backend(t);
    engine.routeToEndpoint('app.test', endpoint);
    const client = await engine.connect();
    const first = await client.send(`GET / HTTP/1.1\r\nHost: app.test\r\n${OF_HTTP_1}\r\n`).response();
    assert.match(first.start, / 103 /);
    assert.match((await client.response()).start, / 200 /);
    const names = blocks[0]!.map(([name]) => name);
    assert.deepEqual(
      names.filter((name) => /^(?:http2|te$|keep|proxy)/.test(name)),
      [],
    );
    client.close();
    await engine.isEmpty();
    assert.equal(engine.panics, 0);
  });
});

test('requests with repeated fields go over one connection, one after the other', async (t) => {
  const engine = await engineFor(t);
  const { endpoint } = await http2Backend(t);
  engine.routeToEndpoint('app.test', endpoint);
  const client = await engine.connect();
  for (let i = 0; i < 3; i++) {
    client.send(`GET / HTTP/1.1\r\nHost: app.test\r\n${lines(HEAD)}\r\n`);
    assert.match((await client.response()).start, / 103 /);
    assert.match((await client.response()).start, / 200 /);
  }
  assert.equal(engine.upstreams, 1);
  client.close();
  await engine.isEmpty();
});
