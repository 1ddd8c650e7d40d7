import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'vitest';
import { parseConfig } from '../../src/config/read.ts';
import type { Config } from '../../src/config/schema.ts';

function config(text: string): Config {
  const result = parseConfig(text, 'gorouter.yml');
  assert.ok(result.ok, JSON.stringify(result));
  return result.config;
}

test("§5.2 an empty file gives the defaults of gorouter's code", () => {
  const { status, cellgate, backends, nats, ...rest } = config('');
  assert.equal(status.host, '0.0.0.0');
  assert.equal(cellgate.listen_host, '::');
  assert.equal(cellgate.proxy_threads, Math.min(availableParallelism(), 64));
  assert.equal(backends.max_attempts, 1);
  assert.equal(backends.max_conns, 0);
  assert.deepEqual(nats.hosts, [{ hostname: 'localhost', port: 4222 }]);
  assert.equal(rest.start_response_delay_interval, 5_000);
  assert.equal(rest.droplet_stale_threshold, 120_000);
  assert.equal(rest.endpoint_timeout, 60_000);
  assert.equal(rest.drain_wait, 0);
  assert.equal(rest.disable_keep_alives, true);
  assert.equal(rest.max_idle_conns_per_host, 2);
  assert.equal(rest.empty_pool_response_code_503, false);
  assert.equal(rest.suspend_pruning_if_nats_unavailable, false);
  assert.equal(rest.logging.level, 'debug');
  assert.deepEqual(rest.hop_by_hop_headers_to_filter, []);
});

test("§5.2 recommended defaults are those of gorouter's BOSH job", () => {
  const { backends, nats, ...rest } = config('cellgate: {defaults: recommended}');
  assert.equal(backends.max_attempts, 3);
  assert.equal(backends.max_conns, 500);
  assert.deepEqual(nats.hosts, []);
  assert.equal(rest.start_response_delay_interval, 20_000);
  assert.equal(rest.endpoint_timeout, 900_000);
  assert.equal(rest.drain_wait, 20_000);
  assert.equal(rest.disable_keep_alives, false);
  assert.equal(rest.max_idle_conns_per_host, 100);
  assert.equal(rest.empty_pool_response_code_503, true);
  assert.equal(rest.suspend_pruning_if_nats_unavailable, true);
  assert.equal(rest.hop_by_hop_headers_to_filter.length, 8);
});

test('§2.10 the smaller limit on idle connections counts', () => {
  assert.equal(config('max_idle_conns: 3\nmax_idle_conns_per_host: 9').max_idle_conns_per_host, 3);
  assert.equal(config('max_idle_conns: 0\nmax_idle_conns_per_host: 9').max_idle_conns_per_host, 9);
});

test('one text stands for a list of one', () => {
  assert.deepEqual(config('hop_by_hop_headers_to_filter: B3').hop_by_hop_headers_to_filter, ['B3']);
});

test('given keys replace their defaults and leave their neighbours', () => {
  const { status, nats } = config('status:\n  port: 9000\nnats:\n  hosts:\n  - {hostname: n1, port: 4222}\n');
  assert.equal(status.port, 9000);
  assert.equal(status.routes.port, 8082);
  assert.deepEqual(nats.hosts, [{ hostname: 'n1', port: 4222 }]);
});

test('a key without a value keeps its default', () => {
  const { status, nats, port } = config('status:\nnats:\n  hosts:\nport: ~\n');
  assert.equal(status.port, 8080);
  assert.equal(nats.hosts.length, 1);
  assert.equal(port, 8081);
});

test('where text is wanted, numbers and booleans are text as written', () => {
  const { nats, isolation_segments, logging } = config(
    'nats: {user: yes, pass: 0123}\nisolation_segments: [1e3, true]\nlogging: {syslog: 1.10}\n',
  );
  assert.equal(nats.user, 'yes');
  assert.equal(nats.pass, '0123');
  assert.deepEqual(isolation_segments, ['1e3', 'true']);
  assert.equal(logging.syslog, '1.10');
});

test('§5.1 takes the words for true and false that Go takes', () => {
  assert.equal(config('disable_keep_alives: yes').disable_keep_alives, true);
  assert.equal(config('empty_pool_response_code_503: off').empty_pool_response_code_503, false);
});

test('anchors, aliases and merge keys are resolved', () => {
  const { endpoint_timeout, drain_wait, status } = config(
    'x: &x {user: u}\nendpoint_timeout: &t 30s\ndrain_wait: *t\nstatus:\n  <<: *x\n  pass: p\n',
  );
  assert.equal(endpoint_timeout, 30_000);
  assert.equal(drain_wait, 30_000);
  assert.deepEqual([status.user, status.pass], ['u', 'p']);
});

test('§5.2 times that follow from others do so when they are 0, too; negative ones are their own', () => {
  const times = (text: string): number[] => {
    const { drain_timeout, http_1_endpoint_timeout, http_2_endpoint_timeout } = config(text);
    return [drain_timeout, http_1_endpoint_timeout, http_2_endpoint_timeout];
  };
  const all = (time: string) =>
    `drain_timeout: ${time}\nhttp_1_endpoint_timeout: ${time}\nhttp_2_endpoint_timeout: ${time}\n`;
  assert.deepEqual(times('endpoint_timeout: 70s'), [70_000, 70_000, 70_000]);
  assert.deepEqual(times(`endpoint_timeout: 70s\n${all('0s')}`), [70_000, 70_000, 70_000]);
  assert.deepEqual(times(`endpoint_timeout: 70s\n${all('5s')}`), [5000, 5000, 5000]);
  const [drain, ...requests] = times(`endpoint_timeout: 70s\n${all('-1s')}`);
  assert.equal(drain, 1);
  assert.ok(requests.every((time) => time > 24 * 86_400_000));
});

test('§1.7 endpoints are not stale before the routes are gathered', () => {
  assert.equal(config('start_response_delay_interval: 130s').droplet_stale_threshold, 130_000);
});

test('header limits are never off', () => {
  const { max_request_header_bytes, max_response_header_bytes } = config(
    'max_request_header_bytes: 9999999\nmax_response_header_bytes: 0\n',
  );
  assert.equal(max_request_header_bytes, 1 << 20);
  assert.equal(max_response_header_bytes, 10 << 20);
  assert.equal(config('max_request_header_bytes: 0').max_request_header_bytes, 1 << 20);
});

test('a key named like part of every object is only an unknown key', () => {
  const result = parseConfig('__proto__: {port: 1}\nconstructor: 2\ntoString: 3\n', 'gorouter.yml');
  assert.ok(result.ok);
  assert.equal(result.warnings.length, 3);
  assert.equal(result.config.port, 8081);
});
