import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { get, RawClient } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

test('a client that asks and asks but never reads is served no further than its connection takes', async (t) => {
  const router = await TestRouter.start(t, { cellgate: { proxy_threads: 1 } });
  const app = await Backend.start(t);
  await router.route('app.test', app.port);
  app.requests.length = 0;
  app.answer = () => ok('x'.repeat(8000));
  const client = await RawClient.connect(router.port);
  client.socket.pause();
  const asked = 20_000;
  client.send(get('app.test').repeat(asked));
  // Served until the kernel's buffers are full; then nothing more comes for a while.
  for (let before = -1; before !== app.requests.length; ) {
    before = app.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  assert.ok(app.requests.length < asked / 2, `${app.requests.length} of ${asked} requests served`);
  client.socket.resume();
  for (let answered = 0; answered < 1000; answered++) await client.response();
  await app.until(() => app.requests.length > 1000);
  client.close();
});
