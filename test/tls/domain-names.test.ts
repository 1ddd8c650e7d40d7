import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { DomainNames } from '../../src/tls/domain-names.ts';

const label = fc.constantFrom('a', 'b', 'A', 'apps', '*');
const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
const name = fc.tuple(fc.boolean(), host).map(([wild, text]) => (wild ? `*.${text}` : text));

test('§3.14 a host is in the domain of its name, or else in that of a wildcard for one label', () => {
  fc.assert(
    fc.property(fc.array(name, { maxLength: 5 }), host, fc.boolean(), (names, text, dot) => {
      const lower = names.map((each) => each.toLowerCase());
      const wanted = text.toLowerCase();
      const [, ...parent] = wanted.split('.');
      const wildcard = ['*', ...parent].join('.');
      const expected = lower.includes(wanted)
        ? wanted
        : parent.length > 0 && lower.includes(wildcard)
          ? wildcard
          : '';
      assert.equal(new DomainNames(names).of(dot ? `${text}.` : text), expected);
    }),
  );
});

test('§3.14 what is no host is in no domain', () => {
  const domains = new DomainNames(['*.test', 'a.test']);
  for (const text of ['', '.', '.test', '..test', 'test', 'a.test..', '\0'])
    assert.equal(domains.of(text), '', text);
});
