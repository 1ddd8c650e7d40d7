import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { encodeField, encodeStatus } from '../../../src/http/hpack/encoder.ts';
import { STATIC } from '../../support/hpack.ts';
import { decodeBlock, type ModelField, ModelTable } from '../../support/hpack-model.ts';

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** As the model reads it; the model's table stays empty. */
function read(block: string): ModelField[] {
  const table = new ModelTable(4096);
  const fields = decodeBlock(table, 4096, latin1(block));
  assert.equal(table.count, 0);
  return fields;
}

const TOKEN_CHARS = "!#$%&'*+-.^_`|~0123456789ABCXYZabcxyz";
const token = fc
  .array(fc.constantFrom(...TOKEN_CHARS), { minLength: 1, maxLength: 90 })
  .map((chars) => chars.join(''));
const staticName = fc.constantFrom(...STATIC.map(([name]) => name));
const value = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  fc.constantFrom(...STATIC.map(([, own]) => own)),
  fc.constantFrom(126, 127, 128, 254, 255, 16_510, 70_000).map((length) => 'v'.repeat(length)),
);

describe('an encoded field', () => {
  test('is read as what it was, the name in lower case, and fills no table', () => {
    fc.assert(
      fc.property(fc.oneof(token, staticName), value, fc.boolean(), (name, own, sensitive) => {
        // Twice, as the second is encoded with what was kept of the first.
        for (let time = 0; time < 2; time++) {
          assert.deepEqual(read(encodeField(name, own, sensitive)), [[name.toLowerCase(), own, sensitive]]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('is one octet when the static table has it, and it is not sensitive', () => {
    for (const [at, [name, own]] of STATIC.entries()) {
      assert.deepEqual(latin1(encodeField(name.toUpperCase(), own, false)), Buffer.from([0x81 + at]), name);
      assert.deepEqual(read(encodeField(name, own, true)), [[name, own, true]]);
    }
  });

  test('has the name as an index when the static table has that', () => {
    for (const [name] of STATIC) {
      const block = latin1(encodeField(name, 'other', false));
      assert.ok(block.length <= 2 + 1 + 'other'.length, name);
    }
    assert.deepEqual(latin1(encodeField(':path', '/a', false)), latin1('\x04\x02/a'));
    assert.deepEqual(latin1(encodeField('Cookie', 'a=b', true)), latin1('\x1f\x11\x03a=b'));
    assert.deepEqual(
      latin1(encodeField(':protocol', 'websocket', false)),
      latin1('\0\t:protocol\twebsocket'),
    );
  });

  test('is the same after more names than are kept', () => {
    for (let at = 0; at < 5000; at++) {
      assert.deepEqual(read(encodeField(`X-${at}`, 'a', false)), [[`x-${at}`, 'a', false]]);
    }
    assert.deepEqual(latin1(encodeField(':method', 'GET', false)), Buffer.from([0x82]));
    assert.deepEqual(read(encodeField('X-1', 'b', true)), [['x-1', 'b', true]]);
  });
});

test('an encoded status is one octet where the static table has it, and five elsewhere', () => {
  for (let status = 100; status <= 999; status++) {
    const block = encodeStatus(status);
    assert.deepEqual(read(block), [[':status', String(status), false]]);
    assert.equal(block.length, [200, 204, 206, 304, 400, 404, 500].includes(status) ? 1 : 5);
  }
});
