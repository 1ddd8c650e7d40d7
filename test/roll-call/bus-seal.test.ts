import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { BusSeal, type SealRefusal } from '../../src/roll-call/bus-seal.ts';

const KEY = randomBytes(32);
const PLACE = { subject: 'cellgate.v1.tap.ask', reply: 'cellgate.v1.tap.answer.x.1' };
const LONGEST = 10_000;

function sealed(key: Uint8Array = KEY, clock = { now: 1_700_000_000_000 }) {
  const refused: SealRefusal[] = [];
  const seal = new BusSeal({ key, now: () => clock.now, onRefused: (why) => void refused.push(why) });
  return { seal, refused, clock };
}

describe('a sealed message', () => {
  test('is read by whoever has the key, with who has written it, and by nobody else', () => {
    const { seal } = sealed();
    const message = { request: 'a secret id', text: 'ü\0"' };
    const bytes = seal.write(message, 'router-1', PLACE);
    assert.ok(!Buffer.from(bytes).includes('secret'));
    assert.deepEqual(seal.read(bytes, PLACE, LONGEST), { fields: message, from: 'router-1' });
    const other = sealed(randomBytes(32));
    assert.equal(other.seal.read(bytes, PLACE, LONGEST), null);
    assert.deepEqual(other.refused, ['other-key']);
  });

  test('is not read in another place, nor under another name, nor a second time', () => {
    const { seal, refused } = sealed();
    const bytes = Buffer.from(seal.write({ a: 1 }, 'router-1', PLACE));
    for (const place of [
      { ...PLACE, subject: 'cellgate.v1.requests.ask' },
      { ...PLACE, reply: 'cellgate.v1.tap.answer.y.1' },
      { subject: PLACE.reply, reply: PLACE.subject },
    ]) {
      assert.equal(seal.read(bytes, place, LONGEST), null);
    }
    const renamed = Buffer.from(bytes.toString('latin1').replace('router-1', 'router-2'), 'latin1');
    assert.equal(seal.read(renamed, PLACE, LONGEST), null);
    assert.notEqual(seal.read(bytes, PLACE, LONGEST), null);
    assert.equal(seal.read(bytes, PLACE, LONGEST), null);
    assert.deepEqual(refused, [...Array.from({ length: 4 }, () => 'not-authentic'), 'replayed']);
  });

  test('is read for a minute, by clocks that are a minute apart at most, and never twice meanwhile', () => {
    const clock = { now: 1_700_000_000_000 };
    const [old, far] = [sealed(KEY, clock), sealed(KEY, clock)];
    const bytes = old.seal.write({ a: 1 }, 'r', PLACE);
    clock.now += 60_001;
    assert.equal(far.seal.read(bytes, PLACE, LONGEST), null);
    clock.now -= 120_002;
    assert.equal(far.seal.read(bytes, PLACE, LONGEST), null);
    assert.deepEqual(far.refused, ['out-of-time', 'out-of-time']);
    clock.now += 1;
    assert.notEqual(far.seal.read(bytes, PLACE, LONGEST), null);
    // As long as its time is right it is remembered.
    for (const step of [60_000, 59_999, 1]) {
      clock.now += step;
      assert.equal(far.seal.read(bytes, PLACE, LONGEST), null);
    }
    assert.deepEqual(far.refused.slice(2), ['replayed', 'replayed', 'replayed']);
  });

  test('with any bit changed, or cut, or longer than is wanted is not read', () => {
    const { seal } = sealed();
    const bytes = Buffer.from(seal.write({ some: 'message' }, 'router-1', PLACE));
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), fc.boolean(), (bit, cuts) => {
        const changed = Buffer.from(bytes);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        const end = cuts ? bit >> 3 : bytes.length;
        assert.equal(seal.read(cuts ? bytes.subarray(0, end) : changed, PLACE, LONGEST), null);
      }),
      { numRuns: 2000 },
    );
    const long = seal.write({ text: 'x'.repeat(2000) }, 'router-1', PLACE);
    assert.equal(seal.read(long, PLACE, 500), null);
    assert.notEqual(seal.read(bytes, PLACE, LONGEST), null);
  });

  test('of no kind brings anybody down', () => {
    const { seal } = sealed();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.boolean(), (bytes, begins) => {
        const line = `cellgate-sealed 1 ${'0'.repeat(16)} 1 ${'0'.repeat(24)} a\n`;
        const all = begins ? Buffer.concat([Buffer.from(line), bytes]) : bytes;
        assert.equal(seal.read(all, PLACE, LONGEST), null);
      }),
    );
    const list = seal.write([1] as unknown as object, 'r', PLACE);
    assert.deepEqual(seal.read(list, PLACE, LONGEST)?.fields, [1]);
    const nothing = seal.write(null as unknown as object, 'r', PLACE);
    assert.equal(seal.read(nothing, PLACE, LONGEST), null);
  });
});
