import assert from 'node:assert/strict';
import { test } from 'vitest';
import { distinguishedName, permits } from '../../src/tls/subject-rules.ts';

const name = distinguishedName;
const CA = name({ O: 'Org', CN: 'CA' });
const OTHER_CA = name({ O: 'Org', CN: 'Other CA' });
const CLIENT = name({ O: 'Org', OU: ['one', 'two'], CN: 'client' });
const RULE = { issuerInChain: CA, validSubjects: [CLIENT] };

test('§3.14 under an issuer with a rule only the subjects it lists may come in', () => {
  assert.ok(permits([RULE], CLIENT, [CA]));
  assert.ok(!permits([RULE], name({ O: 'Org', OU: ['one', 'two'], CN: 'another' }), [CA]));
  assert.ok(!permits([{ ...RULE, validSubjects: [] }], CLIENT, [CA]));
});

test('§3.14 a rule says nothing of other issuers', () => {
  assert.ok(permits([RULE], name({ CN: 'anybody' }), [OTHER_CA]));
  assert.ok(permits([], name({ CN: 'anybody' }), [CA]));
});

test('§3.14 all rules of all issuers in the chain hold', () => {
  const second = { issuerInChain: OTHER_CA, validSubjects: [name({ CN: 'else' })] };
  assert.ok(!permits([RULE, second], CLIENT, [CA, OTHER_CA]));
  assert.ok(permits([RULE, second], CLIENT, [CA]));
});

test('§3.14 a subject is compared as a whole, lists in their order', () => {
  for (const near of [
    { O: 'Org', OU: ['two', 'one'], CN: 'client' },
    { O: 'Org', OU: 'one', CN: 'client' },
    { O: 'Org', OU: ['one', 'two'], CN: 'client', C: 'DE' },
    { O: 'Org', OU: ['one', 'two'], CN: 'client', serialNumber: '1' },
    { O: 'org', OU: ['one', 'two'], CN: 'client' },
  ]) {
    assert.ok(!permits([RULE], name(near), [CA]), JSON.stringify(near));
  }
});
