import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { freePort } from '../support/free-port.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

test('§5.2 max_header_bytes of before 2025 bounds the heads of requests', async (t) => {
  const router = await TestRouter.start(t, { max_header_bytes: 400 });
  const app = await Backend.start(t, () => ok());
  await router.route('app.test', app.port);
  const long = get('app.test', `/${'x'.repeat(500)}`);
  assert.equal(statusOf(await ask(router.port, get('app.test'))), 200);
  assert.equal(statusOf(await ask(router.port, long)), 431);
});

test('§5.2 prometheus.port of before 2025 opens a listener by itself, and none where enabled says so', async (t) => {
  const [port, closed] = [await freePort(), await freePort()];
  await TestRouter.start(t, { prometheus: { port } });
  assert.equal((await fetch(`http://127.0.0.1:${port}/metrics`)).status, 200);
  await TestRouter.start(t, { prometheus: { port: closed, enabled: false } });
  await assert.rejects(fetch(`http://127.0.0.1:${closed}/metrics`));
});
