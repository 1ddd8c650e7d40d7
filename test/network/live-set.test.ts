import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { type Live, LiveSet } from '../../src/network/live-set.ts';

test('after any comings and goings it holds what a Set holds', () => {
  const step = fc.record({ comes: fc.boolean(), who: fc.nat(9) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const everybody: Live[] = Array.from({ length: 10 }, () => ({ livePlace: -1 }));
      const live = new LiveSet<Live>();
      const plain = new Set<Live>();
      for (const { comes, who } of steps) {
        const member = everybody[who]!;
        live[comes ? 'add' : 'delete'](member);
        plain[comes ? 'add' : 'delete'](member);
        assert.equal(live.size, plain.size);
        assert.deepEqual(new Set(live), plain);
      }
    }),
  );
});

test('who goes while all are looked at hides nobody', () => {
  const live = new LiveSet<Live>();
  for (let each = 0; each < 5; each++) live.add({ livePlace: -1 });
  let seen = 0;
  for (const member of live) {
    live.delete(member);
    seen++;
  }
  assert.deepEqual([seen, live.size], [5, 0]);
});
