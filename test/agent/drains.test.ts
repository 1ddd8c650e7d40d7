import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { registrarConfig, startPlatform } from '../support/agent-process.ts';
import { findNatsServer } from '../support/nats-server.ts';
import { skipFor } from '../support/skip-for.ts';

const skip = findNatsServer() === undefined && 'nats-server is not installed';

test(
  'a drain by command unregisters first, and returns when the application may stop',
  skipFor(skip),
  async (t) => {
    const { server, router, agents } = await startPlatform(t);
    const done = join(agents.folder, 'may-stop');
    const cellgate = { drain_time: '1s', drain_command: agents.script('stop', `touch ${done}`) };
    const agent = agents.start(registrarConfig(server.port, { cellgate }));
    assert.equal(await router.next(), 'register shop.test');
    await agent.until('"message":"Route Registrar.Running"');
    const drain = agents.run('drain', 'shop');
    assert.equal(await router.next(), 'unregister shop.test');
    assert.equal(drain.child.exitCode, null);
    assert.deepEqual(await drain.exited, [0, null]);
    assert.equal(drain.stdout, 'drained shop: its application may stop\n');
    await agent.until('drain-command-ended');
    assert.ok(existsSync(done));
    const status = agents.run('status');
    await status.exited;
    assert.deepEqual(JSON.parse(status.stdout), {
      name: 'shop',
      uris: ['shop.test'],
      address: '10.0.0.5:8080',
      source: 'routes',
      phase: 'withdrawn',
      health: 'up',
      drain: 'drained',
      weight: 100,
    });
    const undrain = agents.run('undrain', 'shop.test');
    assert.equal(await router.next(), 'register shop.test');
    assert.deepEqual(await undrain.exited, [0, null]);
  },
);

test(
  'a drain by file lasts as long as the file is there, and leaves a sign beside it',
  skipFor(skip),
  async (t) => {
    const { server, router, agents } = await startPlatform(t);
    const drain_file = join(agents.folder, 'shop.drain');
    // Left by an agent that was killed: it would be taken for the end of a drain that has just begun.
    agents.write('shop.drain.drained', '');
    const agent = agents.start(
      registrarConfig(server.port, { cellgate: { drain_file, drain_time: '100ms' } }),
    );
    assert.equal(await router.next(), 'register shop.test');
    assert.ok(!existsSync(`${drain_file}.drained`));
    agents.write('shop.drain', '');
    assert.equal(await router.next(), 'unregister shop.test');
    await agent.until('"message":"Route Registrar.drained route"');
    assert.ok(existsSync(`${drain_file}.drained`));
    rmSync(drain_file);
    assert.equal(await router.next(), 'register shop.test');
    await agent.until('"message":"Route Registrar.drain called off"');
    assert.ok(!existsSync(`${drain_file}.drained`));
  },
);

test(
  'a route that comes while its drain file is there is not announced before that is gone',
  skipFor(skip),
  async (t) => {
    const { server, router, agents } = await startPlatform(t);
    const drain_file = agents.write('late.drain', '');
    const agent = agents.start({
      ...registrarConfig(server.port, {}),
      dynamic_config_globs: [`${agents.folder}/*.yml`],
    });
    assert.equal(await router.next(), 'register shop.test');
    const late = {
      name: 'late',
      port: 1,
      uris: ['late.test'],
      registration_interval: '1h',
      cellgate: { drain_file },
    };
    agents.write('late.yml', JSON.stringify({ routes: [late] }));
    agent.kill('SIGHUP');
    assert.equal(await router.next(), 'unregister late.test');
    rmSync(drain_file);
    assert.equal(await router.next(), 'register late.test');
  },
);

test('a drain by signal unregisters all routes, waits, and ends the agent', skipFor(skip), async (t) => {
  const { server, router, agents } = await startPlatform(t);
  const agent = agents.start(registrarConfig(server.port, { cellgate: { drain_time: '1s' } }));
  assert.equal(await router.next(), 'register shop.test');
  agent.kill('SIGUSR1');
  assert.equal(await router.next(), 'unregister shop.test');
  await agent.until('"message":"Route Registrar.drained route"');
  assert.deepEqual(await agent.exited, [0, null]);
});

test(
  'an agent that a signal has drained ends when the commands of its drains have',
  skipFor(skip),
  async (t) => {
    const { server, router, agents } = await startPlatform(t);
    const done = join(agents.folder, 'done');
    const drain_command = agents.script('stop', `sleep 1; touch ${done}`);
    const config = registrarConfig(server.port, { cellgate: { drain_time: '10ms', drain_command } });
    const agent = agents.start(config);
    assert.equal(await router.next(), 'register shop.test');
    agent.kill('SIGUSR1');
    assert.deepEqual(await agent.exited, [0, null]);
    assert.ok(existsSync(done));
  },
);
