import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backend, ok } from '../support/backend.ts';
import { operatorPage } from '../support/operator-page.ts';
import { ask, get } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

const total = (page: string, name: string): number =>
  Number(
    page
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.split(' ')
      .at(-1) ?? Number.NaN,
  );

test("§6.5 requests are measured in gorouter's histograms, by component, over all threads", async (t) => {
  const router = await TestRouter.start(t, {
    per_app_prometheus_http_metrics_reporting: true,
    prometheus: { meters: { routing_response_latency_histogram_buckets: [1000, 0.000001] } },
  });
  const backend = await Backend.start(t, () => ok('hello'));
  await router.route('uaa.test', backend.port, { app: 'app-1', tags: { component: 'uaa' } });
  for (let i = 0; i < 5; i++) await ask(router.port, get('uaa.test'));
  const { health } = router.router.addresses;
  const page = await operatorPage(health!, '/metrics');
  const sent = total(page, 'total_requests{component="uaa"}');
  assert.ok(sent >= 5, page);
  assert.equal(total(page, 'latency_count{component="uaa"}'), sent);
  assert.equal(total(page, 'latency_bucket{component="uaa",le="0.000001"}'), 0);
  assert.equal(total(page, 'latency_bucket{component="uaa",le="1000"}'), sent);
  assert.equal(total(page, 'latency_bucket{component="uaa",le="+Inf"}'), sent);
  assert.ok(total(page, 'latency_sum{component="uaa"}') > 0);
  assert.equal(total(page, 'gorouter_time_count'), sent);
  assert.ok(total(page, 'gorouter_time_sum') < 5, 'in seconds');
  assert.ok(total(page, 'route_lookup_time_count') >= sent);
  assert.ok(total(page, 'route_lookup_time_bucket{le="100000"}') > 0, "gorouter's buckets, in nanoseconds");
  assert.equal(total(page, 'http_latency_seconds_count{source_id="app-1"}'), sent);
  const seconds = total(page, 'http_latency_seconds_sum{source_id="app-1"}');
  const milliseconds = total(page, 'latency_sum{component="uaa"}');
  assert.ok(
    Math.abs(seconds * 1000 - milliseconds) < 1e-6,
    'the true latency, where gorouter cuts it to nothing',
  );
  assert.ok(total(page, 'file_descriptors') > 0);
  assert.ok(total(page, 'process_resident_memory_bytes') > 0);
});

test('§6.5 without per_request_metrics_reporting nothing is timed', async (t) => {
  const router = await TestRouter.start(t, { per_request_metrics_reporting: false });
  const page = await operatorPage(router.router.addresses.health!, '/metrics');
  assert.doesNotMatch(page, /^(latency|gorouter_time|route_lookup_time|http_latency_seconds)_/m);
  assert.match(page, /^# TYPE total_requests counter$/m);
});
