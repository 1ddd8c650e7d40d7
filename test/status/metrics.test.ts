import assert from 'node:assert/strict';
import { test } from 'vitest';
import { RegistryTally } from '../../src/registry/registry-counters.ts';
import { startMetricsServer } from '../../src/status/metrics-server.ts';
import { COUNTERS } from '../../src/telemetry/counters.ts';
import { metrics } from '../support/metrics-fixture.ts';

async function samples(source: ReturnType<typeof metrics>): Promise<string[]> {
  const text = await source.exposition();
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

test('§6.5 an idle router shows every name, with 0 where nothing was counted', async () => {
  assert.deepEqual(await samples(metrics()), [
    'routes_registered 0',
    'routes_unregistered 0',
    'routes_pruned 0',
    'total_routes 0',
    'ms_since_last_registry_update -1',
    'cellgate_bad_registry_messages_total 0',
    'cellgate_registrations_refused_total 0',
    'route_registration_latency_bucket{le="1"} 0',
    'route_registration_latency_bucket{le="+Inf"} 0',
    'route_registration_latency_sum 0',
    'route_registration_latency_count 0',
    'cellgate_panics_total{kind="stream"} 0',
    'cellgate_panics_total{kind="exchange"} 0',
    'cellgate_panics_total{kind="connection"} 0',
    'cellgate_panics_total{kind="message"} 0',
    'cellgate_panics_total{kind="round"} 0',
    'cellgate_panics_total{kind="part"} 0',
    'cellgate_proxy_threads_stuck_total 0',
    'cellgate_proxy_threads_replaced_total 0',
    'cellgate_table_differences_total 0',
    'token_fetch_errors 0',
    'subscribe_events_errors 0',
    'rejected_requests 0',
    'bad_gateways 0',
    'backend_exhausted_conns 0',
    'backend_invalid_id 0',
    'backend_invalid_tls_cert 0',
    'backend_tls_handshake_failed 0',
    'empty_content_length_header 0',
    'websocket_upgrades 0',
    'websocket_failures 0',
    'responses{status_group="2xx"} 0',
    'responses{status_group="3xx"} 0',
    'responses{status_group="4xx"} 0',
    'responses{status_group="5xx"} 0',
    'responses{status_group="xxx"} 0',
    'responses_route_services{status_group="2xx"} 0',
    'responses_route_services{status_group="3xx"} 0',
    'responses_route_services{status_group="4xx"} 0',
    'responses_route_services{status_group="5xx"} 0',
    'responses_route_services{status_group="xxx"} 0',
    'cellgate_requests_total 0',
    'cellgate_refused_messages_total 0',
    'cellgate_tolerated_responses_total{oddity="bare_line_end"} 0',
    'cellgate_tolerated_responses_total{oddity="folded_line"} 0',
    'cellgate_tolerated_responses_total{oddity="length_and_encoding"} 0',
    'cellgate_tolerated_responses_total{oddity="many_content_lengths"} 0',
    'cellgate_tolerated_responses_total{oddity="unassigned_status"} 0',
    'cellgate_http2_refusals_total{reason="continuations"} 0',
    'cellgate_http2_refusals_total{reason="heads"} 0',
    'cellgate_http2_refusals_total{reason="late_frames"} 0',
    'cellgate_http2_refusals_total{reason="malformed"} 0',
    'cellgate_http2_refusals_total{reason="memory"} 0',
    'cellgate_http2_refusals_total{reason="pings"} 0',
    'cellgate_http2_refusals_total{reason="priorities"} 0',
    'cellgate_http2_refusals_total{reason="protocol"} 0',
    'cellgate_http2_refusals_total{reason="resets"} 0',
    'cellgate_http2_refusals_total{reason="settings"} 0',
    'cellgate_http2_refusals_total{reason="silence"} 0',
    'cellgate_http2_refusals_total{reason="small_data"} 0',
    'cellgate_http2_refusals_total{reason="unknown_frames"} 0',
    'cellgate_http2_refusals_total{reason="window_updates"} 0',
    'cellgate_tls_handshakes_total 0',
    'cellgate_tls_handshakes_failed_total 0',
    'cellgate_tls_handshakes_resumed_total 0',
    'cellgate_proxy_headers_refused_total 0',
    'cellgate_debug_tokens_refused_total 0',
    'cellgate_connections_turned_away_total 0',
    'cellgate_upstream_retries_total 0',
    'cellgate_envelopes_dropped_total 0',
    'cellgate_access_log_lines_dropped_total 0',
    'cellgate_open_downstream_connections 0',
    'cellgate_open_upstream_connections 0',
    'buffered_messages 0',
    'total_dropped_messages 0',
    'cellgate_otel_spans_total{outcome="exported"} 0',
    'cellgate_otel_spans_total{outcome="dropped"} 0',
    'cellgate_otel_spans_total{outcome="refused"} 0',
    'promhttp_metric_handler_errors_total{cause="gathering"} 0',
    'cellgate_bus_connected 1',
  ]);
});

test('§6.5 registry messages are counted by component and action', async () => {
  const tally = new RegistryTally();
  tally.registered('', 'added');
  tally.registered('', 'refreshed');
  tally.registered('', 'refreshed');
  tally.registered('uaa', 'updated');
  tally.unregistered('uaa');
  tally.pruned(3);
  tally.routeRegistered();
  tally.routeRegistered();
  tally.routeUnregistered();
  tally.refused();
  tally.badMessage();
  const shown = await samples(metrics({ tally }));
  for (const line of [
    'registry_message{component="",action="added"} 1',
    'registry_message{component="",action="refreshed"} 2',
    'registry_message{component="uaa",action="updated"} 1',
    'unregistry_message{component="uaa"} 1',
    'routes_pruned 3',
    'routes_registered 2',
    'routes_unregistered 1',
    'cellgate_registrations_refused_total 1',
    'cellgate_bad_registry_messages_total 1',
  ]) {
    assert.ok(shown.includes(line), `${line} is missing in ${shown.join('\n')}`);
  }
});

test('traffic is read from its counters at each scrape', async () => {
  let factor = 1;
  const source = metrics({ count: (name) => (COUNTERS.indexOf(name) + 1) ** 2 * factor });
  const value = async (name: string) =>
    Number((await samples(source)).find((line) => line.startsWith(`${name} `))?.split(' ')[1]);
  const square = (name: (typeof COUNTERS)[number]) => (COUNTERS.indexOf(name) + 1) ** 2;
  assert.equal(await value('bad_gateways'), square('bad_gateways'));
  assert.equal(await value('responses{status_group="5xx"}'), square('responses_5xx'));
  factor = 2;
  assert.equal(await value('bad_gateways'), 2 * square('bad_gateways'));
  assert.equal(
    await value('cellgate_open_downstream_connections'),
    2 * (square('downstream_opened') - square('downstream_closed')),
  );
});

const HASHED = [
  { route: 'a.com/x', endpoints: 2 },
  { route: 'empty.com', endpoints: 0 },
];

test('§6.5 table and bus are shown as they are now', async () => {
  const shown = await samples(
    metrics({
      table: { poolCount: 7, millisecondsSinceUpdate: () => 1500, hashedRoutes: () => HASHED },
      busState: () => 'disconnected',
    }),
  );
  assert.ok(shown.includes('total_routes 7'));
  assert.ok(shown.includes('ms_since_last_registry_update 1500'));
  const pools = shown.filter((line) => line.startsWith('endpoints_per_pool'));
  assert.deepEqual(pools, ['endpoints_per_pool{route="a.com/x",lb_algorithm="hash"} 2']);
  assert.ok(shown.includes('cellgate_bus_connected 0'));
});

test('component names cannot break the format', async () => {
  const tally = new RegistryTally();
  tally.registered('a"b\\c\nd', 'added');
  const shown = await samples(metrics({ tally }));
  assert.ok(shown.includes('registry_message{component="a\\"b\\\\c\\nd",action="added"} 1'));
});

test('the scrape port shows the metrics without a password', async (t) => {
  const server = await startMetricsServer(0, metrics());
  t.onTestFinished(() => server.close());
  const response = await fetch(`http://127.0.0.1:${server.port}/metrics`);
  assert.equal(response.headers.get('Content-Type'), 'text/plain; version=0.0.4; charset=utf-8');
  assert.match(await response.text(), /^total_routes 0$/m);
});

test('§6.5 a scrape that fails is 500, and counted', async (t) => {
  let state: 'broken' | 'whole' = 'broken';
  const source = metrics({
    busState: () => {
      if (state === 'broken') throw new Error('no');
      return 'connected';
    },
  });
  const server = await startMetricsServer(0, source);
  t.onTestFinished(() => server.close());
  const scrape = () => fetch(`http://127.0.0.1:${server.port}/metrics`);
  assert.equal((await scrape()).status, 500);
  state = 'whole';
  assert.match(
    await (await scrape()).text(),
    /^promhttp_metric_handler_errors_total\{cause="gathering"\} 1$/m,
  );
});
