import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, type TestContext, test } from 'vitest';
import { Authority } from '../support/certificates.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { statusOf, valuesOf } from '../support/raw-http.ts';

const authority = new Authority();
const identity = authority.issue({ names: 'DNS:app' });
const BACKEND_TLS = { ca: [authority.cert], certChain: '', privateKey: '', ciphers: '', verify: true };
const LARGE = '413 Content Too Large';
const ANSWER = `HTTP/1.1 ${LARGE}\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlarge`;

/** An application that reads no more than the head of a request, answers, and closes on all that is unread. */
async function hastyApplication(t: TestContext, answer: string, tls: boolean): Promise<number> {
  const onConnection = (socket: Socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.pause();
      socket.write(answer, () => socket.destroy());
    });
  };
  const server = tls
    ? createTlsServer({ cert: identity.cert, key: identity.key }, onConnection)
    : createServer(onConnection);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function platform(t: TestContext, answer: string, tls = false) {
  const engine = await HttpEngine.start(t, { backendTls: BACKEND_TLS });
  const port = await hastyApplication(t, answer, tls);
  engine.routeToEndpoint('app.test', { host: '127.0.0.1', port, tls, serverCertDomainSan: 'app' });
  return engine;
}

async function upload(engine: HttpEngine, framing: string, body: Buffer) {
  const client = await engine.connect();
  client.send(`POST / HTTP/1.1\r\nHost: app.test\r\n${framing}\r\n\r\n`);
  client.send(body);
  return client;
}

describe('§3.9 an application that answers the head of an upload and closes', () => {
  for (const tls of [false, true]) {
    for (const size of [10_000, 200_000, 3_000_000, 30_000_000]) {
      test(`B09 is heard, with ${size} bytes on their way${tls ? ' over TLS' : ''}`, async (t) => {
        const engine = await platform(t, ANSWER, tls);
        for (let attempt = 0; attempt < 5; attempt++) {
          const client = await upload(engine, `Content-Length: ${size}`, Buffer.alloc(size, 'x'));
          const response = await client.response();
          assert.deepEqual([response.start, response.body], [`HTTP/1.1 ${LARGE}`, 'large']);
          client.close();
        }
        await engine.isEmpty();
        assert.deepEqual(engine.log, []);
      });
    }
  }

  test('B09 is heard, with chunks on their way', async (t) => {
    const engine = await platform(t, ANSWER);
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000, 'x'), Buffer.from('\r\n')]);
    const body = Buffer.concat(Array.from({ length: 64 }, () => chunk));
    const client = await upload(engine, 'Transfer-Encoding: chunked', body);
    assert.equal(statusOf(await client.response()), 413);
    client.close();
    await engine.isEmpty();
  });

  test('B04 but says where its answer ends by closing alone is cut off: something may be lacking', async (t) => {
    const engine = await platform(t, `HTTP/1.1 ${LARGE}\r\n\r\nlarge`);
    const client = await upload(engine, 'Content-Length: 3000000', Buffer.alloc(3_000_000, 'x'));
    await assert.rejects(client.response(), /connection closed/);
    assert.ok(!client.received.endsWith('0\r\n\r\n'));
    client.close();
    await engine.isEmpty();
  });

  test('B17 without a word is 502, and not asked again', async (t) => {
    const engine = await platform(t, '');
    const client = await upload(engine, 'Content-Length: 3000000', Buffer.alloc(3_000_000, 'x'));
    const response = await client.response();
    assert.equal(statusOf(response), 502);
    assert.match(valuesOf(response, 'X-Cf-RouterError')[0]!, /^endpoint_failure \((?:ECONNRESET|EPIPE)\)$/);
    client.close();
    await engine.isEmpty();
    assert.equal(engine.log.filter(([message]) => message === 'backend-endpoint-failed').length, 1);
  });
});
