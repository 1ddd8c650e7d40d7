import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';
import { asking, RawHttp2 } from '../support/raw-http2.ts';
import { TestRouter } from '../support/router.ts';

/** What a client gets on a route whose only endpoint answers nothing. */
async function silence(router: TestRouter, silent: Backend, more: object = {}): Promise<string> {
  router.register('silent.test', silent.port, more);
  for (;;) {
    const answer = await ask(router.port, get('silent.test'));
    if (statusOf(answer) !== 404) return JSON.stringify(answer);
  }
}

test('§3.8 http_1_endpoint_timeout is for HTTP/1 in place of endpoint_timeout', async (t) => {
  const router = await TestRouter.start(t, { endpoint_timeout: '900s', http_1_endpoint_timeout: '700ms' });
  const silent = await Backend.start(t, () => undefined);
  assert.match(await silence(router, silent), /502.*endpoint_failure \(context deadline exceeded\)/);
});

test('§3.8 http_2_endpoint_timeout is for HTTP/2 in place of endpoint_timeout', async (t) => {
  const router = await TestRouter.start(t, {
    endpoint_timeout: '900s',
    http_2_endpoint_timeout: '700ms',
    cellgate: { h2c: true },
  });
  const app = await Backend.start(t, ({ start }) => (start.includes('/slow') ? undefined : ok()));
  await router.route('app.test', app.port);
  const client = await RawHttp2.connect(router.port);
  t.onTestFinished(() => client.close());
  const begun = performance.now();
  assert.equal(await client.ask(1, asking({ ':path': '/slow' })), '502');
  assert.ok(performance.now() - begun >= 699);
});

test('§3.8 a route may have a time of its own for its requests', async (t) => {
  const router = await TestRouter.start(t, { endpoint_timeout: '900s' });
  const silent = await Backend.start(t, () => undefined);
  const options = { request_timeout: '700ms' };
  assert.match(
    await silence(router, silent, { options }),
    /502.*endpoint_failure \(context deadline exceeded\)/,
  );
});
