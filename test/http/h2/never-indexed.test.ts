import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  connect,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
  sensitiveHeaders,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'vitest';
import { HTTP_2, HttpEngine } from '../../support/http-engine.ts';

const ASKED = { ':method': 'POST', ':authority': 'app.test', te: 'trailers' };
const OPEN = { 'x-open': 'o' };
const SECRET = { 'x-secret': 's', [sensitiveHeaders]: ['x-secret'] };
/** Each so long that nghttp2 does not take it for a secret by itself. */
const COOKIES = ['a', 'b'].map((name) => `${name}=${'1'.repeat(20)}`);
const OPEN_COOKIE = { cookie: COOKIES };
/** nghttp2 takes short ones for secrets. */
const MIXED_COOKIE = { cookie: [COOKIES[0]!, 'b=2'] };

function secretsOf(headers: object): readonly string[] {
  return (headers as { [sensitiveHeaders]?: string[] })[sensitiveHeaders] ?? [];
}

/** A backend that says what it was told, and answers a secret in the head and one behind the body. */
async function platform(t: TestContext) {
  const engine = await HttpEngine.start(t, { http2: HTTP_2 });
  const told: object[] = [];
  const server = createServer();
  server.on('stream', (stream: ServerHttp2Stream, headers: object) => {
    told.push(headers);
    stream.on('trailers', (trailers) => told.push(trailers));
    stream.respond({ ':status': 200, ...OPEN, ...SECRET }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ ...OPEN, ...SECRET }));
    stream.resume().on('end', () => stream.end('ok'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  engine.routeToEndpoint('app.test', { host: '127.0.0.1', port, protocol: 'http2' });
  const session = connect(`http://127.0.0.1:${engine.port}`);
  t.onTestFinished(() => {
    session.destroy();
    server.close();
  });
  return { session, told };
}

/** The secrets of the head and the trailers of its response. */
async function ask({ session }: Awaited<ReturnType<typeof platform>>, fields: object) {
  const stream = session.request({ ...ASKED, ...fields }, { waitForTrailers: true, endStream: false });
  const answered: IncomingHttpHeaders[] = [];
  stream.on('wantTrailers', () => stream.sendTrailers({ ...OPEN, ...SECRET }));
  stream.on('response', (headers) => answered.push(headers));
  stream.on('trailers', (trailers) => answered.push(trailers));
  stream.end('body');
  await once(stream.resume(), 'close');
  return answered.map(secretsOf);
}

/** RFC 7541 §7.1.3: an intermediary must use the same representation. */
test('what nobody is to index stays so on both sides, in heads and in trailers', async (t) => {
  const at = await platform(t);
  assert.deepEqual(await ask(at, { ...OPEN, ...SECRET }), [['x-secret'], ['x-secret']]);
  assert.deepEqual(at.told.map(secretsOf), [['x-secret'], ['x-secret']]);
});

test('cookies that come apart are one that nobody is to index if one of them is', async (t) => {
  const at = await platform(t);
  await ask(at, MIXED_COOKIE);
  await ask(at, OPEN_COOKIE);
  const heads = at.told.filter((fields) => 'cookie' in fields);
  assert.deepEqual(
    heads.map((fields) => (fields as IncomingHttpHeaders).cookie),
    [`${COOKIES[0]}; b=2`, COOKIES.join('; ')],
  );
  assert.deepEqual(heads.map(secretsOf), [['cookie'], []]);
});
