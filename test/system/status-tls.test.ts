import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { test } from 'vitest';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { Authority } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { TestRouter } from '../support/router.ts';

function page(
  port: number,
  path: string,
  tls: object,
): Promise<[number, string, IncomingMessage['headers']]> {
  const { promise, resolve, reject } = Promise.withResolvers<[number, string, IncomingMessage['headers']]>();
  const asking = request({ host: '127.0.0.1', port, path, agent: false, ...tls }, async (response) => {
    let body = '';
    for await (const piece of response) body += piece;
    resolve([response.statusCode!, body, response.headers]);
  });
  asking.on('error', reject);
  asking.end();
  return promise;
}

test('§6.1 the TLS health port answers /health and the process-alive path, and nothing else', async (t) => {
  const authority = new Authority();
  const { cert, key } = authority.issue({ names: 'IP:127.0.0.1' });
  const router = await TestRouter.start(t, {
    status: { tls: { port: await freePort(), certificate: cert, key } },
  });
  const port = router.router.addresses.tlsHealth!;
  const tls = { ca: authority.cert };
  const [status, body, headers] = await page(port, '/health', tls);
  assert.deepEqual([status, body], [200, 'ok\n']);
  assert.deepEqual([headers['cache-control'], headers.expires], ['private, max-age=0', '0']);
  const alive = await page(port, '/is-process-alive-do-not-use-for-loadbalancing', tls);
  assert.deepEqual(alive.slice(0, 2), [200, 'ok\n']);
  for (const path of ['/metrics', '/routes', '/']) {
    assert.deepEqual((await page(port, path, tls)).slice(0, 2), [404, '404 page not found\n']);
  }
});

test('§6.1 the TLS health port speaks HTTP/1.1 with clients that would rather speak HTTP/2', async (t) => {
  const authority = new Authority();
  const { cert, key } = authority.issue({ names: 'IP:127.0.0.1' });
  const router = await TestRouter.start(t, {
    status: { tls: { port: await freePort(), certificate: cert, key } },
  });
  const port = router.router.addresses.tlsHealth!;
  const options = { port, host: '127.0.0.1', ca: authority.cert, ALPNProtocols: ['h2', 'http/1.1'] };
  const socket = connectTls(options);
  t.onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  assert.equal(socket.alpnProtocol, 'http/1.1');
  assert.equal((await page(port, '/health', { ca: authority.cert }))[0], 200);
});

test('§6.5 with prometheus.cert_path the scrape port wants a certificate of its authority', async (t) => {
  const authority = new Authority();
  const server = authority.issue({ names: 'IP:127.0.0.1' });
  const client = authority.issue();
  const directory = temporaryDirectory(t);
  const file = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const router = await TestRouter.start(t, {
    prometheus: {
      enabled: true,
      cert_path: file('cert', server.cert),
      key_path: file('key', server.key),
      ca_path: file('ca', authority.cert),
    },
  });
  const port = router.router.addresses.metrics!;
  await assert.rejects(page(port, '/metrics', { ca: authority.cert }));
  const stranger = new Authority('/CN=Another CA').issue();
  await assert.rejects(page(port, '/metrics', { ca: authority.cert, ...stranger }));
  const [status, text] = await page(port, '/metrics', { ca: authority.cert, ...client });
  assert.equal(status, 200);
  assert.match(text, /^total_routes 0$/m);
});
