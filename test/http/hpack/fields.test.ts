import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { HpackDecoder } from '../../../src/http/hpack/decoder.ts';
import type { Field } from '../../../src/http/hpack/field.ts';
import * as pseudo from '../../../src/http/hpack/field-name.ts';
import { COOKIE, LOOKALIKE, OTHER } from '../../../src/http/message/field-name.ts';
import { decodedFields } from '../../support/decoded-block.ts';
import { encode } from '../../support/hpack.ts';
import { text } from '../../support/hpack-model.ts';

function field(name: string, value: string): Field {
  return decodedFields(new HpackDecoder(), encode([[name, value]]))![0]!;
}

/** The same in Huffman code. */
function huffmanField(name: string, value: string): Field {
  const block = Buffer.concat([Buffer.from([0]), text(name, true), text(value, true)]);
  return decodedFields(new HpackDecoder(), block)![0]!;
}

/** A character in front, behind, in between and alone. */
function around(char: string): string[] {
  return [char, `${char}a`, `a${char}`, `a${char}a`];
}

const EVERY_CHAR = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
const VALID_NAME = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const VALID_VALUE = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/;
const PLAIN_VALUE = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
const TARGET_VALUE = /^[\x21\x22\x24-\x7e\x80-\xff]+$/;

describe('a field', () => {
  test('has a valid name when that is of lower-case token characters', () => {
    for (const name of ['', ':', '::', ...EVERY_CHAR.flatMap(around)]) {
      for (const { name: own } of [field(name, ''), huffmanField(name, '')]) {
        assert.equal(own.text, name);
        assert.equal(own.isValid, VALID_NAME.test(name), JSON.stringify(name));
      }
    }
  });

  test('has a value that is valid, plain or a target by its characters', () => {
    for (const value of ['', '  ', '\t', ...EVERY_CHAR.flatMap(around)]) {
      for (const own of [field(':path', value), huffmanField(':path', value)]) {
        assert.equal(own.value, value);
        assert.equal(own.isValid, VALID_VALUE.test(value), JSON.stringify(value));
        assert.equal(own.isPlain, PLAIN_VALUE.test(value), JSON.stringify(value));
        assert.equal(own.isTarget, TARGET_VALUE.test(value), JSON.stringify(value));
      }
    }
  });

  test('is a target only as a :path', () => {
    for (const name of ['path', ':authority', 'x', '']) assert.equal(field(name, '/').isTarget, false);
  });

  test('is spelled as a line of HTTP/1.1, and counts 32 octets beyond its own', () => {
    const anyText = fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1'));
    fc.assert(
      fc.property(anyText, anyText, (name, value) => {
        for (const own of [field(name, value), huffmanField(name, value)]) {
          assert.equal(own.line, `${name}: ${value}\r\n`);
          assert.equal(own.size, name.length + value.length + 32);
        }
      }),
    );
  });

  const NAMES = [
    { name: 'cookie', id: COOKIE, kind: pseudo.NO_PSEUDO },
    { name: 'x-forwarded_for', id: LOOKALIKE, kind: pseudo.NO_PSEUDO },
    { name: 'x-unheard-of', id: OTHER, kind: pseudo.NO_PSEUDO },
    { name: '', id: OTHER, kind: pseudo.NO_PSEUDO },
    { name: 'method', id: OTHER, kind: pseudo.NO_PSEUDO },
    { name: ':method', id: OTHER, kind: pseudo.METHOD },
    { name: ':scheme', id: OTHER, kind: pseudo.SCHEME },
    { name: ':authority', id: OTHER, kind: pseudo.AUTHORITY },
    { name: ':path', id: OTHER, kind: pseudo.PATH },
    { name: ':protocol', id: OTHER, kind: pseudo.PROTOCOL },
    { name: ':status', id: OTHER, kind: pseudo.STATUS },
    { name: ':', id: OTHER, kind: pseudo.UNKNOWN_PSEUDO },
    { name: ':Method', id: OTHER, kind: pseudo.UNKNOWN_PSEUDO },
    { name: ':__proto__', id: OTHER, kind: pseudo.UNKNOWN_PSEUDO },
  ];

  test('is known by its name, however that is encoded', () => {
    for (const { name, id, kind } of NAMES) {
      for (const { name: own } of [field(name, 'a'), huffmanField(name, 'a')]) {
        assert.deepEqual({ name: own.text, id: own.id, kind: own.pseudo }, { name, id, kind });
      }
    }
  });

  test('of the static table is valid, and plain', () => {
    const all = Buffer.from(Array.from({ length: 61 }, (_, at) => 0x81 + at));
    for (const own of decodedFields(new HpackDecoder(), all)!) {
      assert.ok(own.name.isValid && own.isValid && own.isPlain && !own.sensitive, own.line);
    }
  });
});
