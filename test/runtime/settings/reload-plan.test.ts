import assert from 'node:assert/strict';
import { test } from 'vitest';
import { parseConfig } from '../../../src/config/read.ts';
import type { Config } from '../../../src/config/schema.ts';
import { reloadPlan } from '../../../src/runtime/settings/reload-plan.ts';

function config(text: string): Config {
  const read = parseConfig(text, 'test.yml');
  assert.ok(read.ok, read.ok ? '' : read.problems.join('\n'));
  return read.config;
}

test('what can change now changes, what cannot stays, and both are named', () => {
  const before = config(
    'port: 8081\nendpoint_timeout: 60s\nisolation_segments: [a]\nlogging: {level: info}\n',
  );
  const after = config(
    'port: 8082\nendpoint_timeout: 7s\nisolation_segments: [a, b]\nlogging: {level: debug}\n',
  );
  const plan = reloadPlan(before, after);
  assert.deepEqual(plan.applied, [
    'drain_timeout',
    'endpoint_timeout',
    'http_1_endpoint_timeout',
    'http_2_endpoint_timeout',
    'logging.level',
  ]);
  assert.deepEqual(plan.waiting, ['isolation_segments', 'port']);
  assert.deepEqual(plan.config, {
    ...before,
    endpoint_timeout: 7000,
    drain_timeout: 7000,
    http_1_endpoint_timeout: 7000,
    http_2_endpoint_timeout: 7000,
    logging: { ...before.logging, level: 'debug' },
  });
});

test('the same configuration again changes nothing', () => {
  const same = () => config('port: 8081\nnats: {hosts: [{hostname: a, port: 1}]}\n');
  const plan = reloadPlan(same(), same());
  assert.deepEqual([plan.applied, plan.waiting], [[], []]);
  assert.deepEqual(plan.config, same());
});
