import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { Places } from '../../src/registry/places.ts';

function taken(places: Places, units: number): number {
  const free = places.take(units);
  return free >= 0 ? free : places.extend(units);
}

const step = fc.record({
  units: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 500, max: 2000 })),
  gives: fc.boolean(),
  which: fc.nat(),
});

test('no two stretches overlap, and when all are back there is nothing in use', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const places = new Places();
      const held: { begin: number; units: number }[] = [];
      for (const { units, gives, which } of steps) {
        if (gives && held.length > 0) {
          const [back] = held.splice(which % held.length, 1);
          places.give(back!.begin, back!.units);
        } else {
          held.push({ begin: taken(places, units), units });
        }
        const ordered = held.toSorted((a, b) => a.begin - b.begin);
        for (const [at, { begin, units }] of ordered.entries()) {
          assert.ok(begin + units <= (ordered[at + 1]?.begin ?? places.end));
        }
        const last = ordered.at(-1);
        assert.equal(places.end, last === undefined ? 0 : last.begin + last.units);
      }
      for (const { begin, units } of held) places.give(begin, units);
      assert.equal(places.end, 0);
    }),
    { numRuns: 500 },
  );
});

test('ever new sizes, one at a time, never need more than the largest', () => {
  const places = new Places();
  for (let units = 12_500; units > 0; units--) places.give(taken(places, units), units);
  assert.equal(places.end, 0);
  for (let units = 1; units < 12_500; units++) {
    places.give(taken(places, units), units);
    assert.ok(places.end <= units);
  }
});

test('between two that stay, what is free is used before the memory goes on', () => {
  const places = new Places();
  const [one, two, three] = [taken(places, 10), taken(places, 600), taken(places, 10)];
  places.give(two, 600);
  const pieces = Array.from({ length: 60 }, () => taken(places, 10));
  assert.deepEqual(
    pieces.toSorted((a, b) => a - b),
    Array.from({ length: 60 }, (_, at) => two + 10 * at),
  );
  assert.equal(places.end, 620);
  for (const piece of pieces) places.give(piece, 10);
  assert.equal(taken(places, 600), two);
  assert.deepEqual([one, three], [0, 610]);
});
