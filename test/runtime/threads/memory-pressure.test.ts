import assert from 'node:assert/strict';
import { test } from 'vitest';
import { isShort, memoryFigures } from '../../../src/runtime/threads/memory-pressure.ts';

const PLENTY = { heapUsed: 100, heapLimit: 1000, available: 500, total: 1000 };

test('memory is short when the heap or the machine is nearly full', () => {
  assert.equal(isShort(PLENTY), false);
  assert.equal(isShort({ ...PLENTY, heapUsed: 901 }), true);
  assert.equal(isShort({ ...PLENTY, available: 29 }), true);
});

test('memory is not short where nobody says how much there is', () => {
  assert.equal(isShort({ ...PLENTY, available: 0 }), false);
});

test('the figures are read from this process and machine', () => {
  const { heapUsed, heapLimit, available, total } = memoryFigures();
  assert.ok(heapUsed > 0 && heapUsed < heapLimit);
  assert.ok(available > 0 && available <= total);
});
