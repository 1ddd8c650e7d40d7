import assert from 'node:assert/strict';
import { test } from 'vitest';
import { summarise } from '../../bench/summary.ts';
import { CALM, rowsOf } from './results.ts';

const cpu = (cpuMicroseconds: number) => ({ cpuMicroseconds });

test('a ratio is taken within each round, then its median over the rounds', () => {
  const [row] = rowsOf({ cellgate: [cpu(20), cpu(30), cpu(44)], haproxy: [cpu(10), cpu(20), cpu(40)] });
  assert.deepEqual(row!.ratios, { haproxy: { median: 1.5, low: 1.1, high: 2 } });
});

test('without the reference there is no ratio', () => {
  assert.deepEqual(rowsOf({ cellgate: [cpu(20)] })[0]!.ratios, {});
});

test('a row says when its figures are to be doubted', () => {
  const core = { processes: 0.6, idle: 0.25, stolen: 0.11 };
  const doubtful = { core, others: 0.05, failures: 3, operations: 97 };
  const [row] = rowsOf({ cellgate: [{ ...doubtful, loadIdle: 0.01 }] });
  assert.deepEqual(row!.notes, [
    'the load generator was the limit: its core idled 25 % of the time',
    'disturbed: the hypervisor took its core 11 % of the time',
    '3 of 100 failed',
  ]);
  assert.deepEqual(rowsOf({ cellgate: [{}] })[0]!.notes, []);
});

test('a generator that idles too is not the limit', () => {
  const core = { processes: 0.6, idle: 0.4, stolen: 0 };
  const [row] = rowsOf({ cellgate: [{ core, loadIdle: 0.3 }] });
  assert.deepEqual(row!.notes, ['nothing was the limit but waiting: its core idled 40 % of the time']);
});

test('where proxies and load share all cores, one of them says nothing', () => {
  const core = { processes: 0.2, idle: 0.8, stolen: 0 };
  const [row] = rowsOf({ cellgate: [{ core, others: 0.5 }] }, true);
  assert.deepEqual(row!.notes, []);
  assert.equal(row!.idle, undefined);
});

test('a generator that tells no latency leaves none behind', () => {
  const { p50: _p50, p99: _p99, ...silent } = CALM;
  const [row] = summarise(new Map([['cellgate', [silent]]]));
  assert.equal(row!.latency, undefined);
});
