import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Backend } from '../support/backend.ts';
import { RawClient, statusOf, valuesOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

const HEAD = 'POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n';

for (const [count, status] of [
  [3, 200],
  [4, 431],
] as const) {
  test(`K14 max_request_headers: 3 answers ${status} to ${count} trailers`, async (t) => {
    const router = await TestRouter.start(t, { max_request_headers: 3 });
    const app = await Backend.start(t);
    await router.route('app.test', app.port);
    const client = await RawClient.connect(router.port);
    const response = await client.send(`${HEAD}${'X: y\r\n'.repeat(count)}\r\n`).response();
    assert.equal(statusOf(response), status);
    if (status === 200) {
      assert.deepEqual(app.requests.at(-1)!.trailers, Array(count).fill('X: y'));
      client.close();
      return;
    }
    assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), ['max-request-size-exceeded']);
    assert.equal(await client.closed, 'end');
  });
}
