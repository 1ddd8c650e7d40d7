import assert from 'node:assert/strict';
import { test } from 'vitest';
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

/** docs/compatibility.md §6.5, with the labels of each. */
const GOROUTER: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  counter: {
    registry_message: ['component', 'action'],
    unregistry_message: ['component'],
    routes_pruned: [],
    routes_registered: [],
    routes_unregistered: [],
    total_requests: ['component'],
    rejected_requests: [],
    bad_gateways: [],
    empty_content_length_header: [],
    backend_invalid_id: [],
    backend_invalid_tls_cert: [],
    backend_tls_handshake_failed: [],
    backend_exhausted_conns: [],
    websocket_upgrades: [],
    websocket_failures: [],
    responses: ['status_group'],
    responses_route_services: ['status_group'],
    promhttp_metric_handler_errors_total: ['cause'],
    process_cpu_seconds_total: [],
  },
  gauge: {
    total_routes: [],
    endpoints_per_pool: ['lb_algorithm', 'route'],
    ms_since_last_registry_update: [],
    file_descriptors: [],
    buffered_messages: [],
    total_dropped_messages: [],
    process_open_fds: [],
    process_max_fds: [],
    process_resident_memory_bytes: [],
    process_virtual_memory_bytes: [],
    process_start_time_seconds: [],
  },
  histogram: {
    route_lookup_time: ['le'],
    gorouter_time: ['le'],
    route_registration_latency: ['le'],
    latency: ['component', 'le'],
    http_latency_seconds: ['source_id', 'le'],
  },
};

test("§6.5 every metric of gorouter's is there, with its type and its labels", async (t) => {
  const router = await TestRouter.start(t, { per_app_prometheus_http_metrics_reporting: true });
  const backend = await Backend.start(t, () => ok());
  await router.route('app.test', backend.port, {
    app: 'app-1',
    options: { loadbalancing: 'hash', hash_header: 'x-tenant' },
  });
  const page = await operatorPage(router.router.addresses.health!, '/metrics');
  const types = new Map([...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]));
  for (const [type, metrics] of Object.entries(GOROUTER)) {
    for (const [name, labels] of Object.entries(metrics)) {
      assert.equal(types.get(name), type, name);
      const suffix = type === 'histogram' ? '_bucket' : '';
      const sample = new RegExp(`^${name}${suffix}(?:\\{(.*)\\})? \\S+$`, 'm').exec(page);
      assert.ok(sample !== null, name);
      const given = (sample[1] ?? '').split(',').filter((label) => label !== '');
      assert.deepEqual(given.map((label) => label.split('=')[0]).sort(), [...labels].sort(), name);
    }
  }
});
