import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { CellgateProcess } from '../support/cellgate-process.ts';
import { listens } from '../support/listens.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';

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
