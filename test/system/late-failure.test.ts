import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

test('a failure that comes late marks nobody but the backend that failed, which has gone by then', async (t) => {
  const silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.onTestFinished(() => void silent.close());
  const { port } = silent.address() as AddressInfo;
  const router = await TestRouter.start(t, { tls_handshake_timeout: '2s', cellgate: { proxy_threads: 1 } });
  const leaving = {
    uris: ['leaving.test'],
    host: '127.0.0.1',
    tls_port: port,
    server_cert_domain_san: 'leaving',
  };
  const accepted = once(silent, 'connection');
  router.publish('router.register', leaving);
  const asked = untilFound(router, 'leaving.test');
  await accepted;
  router.publish('router.unregister', leaving);
  const staying = [await Backend.start(t, () => ok('one')), await Backend.start(t, () => ok('two'))];
  for (const backend of staying) await router.route('staying.test', backend.port);
  assert.equal(await asked, 502, 'its handshake has run out of time');
  const answers = new Map<string, number>();
  for (let request = 0; request < 20; request++) {
    const { body } = await ask(router.port, get('staying.test', '/'));
    answers.set(body, (answers.get(body) ?? 0) + 1);
  }
  assert.deepEqual(Object.fromEntries(answers), { one: 10, two: 10 });
});

/** The status of the first request that finds the route. */
async function untilFound(router: TestRouter, host: string): Promise<number> {
  for (;;) {
    const status = statusOf(await ask(router.port, get(host, '/')));
    if (status !== 404) return status;
  }
}
