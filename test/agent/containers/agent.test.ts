import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { type TestContext, test } from 'vitest';
import { RouterSide } from '../../support/agent-process.ts';
import { CellgateProcess, temporaryDirectory } from '../../support/cellgate-process.ts';
import { container } from '../../support/container.ts';
import { DockerEngine } from '../../support/docker-engine.ts';
import { findNatsServer, startNatsServer } from '../../support/nats-server.ts';
import { skipFor } from '../../support/skip-for.ts';

const skip = findNatsServer() === undefined && 'nats-server is not installed';
const OTHER = [{ name: 'bridge', address: '10.0.0.3' }];
const [A, B] = ['a', 'b'].map((letter) => letter.repeat(64)) as [string, string];

async function bed(t: TestContext, ...options: string[]) {
  const nats = await startNatsServer();
  t.onTestFinished(() => nats.close());
  const router = await RouterSide.start(t, { servers: `127.0.0.1:${nats.port}` });
  const engine = await new DockerEngine(t).start();
  const environment = { CELLGATE_STATE_DIR: temporaryDirectory(t), DOCKER_HOST: `unix://${engine.path}` };
  const args = ['agent', '--docker', '--bus', `nats://127.0.0.1:${nats.port}`, ...options];
  const agent = new CellgateProcess(t, args, tmpdir(), environment);
  const run = (...argv: string[]) => new CellgateProcess(t, ['agent', ...argv], tmpdir(), environment);
  const again = () => new CellgateProcess(t, args, tmpdir(), environment);
  await agent.until('Route Registrar.following-containers');
  await agent.until('Successfully-connected-to-nats');
  return { router, engine, agent, run, again };
}

test(
  'a container is announced with all that its labels say, drained by its name, and taken back when it dies',
  skipFor(skip),
  async (t) => {
    const { router, engine, agent, run } = await bed(t);
    const labels = {
      'cellgate.route': 'shop.test',
      'cellgate.drain': '10ms',
      'cellgate.tag.team': 'blue',
      'com.docker.compose.project': 'shop',
      'com.docker.compose.service': 'web',
      'com.docker.compose.container-number': '1',
    };
    engine.run(container(labels, { id: A, name: 'shop-web-1' }));
    const [verb, text] = await router.message();
    assert.equal(verb, 'register');
    assert.deepEqual(JSON.parse(text), {
      uris: ['shop.test'],
      host: '10.0.0.2',
      port: 8080,
      private_instance_id: A,
      app: 'shop/web',
      private_instance_index: '0',
      tags: { team: 'blue' },
    });
    const drain = run('drain', 'shop-web-1');
    assert.equal(await router.next(), 'unregister shop.test');
    assert.deepEqual(await drain.exited, [0, null]);
    assert.match(drain.stdout, /^drained shop-web-1: its application may stop/);
    // Started again it is not drained any more.
    engine.die(A);
    engine.change(A, { status: 'running', startedAt: Date.now() + 1000 }, 'start');
    await router.until('register shop.test');
    engine.die(A);
    assert.equal(await router.next(), 'unregister shop.test');
    agent.kill('SIGTERM');
    assert.deepEqual(await agent.exited, [0, null], agent.stderr);
  },
);

test(
  'an agent that starts in the middle of a stop goes on with it, however the one before has ended',
  skipFor(skip),
  async (t) => {
    const { router, engine, agent, again } = await bed(t);
    engine.run(container({ 'cellgate.route': 'shop.test' }, { id: A, name: 'shop' }));
    assert.equal(await router.next(), 'register shop.test');
    engine.tell(A, 'kill', { signal: '15' });
    assert.equal(await router.next(), 'unregister shop.test');
    let last = agent;
    for (const signal of ['SIGKILL', 'SIGTERM', 'SIGUSR2'] as const) {
      last.kill(signal);
      await last.exited;
      last = again();
      await last.until('Route Registrar.draining route');
      await last.until('Successfully-connected-to-nats');
    }
    const seen = router.next();
    engine.run(container({ 'cellgate.route': 'other.test' }, { id: B, name: 'other', networks: OTHER }));
    assert.equal(await seen, 'register other.test');
    engine.change(A, { startedAt: Date.now() + 1000 }, 'start');
    assert.equal(await router.next(), 'register shop.test');
  },
);

test('a drain goes on when its container is given another name', skipFor(skip), async (t) => {
  const { router, engine, agent, run } = await bed(t);
  const labels = { 'cellgate.route': 'shop.test', 'cellgate.drain': '3s' };
  engine.run(container(labels, { id: A, name: 'shop' }));
  assert.equal(await router.next(), 'register shop.test');
  const drain = run('drain', 'shop');
  assert.equal(await router.next(), 'unregister shop.test');
  engine.change(A, { name: 'shop-old' }, 'rename');
  await agent.until('"route":"shop-old"');
  assert.deepEqual(await drain.exited, [0, null]);
  const seen = router.next();
  await run('undrain', 'shop-old').exited;
  assert.equal(await seen, 'register shop.test');
});

test(
  'TCP routes go over the bus, published ports to the host, and what is outside of the domains is refused',
  skipFor(skip),
  async (t) => {
    const { router, engine, agent } = await bed(
      t,
      '--host',
      '192.0.2.1',
      '--domain',
      '*.apps.test',
      '--domain',
      'tcp:5432',
    );
    const published = [{ port: 8080, hostAddress: '', hostPort: 32_768 }];
    const labels = { 'cellgate.route': 'bank.test,shop.apps.test', 'cellgate.tcp': '5432,22' };
    engine.run(container(labels, { id: B, name: 'db', published }));
    const messages = [await router.message(), await router.message()].map(([, text]) => JSON.parse(text));
    assert.deepEqual(messages, [
      { uris: ['shop.apps.test'], host: '192.0.2.1', port: 32_768, private_instance_id: B },
      { protocol: 'tcp', external_port: 5432, host: '192.0.2.1', port: 32_768, private_instance_id: B },
    ]);
    await agent.until('cellgate.route: \\"bank.test\\" is outside what --domain allows, left out');
    await agent.until('cellgate.tcp: \\"tcp:22\\" is outside what --domain allows, left out');
  },
);

test('an engine that cannot be named so ends the agent with one sentence', async (t) => {
  const environment = { CELLGATE_STATE_DIR: temporaryDirectory(t), DOCKER_HOST: 'ssh://me@host' };
  const agent = new CellgateProcess(t, ['agent', '--docker'], tmpdir(), environment);
  assert.deepEqual(await agent.exited, [1, null]);
  assert.match(
    agent.stderr,
    /^cellgate: DOCKER_HOST: found "ssh:\/\/me@host", allowed: unix:.*; name the socket/,
  );
});
