import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { type TestContext, test } from 'vitest';
import { overlay } from '../../src/config/defaults.ts';
import { CellgateProcess, configFile } from '../support/cellgate-process.ts';
import { Authority, type Identity } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { LOCAL } from '../support/router.ts';
import { TcpServer } from '../support/tcp-echo.ts';

const authority = new Authority();
const [before, after] = ['before', 'after'].map((name) =>
  authority.issue({ names: `DNS:${name}.example.com` }),
) as [Identity, Identity];

/** The alternative names of the certificate that is shown on a port; empty: there is no TLS there. */
async function shown(t: TestContext, port: number): Promise<string> {
  const client = connect({
    port,
    host: '127.0.0.1',
    ca: authority.cert,
    checkServerIdentity: () => undefined,
  });
  t.onTestFinished(() => void client.destroy());
  client.on('error', () => {});
  const secure = await Promise.race([
    once(client, 'secureConnect').then(
      () => true,
      () => false,
    ),
    once(client, 'close').then(
      () => false,
      () => false,
    ),
  ]);
  return secure ? (client.getPeerCertificate().subjectaltname ?? '') : '';
}

test('SIGHUP renews the certificates of TCP routes, and one that is wrong changes nothing', async (t) => {
  const server = await TcpServer.start(t);
  const port = await freePort();
  const config = ({ cert, key }: Identity) =>
    JSON.stringify(
      overlay(overlay(LOCAL, { logging: { level: 'info' } }), {
        cellgate: {
          tcp: {
            listen_host: '127.0.0.1',
            reservable_ports: String(port),
            frontend_tls: [{ cert_chain: cert, private_key: key }],
            routes: [{ port, backends: [`127.0.0.1:${server.port}`], terminate_frontend_tls: true }],
          },
        },
      }),
    );
  const file = configFile(t, config(before));
  const router = new CellgateProcess(t, ['-c', file]);
  await router.started();
  while ((await shown(t, port)) !== 'DNS:before.example.com');
  writeFileSync(file, config({ cert: after.cert, key: before.key }));
  router.kill('SIGHUP');
  await router.logged('configuration-reload-failed');
  assert.equal(await shown(t, port), 'DNS:before.example.com');
  writeFileSync(file, config(after));
  router.kill('SIGHUP');
  assert.deepEqual(await router.logged('configuration-reloaded'), { changed: ['cellgate.tcp.frontend_tls'] });
  // The threads learn of it in their next turn.
  while ((await shown(t, port)) !== 'DNS:after.example.com');
});
