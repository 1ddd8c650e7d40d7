import assert from 'node:assert/strict';
import { test } from 'vitest';
import { WallOffset } from '../../../src/runtime/snapshot/wall-offset.ts';

test('the wall clock is asked ten times a second at most, and followed where it has been set', () => {
  let asked = 0;
  let ahead = 1_000_000;
  let steady = 0;
  const offset = new WallOffset(() => {
    asked++;
    return ahead + steady;
  });
  for (; steady < 1000; steady++) assert.equal(offset.at(steady), 1_000_000);
  assert.equal(asked, 10);
  ahead += 900;
  for (; steady < 2000; steady++) assert.equal(offset.at(steady), 1_000_000, 'that is no more than slewed');
  ahead += 3_600_000;
  for (; steady < 2100; steady++) offset.at(steady);
  assert.equal(offset.at(steady), 4_600_900);
});
