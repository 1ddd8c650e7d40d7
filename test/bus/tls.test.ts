import assert from 'node:assert/strict';
import { type TestContext, test } from 'vitest';
import { type BusTlsFiles, BusTlsInvalid, busTls } from '../../src/bus/bus-tls.ts';
import { type BusOptions, connectBus } from '../../src/bus/connect-bus.ts';
import { Authority, type Identity } from '../support/certificates.ts';
import { findNatsServer, startNatsServer } from '../support/nats-server.ts';
import { LogLines } from '../support/registry-fixture.ts';
import { skipFor } from '../support/skip-for.ts';

const skip = findNatsServer() === undefined && 'nats-server is not installed';

function files(authority: Authority, own: Identity): BusTlsFiles {
  return { caCerts: authority.cert, certChain: own.cert, privateKey: own.key };
}

function options(port: number, hostname: string, tls?: BusTlsFiles): BusOptions {
  return {
    servers: [{ hostname, port }],
    user: 'nats',
    pass: 'hunter2',
    ...(tls !== undefined && { tls: busTls(tls, [hostname]) }),
    pingInterval: 20_000,
    attempts: 1,
    attemptInterval: 10,
    log: new LogLines(),
    onClosed: () => assert.fail('closed for good'),
  };
}

async function server(t: TestContext, authority: Authority, names: string) {
  const own = authority.issue({ names });
  const tls = { ...own, ca: authority.cert };
  const started = await startNatsServer({ tls, user: 'nats', pass: 'hunter2' });
  t.onTestFinished(() => started.close());
  return started;
}

test(
  '§1.1 the bus speaks TLS with a certificate of its own, by name and by address',
  skipFor(skip),
  async (t) => {
    const authority = new Authority();
    const { port } = await server(t, authority, 'DNS:localhost,IP:127.0.0.1');
    const own = authority.issue();
    for (const hostname of ['localhost', '127.0.0.1']) {
      const bus = await connectBus(options(port, hostname, files(authority, own)));
      const heard = new Promise<string>((resolve) => {
        bus.subscribe('x', (_subject, payload) => resolve(Buffer.from(payload).toString()));
      });
      bus.publish('x', Buffer.from('in private'));
      assert.equal(await heard, 'in private');
      await bus.close();
    }
  },
);

test('§1.1 a client certificate of another authority is refused by the server', skipFor(skip), async (t) => {
  const authority = new Authority();
  const { port } = await server(t, authority, 'DNS:localhost');
  const stranger = new Authority().issue();
  await assert.rejects(connectBus(options(port, 'localhost', files(authority, stranger))), {
    name: 'BusUnreachable',
  });
});

test('§1.1 a server of another authority or another name is not believed', skipFor(skip), async (t) => {
  const authority = new Authority();
  const { port } = await server(t, authority, 'DNS:other.test');
  const own = authority.issue();
  await assert.rejects(connectBus(options(port, 'localhost', files(authority, own))), /altnames/);
  const elsewhere = new Authority();
  await assert.rejects(
    connectBus(options(port, 'localhost', files(elsewhere, own))),
    /certificate|self.signed/i,
  );
});

test('§1.1 with TLS asked for, a server without it gets no password', skipFor(skip), async (t) => {
  const plain = await startNatsServer({ user: 'nats', pass: 'hunter2' });
  t.onTestFinished(() => plain.close());
  const authority = new Authority();
  const wanted = options(plain.port, '127.0.0.1', files(authority, authority.issue()));
  await assert.rejects(connectBus(wanted), /server does not support 'tls'/i);
});

test('§1.1 bad TLS material is one sentence that names the key of the configuration', () => {
  const authority = new Authority();
  const good = files(authority, authority.issue());
  const other = authority.issue();
  const cases: [Partial<BusTlsFiles>, RegExp][] = [
    [{ caCerts: '' }, /^nats\.ca_certs: found nothing, needed by nats\.tls_enabled$/],
    [{ certChain: 'hello' }, /^nats\.cert_chain: found no PEM/],
    [
      { certChain: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' },
      /^nats\.cert_chain: .+/,
    ],
    [{ privateKey: other.key }, /^nats\.private_key: .*mismatch/],
  ];
  for (const [change, message] of cases) {
    assert.throws(
      () => busTls({ ...good, ...change }, ['localhost']),
      (error) => {
        assert.ok(error instanceof BusTlsInvalid);
        assert.match(error.message, message);
        assert.ok(!error.message.includes(good.privateKey.split('\n')[1]!));
        return true;
      },
    );
  }
});
