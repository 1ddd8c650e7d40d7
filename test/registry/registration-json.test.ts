import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { HeldEndpoint } from '../../src/registry/held-endpoint.ts';
import { RegistrationJson } from '../../src/registry/registration-json.ts';
import { routeMessage } from '../support/registry-fixture.ts';

const MOST = 1000;

/** Endpoints with a tag of such a length each, and how often one of them was read from the table's memory. */
function fixture(...lengths: number[]) {
  const reads: number[] = [];
  const held = lengths.map((_, at) => ({ record: at }) as HeldEndpoint);
  const json = new RegistrationJson(({ record }) => {
    reads.push(record);
    return routeMessage({ tags: { x: 'y'.repeat(lengths[record]!) } });
  }, MOST);
  return { reads, held, json };
}

test('2.2.2 what an endpoint says is written once for its routes, others in between or not', () => {
  const { reads, held, json } = fixture(10, 20, 900);
  for (let route = 0; route < 1000; route++) {
    for (const each of held)
      assert.ok(json.fields(`r${route}.test`, null, each)?.includes(`"r${route}.test"`));
  }
  assert.deepEqual(reads, [0, 1, 2]);
});

test('2.2.2 one that says too much for a line is read once, and never again', () => {
  const { reads, held, json } = fixture(MOST, 10);
  for (let route = 0; route < 1000; route++) {
    assert.equal(json.fields(`r${route}.test`, null, held[0]!), null);
    assert.notEqual(json.fields(`r${route}.test`, null, held[1]!), null);
  }
  assert.deepEqual(reads, [0, 1]);
});

test('2.2.2 what is kept of them has a bound, beyond which they are read again', () => {
  const { reads, held, json } = fixture(...Array.from({ length: 4000 }, () => 900));
  for (let round = 0; round < 2; round++) {
    for (const each of held) assert.notEqual(json.fields('a.test', null, each), null);
  }
  assert.equal(reads.length, 8000);
});
