import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import { test } from 'vitest';
import { exposeProcess } from '../../src/status/process-metrics.ts';

test('of how late the loop is what it takes many looks to know is left out, the rest is true', async () => {
  const exposition = new Registry();
  exposeProcess(exposition);
  const text = await exposition.metrics();
  const lag = /^nodejs_eventloop_lag_seconds (\S+)$/m.exec(text);
  assert.ok(lag !== null && Number(lag[1]) < 0.9, text);
  assert.doesNotMatch(text, /nodejs_eventloop_lag_(?!seconds)/);
  assert.match(text, /^process_cpu_user_seconds_total /m);
  assert.match(text, /^file_descriptors [1-9]/m);
});
