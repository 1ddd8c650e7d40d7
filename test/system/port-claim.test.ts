import assert from 'node:assert/strict';
import { test } from 'vitest';
import { PortClaim } from '../../src/runtime/parts/port-claim.ts';
import { freePort } from '../support/free-port.ts';
import { startRouterOf } from '../support/restarted-router.ts';

test('of routers that start at the same time on one port one gets it', async (t) => {
  for (let round = 0; round < 3; round++) {
    const port = await freePort();
    const starts = await Promise.allSettled([1, 2].map(() => startRouterOf(t, { port })));
    const refused = starts.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    assert.equal(refused.length, 1);
    for (const { reason } of refused) assert.match(String(reason), /port \d+ is in use/);
    for (const start of starts) if (start.status === 'fulfilled') await start.value.stop();
  }
});

test('nobody is kept from a port for long by whoever claims its name', async (t) => {
  const [host, port] = ['127.0.0.1', await freePort()];
  const squatter = await PortClaim.take(host, port);
  t.onTestFinished(() => squatter.release());
  const claim = await PortClaim.take(host, port, 100);
  claim.release();
  squatter.release();
  const next = await PortClaim.take(host, port, Number.POSITIVE_INFINITY);
  next.release();
});
