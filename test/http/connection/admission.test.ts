import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { type AddressCount, Admission } from '../../../src/http/connection/admission.ts';

const ADDRESSES = ['192.0.2.1', '192.0.2.2', '2001:db8::1'];

describe('client connections', () => {
  test('are admitted up to the limit, and again when one has left', () => {
    const admission = new Admission(2, 0);
    const first = admission.enter('192.0.2.1');
    assert.equal(admission.refusal('192.0.2.2'), null);
    admission.enter('192.0.2.1');
    assert.equal(admission.refusal('192.0.2.2'), 'too_many_connections');
    admission.leave(first);
    assert.equal(admission.refusal('192.0.2.2'), null);
  });

  test('X08 from one address are admitted up to a limit of its own', () => {
    const admission = new Admission(0, 1);
    const first = admission.enter('192.0.2.1');
    assert.equal(admission.refusal('192.0.2.1'), 'too_many_connections_from_address');
    assert.equal(admission.refusal('192.0.2.2'), null);
    admission.leave(first);
    assert.equal(admission.refusal('192.0.2.1'), null);
  });

  test('are not limited by 0', () => {
    const admission = new Admission(0, 0);
    for (let i = 0; i < 10_000; i++) admission.enter('192.0.2.1');
    assert.equal(admission.refusal('192.0.2.1'), null);
  });

  test('X09 are turned away while memory is short, however few there are', () => {
    const admission = new Admission(0, 0);
    admission.memoryIsShort = true;
    assert.equal(admission.refusal('192.0.2.1'), 'memory');
    admission.memoryIsShort = false;
    assert.equal(admission.refusal('192.0.2.1'), null);
  });

  test('after any coming and going are as many as a naive count says', () => {
    const step = fc.record({ address: fc.constantFrom(...ADDRESSES), enters: fc.boolean() });
    fc.assert(
      fc.property(fc.nat(4), fc.nat(3), fc.array(step), (max, maxPerAddress, steps) => {
        const admission = new Admission(max, maxPerAddress);
        const there: AddressCount[] = [];
        for (const { address, enters } of steps) {
          const same = there.filter((other) => other.address === address).length;
          const full = max > 0 && there.length >= max;
          const fullFor = maxPerAddress > 0 && same >= maxPerAddress;
          const refusal = admission.refusal(address);
          if (full) assert.equal(refusal, 'too_many_connections');
          else assert.equal(refusal, fullFor ? 'too_many_connections_from_address' : null);
          if (enters && refusal === null) {
            there.push(admission.enter(address));
          } else if (!enters && same > 0) {
            const [gone] = there.splice(
              there.findIndex((other) => other.address === address),
              1,
            );
            admission.leave(gone!);
          }
        }
      }),
    );
  });
});
