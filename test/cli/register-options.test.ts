import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'vitest';
import { EmbeddedBus } from '../../src/bus/embedded/server.ts';
import { RouterSide } from '../support/agent-process.ts';
import { CellgateProcess, temporaryDirectory } from '../support/cellgate-process.ts';
import { Authority } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { findNatsServer, startNatsServer } from '../support/nats-server.ts';
import { skipFor } from '../support/skip-for.ts';

async function bed(t: TestContext) {
  const bus = await EmbeddedBus.listen({ port: 0 });
  t.onTestFinished(() => bus.close());
  const router = await RouterSide.start(t, { servers: `127.0.0.1:${bus.port}` });
  const register = (...args: string[]) =>
    new CellgateProcess(t, ['register', ...args, '--bus', `nats://127.0.0.1:${bus.port}`], tmpdir());
  return { router, register };
}

async function application(t: TestContext): Promise<{ port: number; status: number }> {
  const application = { status: 200, port: 0 };
  const server = createServer((_request, response) => void response.writeHead(application.status).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  application.port = (server.address() as AddressInfo).port;
  return application;
}

test('with --check the routes are there only as long as it passes', async (t) => {
  const { router, register } = await bed(t);
  const app = await application(t);
  app.status = 503;
  const command = register('app.localhost', `127.0.0.1:${app.port}`, '--check', '/health');
  await once(command.child.stderr!, 'data');
  assert.match(command.stderr, /^cellgate: the check fails \(status 503\): unregistered until it passes\n/);
  assert.equal(await router.next(), 'unregister app.localhost');
  app.status = 200;
  assert.equal(await router.next(), 'register app.localhost');
  await command.until('the check passes');
  command.kill('SIGTERM');
  assert.equal(await router.next(), 'unregister app.localhost');
  assert.deepEqual(await command.exited, [0, null]);
});

test('where nothing listens it registers all the same, and says so', async (t) => {
  const { router, register } = await bed(t);
  const port = await freePort();
  const command = register('app.localhost', `127.0.0.1:${port}`);
  await once(command.child.stderr!, 'data');
  assert.equal(
    command.stderr,
    `cellgate: nothing listens on port ${port} of 127.0.0.1: requests fail until something does\n`,
  );
  assert.equal(await router.next(), 'register app.localhost');
});

test('a TCP route is a message with the port of the routers', async (t) => {
  const { router, register } = await bed(t);
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const command = register('--tcp', '5000', '--sni', 'db.test', `127.0.0.1:${port}`);
  assert.deepEqual(await router.message(), [
    'register',
    `{"protocol":"tcp","external_port":5000,"sni_hostname":"db.test","host":"127.0.0.1","port":${port}}`,
  ]);
  await command.until(`registered tcp:5000/db.test for 127.0.0.1:${port} on the bus`);
});

const skip = findNatsServer() === undefined && 'nats-server is not installed';

test('the bus is spoken to over mutual TLS', skipFor(skip), async (t) => {
  const authority = new Authority();
  const identity = authority.issue({ names: 'IP:127.0.0.1,DNS:localhost' });
  const tls = { ...identity, ca: authority.cert };
  const server = await startNatsServer({ tls });
  t.onTestFinished(() => server.close());
  const router = await RouterSide.start(t, { servers: `127.0.0.1:${server.port}`, tls });
  const folder = temporaryDirectory(t);
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const key = file('key.pem', identity.key);
  const args = ['register', 'app.localhost', '127.0.0.1:1', '--bus', `nats://127.0.0.1:${server.port}`];
  const files = ['--bus-ca', file('ca.pem', authority.cert), '--bus-cert', file('cert.pem', identity.cert)];
  new CellgateProcess(t, [...args, ...files, '--bus-key', key]);
  assert.equal(await router.next(), 'register app.localhost');
  const other = new CellgateProcess(t, [
    ...args,
    ...files,
    '--bus-key',
    file('other.pem', new Authority().key),
  ]);
  assert.deepEqual(await other.exited, [1, null]);
  assert.match(other.stderr, /^cellgate: --bus-key: /);
  assert.ok(!other.stderr.includes('BEGIN'));
});

test('a command line that is wrong ends with 64, and leads to the help of the command', async (t) => {
  const { register } = await bed(t);
  const command = register('app.localhost:8080', '127.0.0.1:1');
  assert.deepEqual(await command.exited, [64, null]);
  assert.equal(
    command.stderr,
    'cellgate: route: found "app.localhost:8080": routers look at no port, so it would never match; say "app.localhost", see "cellgate help register"\n',
  );
});
