import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { type JsonStep, JsonWalk } from '../../src/bus/json-walk.ts';
import { messagePlace } from '../../src/bus/message-place.ts';
import { decodeRouteMessage } from '../../src/bus/route-message.ts';

const GOOD = { host: '10.0.0.7', port: 8080, uris: ['a.test', 'b.test'], tags: { a: 'b' } };

/** What stands at the place that the first error of this message is about. */
function blamed(payload: Buffer): string {
  const decoded = decodeRouteMessage(payload);
  const error = decoded.ok ? decoded.problems[0]! : decoded.error;
  const at = messagePlace(payload, error);
  return at < 0 ? 'nothing' : payload.subarray(at, at + 8).toString('latin1');
}

describe('2.11 the byte of a message that was wrong', () => {
  const cases: Readonly<Record<string, readonly [payload: string | Buffer, blamed: string]>> = {
    'of a field': [JSON.stringify({ ...GOOD, port: 'eighty' }), '"eighty"'],
    'of a field in other letters': ['{"Host": "a", "PORT": -7}', '-7}'],
    'of an element': [JSON.stringify({ ...GOOD, uris: ['a.test', 7777777] }), '7777777]'],
    'of a route': [JSON.stringify({ ...GOOD, uris: ['é.test', 'b c.test'] }), '"\xc3\xa9.test'],
    'of a field in a field': [JSON.stringify({ ...GOOD, tags: { a: 4711 } }), '4711}}'],
    'of a field that is there twice': ['{"port": 1, "port": "last"}', '"last"}'],
    'of what is no JSON': ['{"host": 10.0.0.7}', '10.0.0.7'],
    'of what ends too early': ['{"host": "a"', ''],
    'of what goes on behind its end': ['{"host": "a"} {"b":1}', '{"b":1}'],
    'of what is no UTF-8': [Buffer.from('{"host": "a\xff"}', 'latin1'), '\xff"}'],
    'none, where all of it is wrong': [JSON.stringify([1, 2]), 'nothing'],
    'none, where something is missing': [JSON.stringify({ ...GOOD, port: undefined }), 'nothing'],
  };
  for (const [what, [payload, expected]] of Object.entries(cases)) {
    test(what, () => assert.equal(blamed(Buffer.from(payload as string)), expected));
  }
});

test('2.11 every value of any JSON is found by the way to it', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 3 }), fc.infiniteStream(fc.nat(20)), (json, turns) => {
      const root: unknown = JSON.parse(json);
      const text = JSON.stringify(root);
      const way: JsonStep[] = [];
      let value = root;
      while (typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
        const keys = Object.keys(value);
        const key = keys[turns.next().value % keys.length]!;
        way.push(Array.isArray(value) ? Number(key) : key.toLowerCase());
        value = (value as Record<string, unknown>)[key];
      }
      const walk = new JsonWalk(text, way);
      assert.equal(walk.fault, -1, text);
      // Names that differ in case alone are one to gorouter, and the last one counts.
      const isUnique = !/[A-Z]/.test(text);
      if (way.length > 0 && isUnique) assert.ok(text.startsWith(JSON.stringify(value), walk.found), text);
    }),
  );
});

test('2.11 what is JSON to the platform is to the walk, and what is not is not', () => {
  const part = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '1',
    '-0.5e3',
    '01',
    'true',
    'nul',
    ' ',
    '"',
    '\\',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const text = parts.join('');
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      assert.equal(new JsonWalk(text, []).fault < 0, isJson, text);
    }),
    { numRuns: 5000 },
  );
});

test('2.11 a message as deep as may be breaks nothing', () => {
  const deep = Buffer.from('['.repeat(500_000));
  assert.equal(messagePlace(deep, 'payload is not valid JSON'), 500_000);
});
