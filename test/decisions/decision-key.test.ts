import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { decisionKey, keyFault, textOf, tokenOf } from '../../src/decisions/decision-key.ts';

test('any text has a token of its own, which is valid in a key and gives the text back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      assert.equal(textOf(tokenOf(text)), text);
      assert.equal(keyFault(decisionKey('split', text)), null);
    }),
  );
  assert.equal(decisionKey('static', '*.apps.test/path'), 'static.Ki5hcHBzLnRlc3QvcGF0aA');
});

test('what is no token of any text has none', () => {
  for (const token of ['', 'A', 'QQ==', 'a.b', '__', 'ÄÄ']) assert.equal(textOf(token), null, token);
});

test('a key has at least two tokens of the characters that NATS takes', () => {
  const wrong = [
    '',
    'split',
    '.split',
    'split.',
    'split..a',
    'split.a b',
    'split.*',
    'split.>',
    'split.ä',
    7,
    null,
  ];
  for (const key of wrong) assert.match(keyFault(key) ?? '', /^key: found /, String(key));
  assert.match(keyFault(`split.${'a'.repeat(3000)}`)!, /^key: found 3006 characters, allowed: at most 2048$/);
});
