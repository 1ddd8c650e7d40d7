import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import {
  decodeRollMessage,
  encodeRollMessage,
  idOfStart,
  ROUTER_STATES,
  type RollMessage,
} from '../../src/roll-call/roll-message.ts';

const MESSAGE: RollMessage = {
  id: '0-b1e9',
  version: '0.1.0',
  address: '10.0.0.1:8080',
  routes: 12,
  generation: 40,
  decisions: 3,
  state: 'serving',
};

function decode(fields: object): string {
  const decoded = decodeRollMessage(Buffer.from(JSON.stringify(fields)));
  return decoded.ok ? 'taken' : decoded.error;
}

test('any message comes back as it was, and what a later version adds is left out', () => {
  const word = fc.string({ maxLength: 60, unit: fc.constantFrom(...'aZ09-._:[]') });
  const count = fc.maxSafeNat();
  const fields = {
    id: word.filter((id) => id !== ''),
    version: word,
    address: word,
    routes: count,
    generation: count,
    decisions: count,
    state: fc.constantFrom(...ROUTER_STATES),
  };
  const messages = fc.record(fields, { noNullPrototype: true });
  fc.assert(
    fc.property(messages, (message) => {
      assert.deepEqual(decodeRollMessage(encodeRollMessage(message)), { ok: true, message });
      const later = Buffer.from(JSON.stringify({ ...message, mood: 'good' }));
      assert.deepEqual(decodeRollMessage(later), { ok: true, message });
    }),
  );
});

test('what is wrong with a message is named', () => {
  const wrong: [fields: object, error: string][] = [
    [{ id: '' }, 'id: found "", allowed: 1 to 128 printable characters without blanks'],
    [{ id: 'a b' }, 'id: found "a b", allowed: 1 to 128 printable characters without blanks'],
    [{ id: undefined }, 'id: found nothing, allowed: 1 to 128 printable characters without blanks'],
    [{ version: 7 }, 'version: found 7, allowed: 0 to 64 printable characters without blanks'],
    [{ address: 'a\nb' }, 'address: found "a\\nb", allowed: 0 to 300 printable characters without blanks'],
    [{ routes: -1 }, 'routes: found -1, allowed: an integer from 0'],
    [{ generation: 1.5 }, 'generation: found 1.5, allowed: an integer from 0'],
    [{ decisions: '3' }, 'decisions: found "3", allowed: an integer from 0'],
    [{ state: 'asleep' }, 'state: found "asleep", allowed: one of starting, serving, draining, leaving'],
  ];
  assert.equal(decode(MESSAGE), 'taken');
  for (const [fields, error] of wrong) assert.equal(decode({ ...MESSAGE, ...fields }), error);
  assert.equal(decode([MESSAGE]), 'message: no JSON object');
  assert.match(
    decode({ ...MESSAGE, more: 'x'.repeat(5000) }),
    /^payload is 5\d+ bytes long, allowed: at most 4096$/,
  );
});

test('no bytes at all make the decoder throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (payload) => {
      assert.equal(typeof decodeRollMessage(payload).ok, 'boolean');
      idOfStart(payload);
    }),
  );
});

test('the id of a gorouter is read from its start message', () => {
  assert.equal(idOfStart(Buffer.from('{"id":"1-abc","hosts":["10.0.0.2"]}')), '1-abc');
  for (const text of ['{}', '{"id":1}', '[]', 'x', '{"id":""}'])
    assert.equal(idOfStart(Buffer.from(text)), null);
});
