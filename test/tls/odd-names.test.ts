import assert from 'node:assert/strict';
import type { PeerCertificate } from 'node:tls';
import fc from 'fast-check';
import { test } from 'vitest';
import { onPanic, type Panic } from '../../src/boundary/boundary.ts';
import { busTls } from '../../src/bus/bus-tls.ts';
import { checkRegisteredName } from '../../src/tls/connection/backend-trust.ts';
import { certificateContexts } from '../../src/tls/connection/certificate-contexts.ts';
import { Authority } from '../support/certificates.ts';

const told: Panic[] = [];
onPanic((panic) => told.push(panic));

const { cert, key } = new Authority().issue({ names: 'DNS:a.test' });

function certificate(subjectaltname: string): PeerCertificate {
  return { subject: { CN: 'a.test' }, subjectaltname } as PeerCertificate;
}

const names = fc.string({ unit: fc.constantFrom(...'DNS:IPa.t,"\\u*0é \x00') });

test('alternative names that are badly written are not the name, and nothing is thrown', () => {
  const { checkServerIdentity } = busTls({ caCerts: cert, certChain: cert, privateKey: key }, ['a.test']);
  // Node throws at this one.
  assert.match(String(checkRegisteredName('a.test', certificate('DNS:"a'))), /altname|alternative/i);
  assert.ok(checkServerIdentity('', certificate('DNS:"a')) instanceof Error);
  fc.assert(
    fc.property(names, names, (name, written) => {
      const fault = checkRegisteredName(name, certificate(written));
      assert.ok(fault === undefined || fault instanceof Error);
      checkServerIdentity(name, certificate(written));
    }),
    { numRuns: 2000 },
  );
});

test('any server name whatever gets a certificate', () => {
  const choose = certificateContexts([{ certChain: cert, privateKey: key }], {});
  fc.assert(
    fc.property(fc.oneof(names, fc.string({ unit: 'binary' })), (name) => {
      let answers = 0;
      choose(name, (error, context) => {
        answers++;
        assert.ok(error === null && context !== undefined);
      });
      assert.equal(answers, 1);
    }),
  );
  assert.deepEqual(told, []);
});
