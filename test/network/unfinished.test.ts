import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { Unfinished } from '../../src/network/unfinished.ts';

const LIMIT = 1000;

test('what is held is within the limit, or all of one holder, and only older ones have gone', () => {
  const step = fc.record({ who: fc.nat(9), bytes: fc.oneof(fc.constant(0), fc.nat(1200)) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const unfinished = new Unfinished(LIMIT);
      /** In the order in which they began. */
      const model = new Map<number, number>();
      const holders = Array.from({ length: 10 }, (_, who) => ({
        shed() {
          assert.equal(
            [...model.keys()].find((other) => other !== current),
            who,
          );
          model.delete(who);
        },
      }));
      let current = -1;
      for (const { who, bytes } of steps) {
        current = who;
        if (bytes === 0) {
          model.delete(who);
          unfinished.letGo(holders[who]!);
          continue;
        }
        model.set(who, bytes);
        unfinished.hold(holders[who]!, bytes);
        const total = [...model.values()].reduce((sum, each) => sum + each, 0);
        assert.ok(total <= LIMIT || model.size === 1, `${total}`);
        assert.ok(model.has(who));
      }
    }),
  );
});
