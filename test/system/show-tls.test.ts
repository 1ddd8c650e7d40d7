import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { test } from 'vitest';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { Authority } from '../support/certificates.ts';
import { TestRouter } from '../support/router.ts';
import { shower } from '../support/shown.ts';

const authority = new Authority();

test('2.11 cellgate show tls has certificates with their end, and what became of handshakes', async (t) => {
  const folder = temporaryDirectory(t);
  const socket = join(folder, 'admin.sock');
  const front = authority.issue({
    subject: '/CN=front',
    names: 'DNS:app.test,DNS:*.app.test',
    days: [-1, 20],
  });
  const router = await TestRouter.start(t, {
    enable_ssl: true,
    ssl_port: 0,
    tls_pem: [{ cert_chain: front.cert, private_key: front.key }],
    cipher_suites: 'ECDHE-ECDSA-AES128-GCM-SHA256:TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
    client_cert_validation: 'none',
    min_tls_version: 'TLSv1.2',
    max_tls_version: 'TLSv1.3',
    cellgate: { state_dir: folder, admin: { socket } },
  });
  const { show, json } = shower(socket);
  const port = router.router.addresses.https!;
  const secure = async (options: ConnectionOptions): Promise<TLSSocket> => {
    const client = connect({
      port,
      host: '127.0.0.1',
      ca: authority.cert,
      servername: 'app.test',
      ...options,
    });
    await once(client, 'secureConnect');
    t.onTestFinished(() => void client.destroy());
    return client;
  };
  const first = await secure({ maxVersion: 'TLSv1.2' });
  const session = first.getSession()!;
  const again = await secure({ maxVersion: 'TLSv1.2', session });
  assert.ok(again.isSessionReused());
  await secure({ minVersion: 'TLSv1.3' });
  const refused = connect({ port, host: '127.0.0.1', maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1' });
  await once(refused, 'error');
  const isCounted = async () => (await json('tls')).handshakes.failed === 1;
  while (!(await isCounted()));
  const { certificates, handshakes } = await json('tls');
  assert.deepEqual(handshakes, { full: 2, resumed: 1, failed: 1, versions: { 'TLSv1.3': 1, older: 2 } });
  assert.equal(certificates.length, 1);
  const [certificate] = certificates;
  assert.deepEqual([certificate.for, certificate.names], ['http', ['app.test', '*.app.test']]);
  assert.ok([19, 20].includes(certificate.days_left), certificate.days_left);
  assert.doesNotMatch(JSON.stringify(certificates), /PRIVATE/);
  const text = await show('tls');
  for (const line of text.split('\n')) assert.ok(line.length <= 100, line);
  assert.match(text, /^http +app\.test \*\.app\.test +O=Cellgate tests, CN=Test CA +\d{4}-\d\d-\d\d +\d+$/m);
  assert.match(text, /^handshakes {2}2 full, 1 resumed, 1 failed\nversions {4}1 TLSv1\.3, 2 older$/m);
});

test('2.11 cellgate show tls says so where there are none', async (t) => {
  const folder = temporaryDirectory(t);
  const socket = join(folder, 'admin.sock');
  await TestRouter.start(t, { cellgate: { state_dir: folder, admin: { socket } } });
  const { show } = shower(socket);
  assert.equal(
    await show('tls'),
    'there are no certificates\nhandshakes  0 full, 0 resumed, 0 failed\nversions    0 TLSv1.3, 0 older\n',
  );
});
