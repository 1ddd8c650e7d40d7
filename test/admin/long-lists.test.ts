import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { list } from '../../src/admin/answer.ts';

test('a list is the same JSON in pieces as at once, and an item is looked at when those before it are read', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 200 }), (items) => {
      let looks = 0;
      const answer = list('items', items, (item) => {
        looks++;
        return { item };
      });
      assert.ok(answer.kind === 'pieces');
      assert.equal(looks, 0);
      const text = [...answer.pieces].join('');
      assert.deepEqual(
        JSON.parse(text),
        JSON.parse(JSON.stringify({ items: items.map((item) => ({ item })) })),
      );
      assert.ok(text.endsWith('\n'));
    }),
  );
});
