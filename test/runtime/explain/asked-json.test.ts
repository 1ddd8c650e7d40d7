import assert from 'node:assert/strict';
import { test } from 'vitest';
import { readAsked } from '../../../src/http/explain/asked-request.ts';
import { readAskedAt } from '../../../src/runtime/explain/asked-json.ts';
import { readExplanation } from '../../../src/runtime/explain/told-explanation.ts';

const LIMITS = { bytes: 65_536, fields: 100, target: 8192 };
const ASKED = { target: '/', host: 'shop.test' };

test('an empty header line, which would end the head, is refused by its place', () => {
  assert.match(
    readAskedAt({ ...ASKED, lines: ['A: b', '', 'C: d'] }) as string,
    /^lines\.1: allowed: NAME: VALUE$/,
  );
});

test('a character beyond ASCII is read as terminals send it, and never as the end of a line', () => {
  const asked = readAskedAt({ ...ASKED, lines: ['X-Name: čĊé'] });
  if (typeof asked === 'string') assert.fail(asked);
  const read = readAsked(asked, LIMITS);
  if ('status' in read) assert.fail(read.detail);
  assert.equal(read.head.anyValueOf('x-name'), Buffer.from('čĊé').toString('latin1'));
});

test('what another router tells is taken as an explanation where all is there that is shown of it', () => {
  const told = {
    request: { method: 'GET', host: 'shop.test', path: '/' },
    ...{ tried: [], route: null, answer: null, rule: '', service: '', pin: '', session: '', algorithm: '' },
    ...{ algorithmFrom: null, split: null, endpoints: [], more: 0, limits: [], nearest: [], later: 1 },
  };
  assert.deepEqual(readExplanation(told), told);
  assert.equal(readExplanation(null), null);
  for (const wrong of [
    {},
    { ...told, limits: undefined },
    { ...told, route: {} },
    { ...told, endpoints: [{}] },
    [],
  ]) {
    assert.equal(readExplanation(wrong), undefined, JSON.stringify(wrong));
  }
});
