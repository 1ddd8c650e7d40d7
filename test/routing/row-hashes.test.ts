import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { RouteHash } from '../../src/routing/route-hash.ts';
import { RowHashes } from '../../src/routing/row-hashes.ts';

/** The rows found for a hash, in order, and how many keys go on behind it. */
function found(hashes: RowHashes, hash: number): [rows: number[], prefixes: number] {
  const rows: number[] = [];
  let prefixes = 0;
  for (let cell = hashes.first(hash); hashes.referenceAt(cell) !== 0; cell = hashes.after(cell)) {
    if (hashes.hashAt(cell) !== hash) continue;
    const reference = hashes.referenceAt(cell);
    if (reference > 0) rows.push(reference - 1);
    else prefixes -= reference;
  }
  return [rows.toSorted((a, b) => a - b), prefixes];
}

test('after any changes each hash leads to its rows and prefixes, however many hashes are alike', () => {
  // Many of these begin their search in the same cell, some at the end of the table.
  const hash = fc.constantFrom(0, 64, 128, 63, 127, -1, 1, 62, 2 ** 31 - 1);
  const step = fc.record({ verb: fc.constantFrom('row', 'row', 'prefix', 'drop'), hash, which: fc.nat() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
      const hashes = new RowHashes();
      const rows: { readonly hash: number; readonly row: number }[] = [];
      const prefixes: number[] = [];
      for (const [row, next] of steps.entries()) {
        if (next.verb === 'row') {
          hashes.addRow(next.hash, row);
          rows.push({ hash: next.hash, row });
        } else if (next.verb === 'prefix') {
          hashes.addPrefix(next.hash);
          prefixes.push(next.hash);
        } else if (next.which % 2 === 0 && rows.length > 0) {
          const [gone] = rows.splice(next.which % rows.length, 1);
          hashes.removeRow(gone!.hash, gone!.row);
        } else if (prefixes.length > 0) {
          hashes.removePrefix(prefixes.splice(next.which % prefixes.length, 1)[0]!);
        }
      }
      for (const each of new Set(steps.map(({ hash: one }) => one))) {
        const expected = rows.filter((row) => row.hash === each).map(({ row }) => row);
        const behind = prefixes.filter((prefix) => prefix === each).length;
        assert.deepEqual(found(hashes, each), [expected.toSorted((a, b) => a - b), behind], `${each}`);
      }
    }),
    { numRuns: 300 },
  );
});

test('X12 hashes of keys differ from thread to thread, and with any byte of the key or of what stands before it', () => {
  const bytes = Buffer.from('app-12345.apps.platform.test');
  const hash = new RouteHash();
  const one = hash.of(bytes, 0, bytes.length, 0);
  assert.equal(hash.of(bytes, 0, bytes.length, 0), one);
  assert.notEqual(new RouteHash().of(bytes, 0, bytes.length, 0), one);
  const others = new Set([hash.of(bytes, 0, bytes.length, 1), hash.of(bytes, 0, bytes.length - 1, 0)]);
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1;
    others.add(hash.of(changed, 0, changed.length, 0));
  }
  assert.equal(others.size, bytes.length + 2);
  assert.ok(!others.has(one));
});
