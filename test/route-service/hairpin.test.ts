import assert from 'node:assert/strict';
import { test } from 'vitest';
import { type Allowlist, allows, readAllowlist } from '../../src/route-service/hairpin.ts';

const list = (...entries: string[]) => readAllowlist(entries) as Allowlist;

test('§4.7 an empty list of internal route services allows all', () => {
  assert.ok(allows(list(), 'service.example.com'));
});

test('§4.7 an entry allows its own name in any case, a wildcard exactly one label more', () => {
  const some = list('Auth.example.com', '*.Wild.example.com');
  for (const host of ['auth.example.com', 'AUTH.example.COM', 'a.wild.example.com'])
    assert.ok(allows(some, host), host);
  for (const host of [
    'x.auth.example.com',
    'wild.example.com',
    'a.b.wild.example.com',
    'example.com',
    '.wild.example.com',
  ])
    assert.ok(!allows(some, host), host);
});

test('§4.7 an entry that is no name is named', () => {
  for (const entry of ['', '*', 'a', '*.a', 'a.*.b', 'a..b', 'http://a.b', 'a.b/c', '-a.b', 'a.b.'])
    assert.equal(
      readAllowlist(['ok.example.com', entry]),
      `allowlist-entry-invalid: ${JSON.stringify(entry)}`,
    );
});
