import assert from 'node:assert/strict';
import { test } from 'vitest';
import { UsageError } from '../../simulate/count-option.ts';
import { parseOptions } from '../../simulate/options.ts';

test('seeds, steps and the first seed are numbers, with a default each', () => {
  assert.deepEqual(parseOptions([]), { help: false, seeds: 100, steps: 100_000, from: 1 });
  assert.deepEqual(parseOptions(['--seeds', '3', '--steps', '7', '--from', '0']), {
    help: false,
    seeds: 3,
    steps: 7,
    from: 0,
  });
});

test('what makes no sense is refused by its name', () => {
  for (const args of [
    ['--seeds', '0'],
    ['--steps', 'many'],
    ['--from', '-1'],
    ['--fuel', '1'],
    ['--seeds'],
  ]) {
    assert.throws(() => parseOptions(args), UsageError);
  }
});
