import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Backend, ok } from '../support/backend.ts';
import { CellgateProcess, temporaryDirectory } from '../support/cellgate-process.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';

/** Those of a router without a configuration. */
const DEFAULT_PORTS = { http: 8081, status: 8080, routes: 8082, admin: 8083, bus: 4222 };

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, () => probe.close(() => resolve(true)));
  });
}

async function portInUse(): Promise<string | false> {
  for (const port of Object.values(DEFAULT_PORTS)) {
    if (!(await isFree(port))) return `port ${port} is in use on this machine`;
  }
  return false;
}

/** Whether somebody listens there. */
function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => socket.destroy());
    socket.on('error', () => resolve(false));
    socket.on('close', (failed) => resolve(!failed));
  });
}

test('§5.1 without a configuration it says what listens where, and serves what is registered', {
  skip: await portInUse(),
}, async (t) => {
  const app = await Backend.start(t, () => ok('here I am'));
  const folder = temporaryDirectory(t);
  const router = new CellgateProcess(t, [], folder, { CELLGATE_STATE_DIR: folder });
  await router.until('#code=');
  const banner = router.stdout.slice(router.stdout.indexOf('\n  Cellgate is running'));
  for (const [what, port] of Object.entries(DEFAULT_PORTS)) {
    assert.match(banner, new RegExp(`^ +${what} +127\\.0\\.0\\.1:${port} `, 'm'));
    assert.ok(await listens(port), what);
  }
  assert.match(banner, /^ {4}bin\/cellgate register app\.localhost 127\.0\.0\.1:3000$/m);
  assert.match(banner, /^ {4}curl -H 'Host: app\.localhost' localhost:8081$/m);

  const [, code] = /^ {4}http:\/\/127\.0\.0\.1:8083\/#code=([\w-]{43})$/m.exec(banner)!;
  const left = readFileSync(join(folder, 'admin.json'), 'utf8');
  const { url, token } = JSON.parse(left) as { url: string; token: string };
  assert.equal(statSync(join(folder, 'admin.json')).mode & 0o777, 0o600);
  assert.ok(!router.stdout.includes(token) && !left.includes(code!));
  const page = await fetch(`${url}/`);
  assert.match(page.headers.get('Content-Type')!, /^text\/html/);
  const begin = () =>
    fetch(`${url}/v1/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: url },
      body: JSON.stringify({ code }),
    });
  assert.deepEqual([(await begin()).status, (await begin()).status], [200, 401]);
  // No token is given to it: it takes the one that the router has left.
  const command = new CellgateProcess(t, ['routers'], folder, { CELLGATE_STATE_DIR: folder });
  assert.deepEqual(await command.exited, [0, null]);
  assert.match(
    command.stdout,
    /^ID +VERSION +ADDRESS +STATE .*\n0-[0-9a-f]{6} +\S+ +- +serving +0 +0 +0 +now\n$/,
  );

  const agent = new CellgateProcess(t, ['register', 'app.localhost', `127.0.0.1:${app.port}`]);
  await agent.until('heartbeat every');
  assert.equal((await ask(DEFAULT_PORTS.http, get('app.localhost'))).body, 'here I am');
  agent.kill('SIGINT');
  assert.deepEqual(await agent.exited, [0, null]);
  router.kill('SIGINT');
  assert.deepEqual(await router.exited, [0, null]);
  assert.equal(router.stderr, '');
  assert.ok(!existsSync(join(folder, 'admin.json')));
});

describe('with a configuration', () => {
  test('an agent makes a route answer while it runs, and takes it back when it is told to stop', async (t) => {
    const app = await Backend.start(t, () => ok('here I am'));
    const router = CellgateProcess.router(t);
    const { http, bus } = await router.started();
    const agent = new CellgateProcess(t, [
      'register',
      'app.test',
      `127.0.0.1:${app.port}`,
      '--bus',
      `nats://127.0.0.1:${bus}`,
    ]);
    await router.logged('endpoint-registered');
    let response = await ask(http, get('app.test'));
    while (statusOf(response) === 404) response = await ask(http, get('app.test'));
    assert.equal(response.body, 'here I am');
    agent.kill('SIGTERM');
    assert.deepEqual(await agent.exited, [0, null]);
    await router.logged('endpoint-unregistered');
    while (statusOf(response) !== 404) response = await ask(http, get('app.test'));
  });

  test('it ends with 0 on SIGTERM, and everything it listened on is free', async (t) => {
    const router = CellgateProcess.router(t, { prometheus: { enabled: true } });
    const addresses = await router.started();
    const ports = Object.values(addresses).filter((port) => port !== null);
    assert.equal(ports.length, 5);
    for (const port of ports) assert.ok(await listens(port));
    router.kill('SIGTERM');
    assert.deepEqual(await router.exited, [0, null]);
    assert.equal(router.stderr, '');
    for (const port of ports) assert.equal(await listens(port), false);
  });

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGUSR1'] as const) {
    test(`it ends with 0 on ${signal} while it still waits for its routes`, async (t) => {
      const router = CellgateProcess.router(t, { start_response_delay_interval: '60s' });
      await router.logged('Successfully-connected-to-nats');
      router.kill(signal);
      assert.deepEqual(await router.exited, [0, null]);
      assert.equal(router.stderr, '');
    });
  }
});
