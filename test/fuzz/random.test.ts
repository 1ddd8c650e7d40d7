import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { Random } from '../../fuzz/random.ts';

function sample(seed: number, stream: number): number[] {
  const random = new Random(seed, stream);
  return Array.from({ length: 1000 }, () => random.below(1000));
}

describe('the seeded generator', () => {
  test('gives the same numbers for the same seed and stream, for ever', () => {
    assert.deepEqual(sample(7, 9), sample(7, 9));
    assert.deepEqual(sample(1, 2).slice(0, 6), [944, 403, 11, 112, 605, 709]);
  });

  test('gives other numbers for another seed or stream', () => {
    assert.notDeepEqual(sample(7, 9), sample(8, 9));
    assert.notDeepEqual(sample(7, 9), sample(7, 10));
    assert.notDeepEqual(sample(7, 9), sample(9, 7));
  });

  test('stays within its bounds and reaches them', () => {
    const random = new Random(1, 1);
    const counts = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < 6000; i++) counts[random.below(6)]!++;
    assert.ok(
      counts.every((count) => count > 800 && count < 1200),
      String(counts),
    );
  });
});
