import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { sortedKeys } from '../../src/registry/sorted-keys.ts';

const sorted = (keys: Iterable<string>) => [...sortedKeys(keys)].filter((key) => key !== null);

test('keys come in the order of sort', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string()), (keys) => {
      assert.deepEqual(sorted(keys), keys.toSorted());
    }),
  );
});

test('many keys come in the order of sort, with pauses before the first', () => {
  const keys = Array.from({ length: 50_000 }, (_, at) => `app-${(at * 7919) % 50_000}.test`);
  assert.deepEqual(sorted(keys), keys.toSorted());
  assert.equal([...sortedKeys(keys)].filter((key) => key === null).length, 12);
});
