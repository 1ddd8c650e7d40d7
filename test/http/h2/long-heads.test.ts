import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  createServer as createHttp2Server,
  type ServerHttp2Session,
} from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'vitest';
import { HTTP_2, HttpEngine } from '../../support/http-engine.ts';
import { get, RawClient, statusOf } from '../../support/raw-http.ts';

/** nghttp2 ends a connection for more than 8 CONTINUATION frames, which is 144 KiB in all. */
const CARRIED = 100_000;
const BEYOND = 900_000;
const HINTS_BEYOND = 200_000;
const REQUEST_BEYOND = 300_000;

function lines(bytes: number): string[] {
  return Array.from({ length: bytes / 4000 }, (_, i) => `X-Field-${i}: ${'y'.repeat(4000)}`);
}

function fields(bytes: number): string {
  return `${lines(bytes).join('\r\n')}\r\n`;
}

const ANSWERS: Readonly<Record<string, string>> = {
  '/short': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  '/long': `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${fields(CARRIED)}\r\nok`,
  '/beyond': `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${fields(BEYOND)}\r\nok`,
  '/hints': `HTTP/1.1 103 Early Hints\r\n${fields(HINTS_BEYOND)}\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`,
  '/trailers': `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n\r\n2\r\nok\r\n0\r\n${fields(REQUEST_BEYOND)}\r\n`,
};

async function platform(t: TestContext): Promise<HttpEngine> {
  const engine = await HttpEngine.start(t, { http2: HTTP_2 });
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => socket.write(ANSWERS[bytes.toString('latin1').split(' ')[1]!]!));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => void server.close());
  engine.route('app.test', (server.address() as AddressInfo).port);
  return engine;
}

/** Its status and body, or how its stream ended. */
async function ask(session: ClientHttp2Session, path: string): Promise<string> {
  const stream = session.request({ ':authority': 'app.test', ':path': path });
  let status = '';
  let body = '';
  stream.on('response', (headers) => {
    status = String(headers[':status']);
  });
  stream.setEncoding('latin1').on('data', (text: string) => {
    body += text;
  });
  stream.on('error', () => {});
  await new Promise((resolve) => stream.on('close', resolve));
  return stream.rstCode === 0 ? `${status} ${body}` : `reset ${stream.rstCode}`;
}

test('a response whose head is too long for HTTP/2 hurts no other on its connection', async (t) => {
  const engine = await platform(t);
  const session = connect(`http://127.0.0.1:${engine.port}`);
  t.onTestFinished(() => session.destroy());
  const [before, long, beyond, hints, trailers, beside] = await Promise.all(
    ['/short', '/long', '/beyond', '/hints', '/trailers', '/short'].map((path) => ask(session, path)),
  );
  assert.equal(before, '200 ok');
  assert.equal(long, '200 ok');
  assert.match(beyond!, /^502 /);
  assert.equal(hints, '200 ok', 'an interim response is left out');
  assert.equal(trailers, 'reset 2', 'a response without its trailers is not whole');
  assert.equal(beside, '200 ok');
  assert.equal(await ask(session, '/short'), '200 ok');
  assert.equal(session.destroyed, false);
});

test('a request whose head is too long for HTTP/2 hurts no other at its backend', async (t) => {
  const engine = await platform(t);
  const sessions: ServerHttp2Session[] = [];
  const server = createHttp2Server((request, response) => {
    if (request.url === '/late') setTimeout(() => response.end('late'), 200);
    else response.end('ok');
  });
  server.on('session', (session) => sessions.push(session));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  engine.routeToEndpoint('h2.test', {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    protocol: 'http2',
  });
  const late = await RawClient.connect(engine.port);
  const long = await RawClient.connect(engine.port);
  late.send(get('h2.test', '/late'));
  long.send(get('h2.test', '/', lines(REQUEST_BEYOND)));
  assert.equal(statusOf(await long.response()), 502);
  assert.equal(statusOf(await late.response()), 200);
  assert.equal(sessions.length, 1);
  assert.equal(sessions[0]!.closed, false);
  const closed = once(sessions[0]!, 'close');
  long.send(get('h2.test', '/', lines(REQUEST_BEYOND)));
  assert.equal(statusOf(await long.response()), 502);
  assert.ok(engine.proxy.context.deadlines.upstreamIdle.expireFirst(), 'it is idle again');
  await closed;
});
