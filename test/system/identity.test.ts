import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'vitest';
import { overlay } from '../../src/config/defaults.ts';
import { Backend, ok } from '../support/backend.ts';
import { CellgateProcess, configFile } from '../support/cellgate-process.ts';
import { Authority } from '../support/certificates.ts';
import { get, RawClient, statusOf } from '../support/raw-http.ts';
import { LOCAL, TestRouter } from '../support/router.ts';
import { askOver, assertNoEntry, secure, servers, sessionOf, shown } from '../support/tls-clients.ts';

const HOST = 'api.apps.identity';
const platform = new Authority('/CN=Instance identity');
const front = servers.issue({ names: 'DNS:*.apps.identity' });
const caller = platform.issue({ subject: '/OU=organization:o/OU=space:s/OU=app:caller/CN=i' });
const other = platform.issue({ subject: '/OU=organization:o/OU=space:s/OU=app:other/CN=i' });

function config(ca: string, proxy_threads = 3): object {
  return {
    enable_ssl: true,
    ssl_port: 0,
    tls_pem: [{ cert_chain: front.cert, private_key: front.key }],
    cipher_suites: 'ECDHE-ECDSA-AES128-GCM-SHA256',
    max_tls_version: 'TLSv1.3',
    client_cert_validation: 'none',
    domains: [{ name: '*.apps.identity', ca_certs: ca }],
    cellgate: { proxy_threads },
  };
}

test('§3.16 a registered policy holds on every thread, and a caller’s session on whichever it comes back to', async (t) => {
  const router = await TestRouter.start(t, config(platform.cert));
  const backend = await Backend.start(t, () => ok('in'));
  router.register(HOST, backend.port, {
    tags: { organization_id: 'o', space_id: 's' },
    options: { route_policy_scope: 'org', route_policy_sources: 'cf:app:caller' },
  });
  const https = router.router.addresses.https!;
  while (statusOf(await askOver(https, HOST, HOST, shown(caller))) !== 200);
  const session = await sessionOf(await secure(https, HOST, shown(caller)), HOST);
  // They stay, so that new ones are handed over to threads that have fewer.
  const sockets = await Promise.all(Array.from({ length: 12 }, () => secure(https, HOST, { session })));
  for (const socket of sockets) {
    assert.ok(socket.isSessionReused());
    const client = new RawClient(socket);
    assert.equal(statusOf(await client.send(get(HOST)).response()), 200);
  }
  const others = await Promise.all(Array.from({ length: 12 }, () => secure(https, HOST, shown(other))));
  for (const socket of others) {
    const client = new RawClient(socket);
    assert.equal(statusOf(await client.send(get(HOST)).response()), 403);
  }
  for (const socket of [...sockets, ...others]) socket.destroy();
});

test('§3.14 the authorities of a domain are replaced on SIGHUP', async (t) => {
  const successor = new Authority('/CN=Instance identity of next year');
  const text = (ca: string) =>
    JSON.stringify(overlay(overlay(LOCAL, { logging: { level: 'info' } }), config(ca, 2)));
  const path = configFile(t, text(platform.cert));
  const router = new CellgateProcess(t, ['-c', path]);
  const { https } = await router.started();
  assert.equal(statusOf(await askOver(https!, HOST, HOST, shown(caller))), 404);
  writeFileSync(path, text(successor.cert));
  router.kill('SIGHUP');
  await router.logged('configuration-reloaded');
  const renewed = shown(successor.issue({ subject: '/OU=app:caller/CN=i' }));
  const comesIn = () => askOver(https!, HOST, HOST, renewed).then(statusOf, () => 0);
  while ((await comesIn()) !== 404);
  writeFileSync(path, text('no certificate'));
  router.kill('SIGHUP');
  await router.logged('configuration-reload-failed');
  assert.equal(await comesIn(), 404);
  for (let i = 0; i < 4; i++) await assertNoEntry(https!, HOST);
});
