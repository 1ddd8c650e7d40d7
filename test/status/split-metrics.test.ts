import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import { test } from 'vitest';
import { type ArmReading, exposeSplits } from '../../src/status/split-metrics.ts';

test('the arms of a route are told of while it has a split, and not afterwards', async () => {
  const exposition = new Registry();
  let readings: ArmReading[] = [
    {
      route: 'shop.test',
      arm: 'app:green',
      weight: 500,
      requests: [
        ['answered', 7],
        ['app-error', 1],
      ],
    },
  ];
  exposeSplits(exposition, () => readings);
  const text = await exposition.metrics();
  assert.match(text, /^cellgate_split_weight\{route="shop\.test",arm="app:green"\} 500$/m);
  assert.match(
    text,
    /^cellgate_arm_requests_total\{route="shop\.test",arm="app:green",outcome="answered"\} 7$/m,
  );
  readings = [];
  assert.doesNotMatch(await exposition.metrics(), /shop\.test/);
});
