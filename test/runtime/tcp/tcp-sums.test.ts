import assert from 'node:assert/strict';
import { test } from 'vitest';
import { TcpSums } from '../../../src/runtime/tcp/tcp-sums.ts';
import type { TcpReport } from '../../../src/tcp/connection/tally.ts';

function report(backend: string, opened: number, closed: number): TcpReport {
  const counts = { opened, closed, failed: 0, fromClient: 0, fromBackend: 0 };
  return { ports: new Map(), backends: new Map([[backend, counts]]) };
}

test('only backends that something was said of are looked at, where that is known', () => {
  const sums = new TcpSums();
  for (let each = 0; each < 1000; each++) sums.add(0, report(`10.0.0.1:${each}`, 1, 1));
  const asked: string[] = [];
  const isRouted = (backend: string) => {
    asked.push(backend);
    return false;
  };
  sums.forget(isRouted, report('10.0.0.1:7', 1, 1).backends.keys());
  assert.deepEqual(asked, ['10.0.0.1:7']);
  assert.equal(sums.backends.size, 999);
  sums.forget(isRouted);
  assert.equal(sums.backends.size, 0);
});

test('a backend without a route is forgotten with the report of its last connection', () => {
  const sums = new TcpSums();
  const address = '10.0.0.1:1';
  sums.add(0, report(address, 1, 0));
  sums.forget(() => false, [address]);
  assert.equal(sums.backends.size, 1);
  sums.add(0, report(address, 0, 1));
  sums.forget(() => false, [address]);
  assert.equal(sums.backends.size, 0);
});
