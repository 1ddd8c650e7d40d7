import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { describe, test } from 'vitest';
import { overlay } from '../../src/config/defaults.ts';
import { Backend, ok } from '../support/backend.ts';
import { CellgateProcess, configFile, temporaryDirectory } from '../support/cellgate-process.ts';
import { Authority, type Identity } from '../support/certificates.ts';
import { get, RawClient, statusOf } from '../support/raw-http.ts';
import { LOCAL, TestRouter } from '../support/router.ts';
import { sessionOf } from '../support/tls-clients.ts';

const SAN = 'instance-guid';
const authority = new Authority();
const front = authority.issue({ subject: '/CN=front', names: 'DNS:app.test' });
const instance = authority.issue({ names: `DNS:${SAN}` });

function frontConfig({ cert, key }: Identity = front): object {
  return {
    enable_ssl: true,
    ssl_port: 0,
    tls_pem: [{ cert_chain: cert, private_key: key }],
    cipher_suites: 'ECDHE-ECDSA-AES128-GCM-SHA256:TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
    client_cert_validation: 'none',
    ca_certs: [authority.cert],
  };
}

async function secure(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', ca: authority.cert, servername: 'app.test', ...options });
  await once(socket, 'secureConnect');
  return socket;
}

async function askOver(socket: TLSSocket): Promise<string> {
  const client = new RawClient(socket);
  const response = await client.send(get('app.test')).response();
  client.close();
  assert.equal(statusOf(response), 200);
  return response.body;
}

test('a router serves TLS clients from TLS applications, beside plain ones', async (t) => {
  const router = await TestRouter.start(t, frontConfig());
  const backend = await Backend.startTls(t, instance, (request) => ok(request.lines.join('\n')));
  await router.route('app.test', 1, { tls_port: backend.port, server_cert_domain_san: SAN });
  const { https } = router.router.addresses;
  assert.match(await askOver(await secure(https!)), /^X-Forwarded-Proto: https$/m);
});

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`a session goes on whichever thread its client comes back to, ${version}`, async (t) => {
    const router = await TestRouter.start(t, {
      ...frontConfig(),
      max_tls_version: 'TLSv1.3',
      cellgate: { proxy_threads: 3 },
    });
    const backend = await Backend.start(t);
    await router.route('app.test', backend.port);
    const { https } = router.router.addresses;
    const first = await secure(https!, { maxVersion: version });
    const session = await sessionOf(await secure(https!, { maxVersion: version }), 'app.test');
    // They stay, so that new ones are handed over to threads that have fewer.
    const all = await Promise.all(
      Array.from({ length: 24 }, () => secure(https!, { session, maxVersion: version })),
    );
    assert.deepEqual(
      all.map((socket) => socket.isSessionReused()),
      all.map(() => true),
    );
    for (const socket of [first, ...all]) await askOver(socket);
  });
}

describe('§3.14 clients that the system’s authorities have signed for', () => {
  const system = new Authority('/CN=Known to the system');
  const stranger = new Authority('/CN=Known to the operator');
  for (const only of [false, true]) {
    test(`are ${only ? 'kept out' : 'let in'} with only_trust_client_ca_certs ${only}`, async (t) => {
      const directory = temporaryDirectory(t);
      const bundle = join(directory, 'system.pem');
      writeFileSync(bundle, system.cert);
      const router = CellgateProcess.router(
        t,
        {
          ...frontConfig(),
          client_cert_validation: 'require',
          client_ca_certs: stranger.cert,
          only_trust_client_ca_certs: only,
        },
        // Where OpenSSL looks for them.
        { SSL_CERT_FILE: bundle, SSL_CERT_DIR: directory },
      );
      const { https } = await router.started();
      const ask = async ({ cert, key }: Identity) => {
        const client = new RawClient(await secure(https!, { cert, key }));
        return statusOf(await client.send(get('unknown.test')).response());
      };
      assert.equal(await ask(stranger.issue()), 404);
      if (only) await assert.rejects(ask(system.issue()));
      else assert.equal(await ask(system.issue()), 404);
    });
  }
});

test('disable_http leaves the TLS listener alone', async (t) => {
  const router = await TestRouter.start(t, { ...frontConfig(), disable_http: true });
  assert.equal(router.router.addresses.http, 0);
  const client = new RawClient(await secure(router.router.addresses.https!));
  assert.equal(statusOf(await client.send(get('unknown.test')).response()), 404);
  client.close();
});

describe('§3.14 E07 a certificate', () => {
  const config = (identity: Identity) =>
    JSON.stringify(overlay(overlay(LOCAL, { logging: { level: 'info' } }), frontConfig(identity)));

  test('is replaced on SIGHUP, and a bad one is not', async (t) => {
    const path = configFile(t, config(front));
    const router = new CellgateProcess(t, ['-c', path]);
    const { https } = await router.started();
    const renewed = authority.issue({ subject: '/CN=renewed', names: 'DNS:app.test' });
    const before = await secure(https!);
    assert.equal(before.getPeerX509Certificate()?.subject, 'CN=front');
    writeFileSync(path, config(renewed));
    router.kill('SIGHUP');
    await router.logged('configuration-reloaded');
    const subject = async () => {
      const socket = await secure(https!);
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      return certificate?.subject;
    };
    while ((await subject()) !== 'CN=renewed');
    writeFileSync(path, config({ cert: renewed.cert, key: front.key }));
    router.kill('SIGHUP');
    await router.logged('configuration-reload-failed');
    assert.equal(await subject(), 'CN=renewed');
    const client = new RawClient(before);
    assert.equal(statusOf(await client.send(get('unknown.test')).response()), 404);
    client.close();
  });
});

test('§5.3 a cipher suite nobody knows is named before anything starts', async () => {
  await assert.rejects(
    TestRouter.start({ onTestFinished() {} }, { ...frontConfig(), cipher_suites: 'ROT13' }),
    /Invalid cipher string configuration: "ROT13", please choose from /,
  );
});
