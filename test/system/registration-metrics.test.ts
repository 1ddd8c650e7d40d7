import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Backend } from '../support/backend.ts';
import { samplesOf } from '../support/operator-page.ts';
import { TestRouter } from '../support/router.ts';

test('§1.5 §6.5 route_registration_latency counts new endpoints by how old their stamp is', async (t) => {
  const router = await TestRouter.start(t, {
    route_latency_metric_muzzle_duration: '0s',
    prometheus: { meters: { route_registration_latency_histogram_buckets: [1000, 3_600_000] } },
  });
  const { health } = router.router.addresses;
  const app = await Backend.start(t);
  const stamp = () => (Date.now() - 60_000) * 1e6;
  await router.route('a.test', app.port, { endpoint_updated_at_ns: stamp() });
  await router.route('b.test', app.port);
  assert.deepEqual(await samplesOf(health!, 'route_registration_latency_bucket'), [0, 1, 1]);
  assert.deepEqual(await samplesOf(health!, 'route_registration_latency_count'), [1]);
  const [sum] = await samplesOf(health!, 'route_registration_latency_sum');
  assert.ok(sum! > 59_000 && sum! < 3_600_000, `${sum} ms`);
});
