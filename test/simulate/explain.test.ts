import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { UsageError } from '../../simulate/count-option.ts';
import { chance, upperTail } from '../../simulate/explain/chi-square.ts';
import { compare } from '../../simulate/explain/compare.ts';
import { parseOptions } from '../../simulate/explain/options.ts';
import type { World } from '../../simulate/explain/world.ts';

const PAIRS = 300;
/** Of all pairs together. */
const LEAST = 0.001 / PAIRS;

/** The first difference that is found over all seeds; null: none is. */
function firstDifference(change?: (world: World) => void): string | null {
  for (let seed = 1; seed <= PAIRS; seed++) {
    const found = compare(seed, LEAST, change);
    if (found !== null) return `seed ${seed}: ${found}`;
  }
  return null;
}

describe('2.3 explain, over tables and requests of all kinds', () => {
  test('names the endpoints that requests get, and the odds by which they do', () => {
    assert.equal(firstDifference(), null);
  });

  const changes: readonly (readonly [what: string, change: (world: World) => void])[] = [
    ['orders are taken back', ({ proxy }) => proxy.routes.orders.replace([])],
    ['an endpoint gets more to do', ({ cells }) => void cells.begin(0)],
    [
      'another zone is preferred',
      ({ proxy }) => {
        const { settings } = proxy.context;
        proxy.context.settings = { ...settings, preferredZone: settings.preferredZone === '' ? 'z2' : '' };
      },
    ],
    [
      'marks of failures are gone',
      (world) => {
        world.markAgain = () => {};
        for (let seat = 0; seat < 30; seat++) world.cells.clearFailed(seat);
      },
    ],
  ];
  for (const [what, change] of changes) {
    test(`is found to be wrong where meanwhile ${what}`, () => {
      assert.notEqual(firstDifference(change), null);
    });
  }
});

describe('χ²', () => {
  test('has the tails that tables have', () => {
    for (const [square, freedom, p] of [
      [3.841, 1, 0.05],
      [10.828, 1, 0.001],
      [5.991, 2, 0.05],
      [18.307, 10, 0.05],
      [29.588, 10, 0.001],
      [28.374, 1, 1e-7],
    ] as const) {
      const found = upperTail(square, freedom);
      assert.ok(Math.abs(found - p) < p * 0.01, `${square} ${freedom}: ${found}`);
    }
    assert.equal(upperTail(0, 3), 1);
  });

  test('of what is as expected is no surprise, and of what is not is one', () => {
    const cells = (seen: readonly number[]) => seen.map((each) => ({ expected: 100, seen: each }));
    assert.ok(chance(cells([98, 103, 99])) > 0.5);
    assert.ok(chance(cells([160, 70, 70])) < 1e-6);
    // What was expected by as few samples may be off as far itself.
    assert.ok(chance(cells([160, 70, 70]), 100) > 1e-6);
    assert.equal(chance(cells([100])), 1);
  });
});

test('pairs and the first seed are what the command line says', () => {
  assert.deepEqual(parseOptions([]), { help: false, pairs: 10_000, from: 1 });
  assert.deepEqual(parseOptions(['--pairs', '3', '--from', '0']), { help: false, pairs: 3, from: 0 });
  for (const args of [['--pairs', '0'], ['--from', '-1'], ['--pairs'], ['--seeds', '3']]) {
    assert.throws(() => parseOptions(args), UsageError);
  }
});
