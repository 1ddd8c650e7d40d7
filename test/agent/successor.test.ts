import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'vitest';
import { registrarConfig, startPlatform } from '../support/agent-process.ts';
import { findNatsServer } from '../support/nats-server.ts';
import { skipFor } from '../support/skip-for.ts';

const skip = findNatsServer() === undefined && 'nats-server is not installed';

test(
  'killed, it leaves what it has announced: started again it takes back what nobody wants any more',
  skipFor(skip),
  async (t) => {
    const { server, router, agents } = await startPlatform(t);
    const [gone, kept] = ['gone', 'kept'].map((name, at) => ({ name, port: 1 + at, uris: [`${name}.test`] }));
    const old = agents.start(registrarConfig(server.port, gone!, kept!));
    await Promise.all([router.next(), router.next()]);
    const left = join(agents.folder, 'agent/left.json');
    while (!existsSync(left) || !readFileSync(left, 'utf8').includes('kept.test')) await delay(50);
    old.kill('SIGKILL');
    await old.exited;
    const next = agents.start(registrarConfig(server.port, kept!));
    await router.until('unregister gone.test');
    await next.until('"message":"Route Registrar.Running"');
    next.kill('SIGTERM');
    await router.until('unregister kept.test');
    assert.deepEqual(await next.exited, [0, null]);
    assert.ok(!existsSync(left));
  },
);

test(
  'killed in the moment in which it has said something, it has left that too',
  skipFor(skip),
  async (t) => {
    const { server, router, agents } = await startPlatform(t);
    const config = registrarConfig(
      server.port,
      { cellgate: { drain_time: '1h' } },
      { name: 'gone', uris: ['gone.test'] },
    );
    const first = agents.start(config);
    await Promise.all([router.next(), router.next()]);
    first.kill('SIGKILL');
    await first.exited;
    // Before it has said anything of its own.
    const second = agents.start(registrarConfig(1, {}));
    await second.until('"message":"Route Registrar.Running"');
    second.kill('SIGKILL');
    await second.exited;
    const third = agents.start(registrarConfig(server.port, {}));
    await router.until('unregister gone.test');
    await third.until('"message":"Route Registrar.Running"');
    agents.run('drain', 'shop');
    await router.until('unregister shop.test');
    third.kill('SIGKILL');
    await third.exited;
    const fourth = agents.start(config);
    // Which is drained, though nobody tells this one.
    await Promise.all([
      router.until('unregister shop.test'),
      fourth.until('"message":"Route Registrar.draining route"'),
    ]);
    await agents.run('undrain', 'shop').exited;
    await router.until('register shop.test');
  },
);

test(
  'an agent that comes after one that has left takes back what nobody wants any more, and goes on with its drains',
  skipFor(skip),
  async (t) => {
    const { server, router, agents } = await startPlatform(t);
    const gone = { name: 'gone', port: 1, uris: ['gone.test'] };
    const kept = { name: 'kept', port: 2, uris: ['kept.test'] };
    const out = { name: 'out', port: 3, uris: ['out.test'], cellgate: { drain_time: '10ms' } };
    const old = agents.start(registrarConfig(server.port, gone, kept, out));
    await Promise.all([router.next(), router.next(), router.next()]);
    assert.deepEqual(await agents.run('drain', 'out').exited, [0, null]);
    assert.equal(await router.next(), 'unregister out.test');
    old.kill('SIGUSR2');
    assert.deepEqual(await old.exited, [0, null]);
    agents.start(registrarConfig(server.port, kept, out));
    const said = new Set<string>();
    while (
      !['unregister gone.test', 'unregister out.test', 'register kept.test'].every((each) => said.has(each))
    ) {
      said.add(await router.each());
    }
    assert.equal(said.size, 3);
  },
);

test('a drain that is waited for goes on in the agent that takes over', skipFor(skip), async (t) => {
  const { server, router, agents } = await startPlatform(t);
  const config = registrarConfig(server.port, { cellgate: { drain_time: '5s' } });
  const old = agents.start(config);
  assert.equal(await router.next(), 'register shop.test');
  const drain = agents.run('drain', 'shop');
  assert.equal(await router.next(), 'unregister shop.test');
  const next = agents.start(config, '--handover');
  assert.deepEqual(await old.exited, [0, null]);
  await next.until('"message":"Route Registrar.drained route"');
  assert.deepEqual(await drain.exited, [0, null]);
});
