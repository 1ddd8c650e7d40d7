import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import {
  type CertificateNames,
  certificateChoice,
  chooseCertificate,
} from '../../src/tls/certificate-choice.ts';

function chosen(certificates: readonly (readonly string[])[], name: string): number {
  const named = certificates.map((dnsNames) => ({ dnsNames, commonName: '' }));
  return chooseCertificate(certificateChoice(named), name);
}

describe('§3.14 a client gets', () => {
  test('the certificate with exactly its name, before a wildcard wherever that stands', () => {
    const [first, exact, wildcard] = [['first.test'], ['a.one.test'], ['*.one.test']];
    for (const order of [
      [first, exact, wildcard],
      [first, wildcard, exact],
    ]) {
      assert.equal(order[chosen(order, 'a.one.test')], exact);
      assert.equal(order[chosen(order, 'b.one.test')], wildcard);
    }
  });

  test('the first certificate when none is for its name', () => {
    for (const name of ['other.test', 'one.test', 'a.b.one.test', '', '*', 'localhost']) {
      assert.equal(chosen([['first.test'], ['*.one.test']], name), 0, name);
    }
  });

  test('the same whatever the case and with a dot at the end', () => {
    assert.equal(chosen([['first.test'], ['A.one.test']], 'a.ONE.test.'), 1);
  });

  test('one chosen by its common name only if that has no other names', () => {
    const certificates: CertificateNames[] = [
      { dnsNames: ['first.test'], commonName: '' },
      { dnsNames: [], commonName: 'cn.test' },
      { dnsNames: ['san.test'], commonName: 'unused.test' },
    ];
    const choice = certificateChoice(certificates);
    assert.deepEqual(
      ['cn.test', 'san.test', 'unused.test'].map((name) => chooseCertificate(choice, name)),
      [1, 2, 0],
    );
  });
});

test('the choice is what looking through all certificates gives', () => {
  const label = fc.constantFrom('a', 'b', 'c');
  const host = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.'));
  const name = fc.oneof(
    host,
    host.map((parent) => `*.${parent}`),
  );
  fc.assert(
    fc.property(
      fc.array(fc.array(name, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }),
      host,
      (certificates, asked) => {
        const wildcard = asked.replace(/^[^.]*/, '*');
        const last = (wanted: string) => certificates.findLastIndex((names) => names.includes(wanted));
        const exact = last(asked);
        const naive = exact >= 0 ? exact : Math.max(asked.includes('.') ? last(wildcard) : -1, 0);
        assert.equal(chosen(certificates, asked), naive);
      },
    ),
  );
});
