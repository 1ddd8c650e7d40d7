import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect } from 'node:tls';
import { type TestContext, test } from 'vitest';
import type { FrontTlsSettings } from '../../src/http/settings.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { FRONT, secure } from '../support/tls-clients.ts';

async function start(t: TestContext, tls: Partial<FrontTlsSettings> = {}): Promise<HttpEngine> {
  return HttpEngine.start(t, { frontTls: { ...FRONT, ...tls } });
}

function told(engine: HttpEngine): Readonly<Record<string, unknown>>[] {
  return engine.log.filter(([message]) => message === 'tls-handshake-failed').map(([, data]) => data);
}

test('§6.7 a handshake that fails is told of once, with address, server name and reason', async (t) => {
  const engine = await start(t, { maxVersion: 'TLSv1.2' });
  const client = connect({
    port: engine.port,
    host: '127.0.0.1',
    servername: 'app.test',
    minVersion: 'TLSv1.3',
    rejectUnauthorized: false,
  });
  client.on('error', () => {});
  await once(client, 'connect');
  const { localPort } = client;
  await engine.until(() => told(engine).length > 0 && engine.sockets.every((socket) => socket.destroyed));
  const [data, ...more] = told(engine);
  assert.deepEqual(more, []);
  assert.equal(data!['client'], `127.0.0.1:${localPort}`);
  assert.match(String(data!['error']), /^ERR_SSL_/);
  assert.ok(['app.test', ''].includes(String(data!['server_name'])));
});

test('§6.7 the name is that of the host where a client shows no certificate that it must', async (t) => {
  const engine = await start(t, { clientCertificates: 'require', trustSystemCa: true });
  const client = connect({
    port: engine.port,
    host: '127.0.0.1',
    servername: 'app.test',
    rejectUnauthorized: false,
  });
  client.on('error', () => {});
  await engine.until(() => told(engine).length === 1);
  client.destroy();
  const [data] = told(engine);
  assert.equal(data!['server_name'], 'app.test');
  assert.match(String(data!['error']), /PEER_DID_NOT_RETURN_A_CERTIFICATE/);
});

test('§6.7 whoever connects and goes, says something else or resets is told of too, with its address', async (t) => {
  const engine = await start(t);
  const spoken = ['', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', '\x16\x03\x01'];
  for (const [count, bytes] of spoken.entries()) {
    const client = connectTcp(engine.port, '127.0.0.1');
    await once(client, 'connect');
    const { localPort } = client;
    client.on('error', () => {});
    client.resume();
    if (bytes === '\x16\x03\x01') {
      client.write(bytes, 'latin1', () => client.resetAndDestroy());
    } else client.end(bytes);
    await engine.until(() => told(engine).length === count + 1);
    const data = told(engine).at(-1)!;
    assert.equal(data['client'], `127.0.0.1:${localPort}`, JSON.stringify(data));
    assert.notEqual(data['error'], '');
  }
  const good = await secure(engine.port, 'app.test', { rejectUnauthorized: false });
  await engine.until(() => engine.proxy.downstreams.size === 1);
  good.destroy();
  await engine.until(() => engine.sockets.every((socket) => socket.destroyed));
  assert.equal(told(engine).length, spoken.length);
});
