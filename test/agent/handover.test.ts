import assert from 'node:assert/strict';
import { once } from 'node:events';
import { renameSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'vitest';
import { registrarConfig, startPlatform } from '../support/agent-process.ts';
import { CellgateProcess, LAUNCHER } from '../support/cellgate-process.ts';
import { findNatsServer } from '../support/nats-server.ts';
import { skipFor } from '../support/skip-for.ts';

const skip = findNatsServer() === undefined && 'nats-server is not installed';

test(
  'an agent that takes over leaves no gap: the other one ends, and takes nothing back',
  skipFor(skip),
  async (t) => {
    const { server, router, agents } = await startPlatform(t);
    const config = registrarConfig(server.port, { registration_interval: '1h' });
    const old = agents.start(config);
    assert.equal(await router.next(), 'register shop.test');
    await old.until('"message":"Route Registrar.Running"');
    const next = agents.start(config, '--handover');
    assert.deepEqual(await old.exited, [0, null]);
    assert.equal(await router.next(), 'register shop.test');
    await next.until('"message":"Route Registrar.took-over"');
    next.kill('SIGTERM');
    assert.equal(await router.next(), 'unregister shop.test');
  },
);

test('an agent that takes over goes on with what a command has drained', skipFor(skip), async (t) => {
  const { server, router, agents } = await startPlatform(t);
  const config = registrarConfig(
    server.port,
    { cellgate: { drain_time: '100ms' } },
    { name: 'more', uris: ['more.test'] },
  );
  const old = agents.start(config);
  assert.deepEqual(
    new Set([await router.next(), await router.next()]),
    new Set(['register shop.test', 'register more.test']),
  );
  assert.deepEqual(await agents.run('drain', 'shop').exited, [0, null]);
  assert.equal(await router.next(), 'unregister shop.test');
  const next = agents.start(config, '--handover');
  assert.deepEqual(await old.exited, [0, null]);
  assert.deepEqual(
    new Set([await router.next(), await router.next()]),
    new Set(['unregister shop.test', 'register more.test']),
  );
  await next.until('"message":"Route Registrar.Running"');
  assert.deepEqual(await agents.run('undrain', 'shop').exited, [0, null]);
  assert.equal(await router.next(), 'register shop.test');
});

test(
  'with nobody to take over from an agent starts all the same; beside another it does not',
  skipFor(skip),
  async (t) => {
    const { server, router, agents } = await startPlatform(t);
    const config = registrarConfig(server.port, {});
    const first = agents.start(config, '--handover');
    await first.until('nobody-to-take-over-from');
    assert.equal(await router.next(), 'register shop.test');
    const second = agents.start(config);
    assert.deepEqual(await second.exited, [1, null]);
    assert.match(
      second.stderr,
      /^cellgate: another agent runs with the state folder .*: take over with --handover/,
    );
    first.kill('SIGTERM');
    assert.deepEqual(await first.exited, [0, null]);
    assert.equal(await router.next(), 'unregister shop.test');
  },
);

test(
  'an agent whose state folder another has taken ends, and takes nothing back',
  skipFor(skip),
  async (t) => {
    const { server, router, agents } = await startPlatform(t);
    const agent = agents.start(registrarConfig(server.port, {}));
    assert.equal(await router.next(), 'register shop.test');
    const other = createServer(() => {});
    other.listen(join(agents.folder, 'other.sock'));
    await once(other, 'listening');
    t.onTestFinished(() => void other.close());
    renameSync(join(agents.folder, 'other.sock'), join(agents.folder, 'agent/agent.sock'));
    assert.deepEqual(await agent.exited, [0, null]);
    assert.match(agent.stderr, /another agent has taken the state folder/);
    const next = agents.start(
      registrarConfig(server.port, { uris: ['next.test'] }),
      '--state-dir',
      agents.folder,
    );
    assert.equal(await router.next(), 'register next.test');
    next.kill('SIGTERM');
    await next.exited;
  },
);

test('killed, it takes nothing back, and started again it says the same', skipFor(skip), async (t) => {
  const { server, router, agents } = await startPlatform(t);
  const config = registrarConfig(server.port);
  const routes = {
    ...config,
    routes: [{ name: 'a', port: 1, uris: ['a.test'], registration_interval: '1h' }],
  };
  const old = agents.start(routes);
  assert.equal(await router.next(), 'register a.test');
  old.kill('SIGKILL');
  await old.exited;
  const next = agents.start(routes);
  assert.equal(await router.next(), 'register a.test');
  next.kill('SIGUSR2');
  assert.deepEqual(await next.exited, [0, null]);
  const last = agents.start(routes);
  // Nor was anything taken back by the one that was told to leave.
  assert.equal(await router.next(), 'register a.test');
  last.kill('SIGTERM');
  assert.equal(await router.next(), 'unregister a.test');
});

test('an agent that was started with SIGHUP ignored heeds it all the same', skipFor(skip), async (t) => {
  const { server, router, agents } = await startPlatform(t);
  const config = { ...registrarConfig(server.port, {}), dynamic_config_globs: [`${agents.folder}/*.yml`] };
  const path = agents.write('registrar_settings.json', JSON.stringify(config));
  const line = `trap '' HUP; exec "$0" "$@"`;
  const args = ['-c', line, LAUNCHER, 'agent', '--configPath', path, '--state-dir', agents.folder];
  const agent = new CellgateProcess(t, args, agents.folder, {}, { program: '/bin/sh' });
  assert.equal(await router.next(), 'register shop.test');
  const late = { name: 'late', port: 1, uris: ['late.test'], registration_interval: '1h' };
  agents.write('late.yml', JSON.stringify({ routes: [late] }));
  agent.kill('SIGHUP');
  assert.equal(await router.next(), 'register late.test');
});
