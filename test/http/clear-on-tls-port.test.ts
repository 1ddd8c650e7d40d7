import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { describe, type TestContext, test } from 'vitest';
import { TLS_HANDSHAKES_FAILED } from '../../src/telemetry/counters.ts';
import { Backend, ok } from '../support/backend.ts';
import { Authority } from '../support/certificates.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { get, RawClient, statusOf, valuesOf } from '../support/raw-http.ts';
import { askOver, FRONT } from '../support/tls-clients.ts';

const HOST = 'app.test';
const domainClients = new Authority('/CN=Clients');

async function start(t: TestContext, domains: { name: string; clientCa: string }[] = []) {
  const engine = await HttpEngine.start(t, { frontTls: { ...FRONT, domains } });
  const app = await Backend.start(t, () => ok());
  engine.route(HOST, app.port);
  return { engine, app };
}

describe('§3.14 S26 HTTP in clear on the port for TLS', () => {
  for (const domains of [[], [{ name: 'mtls.test', clientCa: domainClients.cert }]]) {
    for (const request of [
      get(HOST),
      get(HOST).replace('GET', 'HEAD'),
      `POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 4\r\n\r\nbody`,
      `PUT / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 0\r\n\r\n`,
      `CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`,
      ...['DELETE', 'OPTIONS', 'PATCH', 'TRACE'].map((method) => get(HOST).replace('GET', method)),
    ]) {
      const method = request.slice(0, request.indexOf(' '));
      test(`gets a 400 that says so: ${method}, with ${domains.length} domains`, async (t) => {
        const { engine, app } = await start(t, domains);
        const client = await RawClient.connect(engine.port);
        const address = `127.0.0.1:${client.socket.localPort}`;
        const response = await client.send(request).response();
        assert.equal(statusOf(response), 400);
        assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), ['http_on_tls_port']);
        assert.deepEqual(valuesOf(response, 'Connection'), ['close']);
        assert.match(response.body, /HTTP request to an HTTPS server/);
        assert.equal(await client.closed, 'end');
        client.close();
        await engine.isEmpty();
        assert.deepEqual([app.connections.length, engine.accessLog.length, engine.panics], [0, 0, 0]);
        const refusals = engine.log.filter(([message]) => message === 'request-refused');
        assert.deepEqual(
          refusals.map(([, data]) => data),
          [{ fault: 'http_on_tls_port', client: address }],
        );
        assert.equal(engine.proxy.context.counters.get(TLS_HANDSHAKES_FAILED), 1);
        assert.equal(statusOf(await askOver(engine.port, HOST, HOST)), 200);
      });
    }
  }

  for (const noise of ['SSH-2.0-OpenSSH_9.2p1\r\n', '\x80\x00\x00\x01', 'G', 'PROPFIND / HTTP/1.1\r\n\r\n']) {
    test(`is no other noise, which gets nothing: ${JSON.stringify(noise)}`, async (t) => {
      const { engine } = await start(t);
      const client = await RawClient.connect(engine.port);
      client.send(noise);
      client.socket.end();
      await client.closed;
      assert.ok(!client.received.includes('HTTP'));
      client.close();
      await engine.isEmpty();
    });
  }

  test('is none that stands within TLS', async (t) => {
    const { engine } = await start(t);
    const socket = connect({
      port: engine.port,
      host: '127.0.0.1',
      servername: HOST,
      rejectUnauthorized: false,
    });
    t.onTestFinished(() => void socket.destroy());
    socket.write(get(HOST));
    const [chunk] = await once(socket, 'data');
    assert.match(String(chunk), /^HTTP\/1.1 200 /);
  });
});
