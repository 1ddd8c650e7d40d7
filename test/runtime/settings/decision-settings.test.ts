import assert from 'node:assert/strict';
import { test } from 'vitest';
import { parseConfig } from '../../../src/config/read.ts';
import { decisionSettings } from '../../../src/runtime/settings/decision-settings.ts';
import { Authority } from '../../support/certificates.ts';

function settings(decisions: object) {
  const read = parseConfig(JSON.stringify({ cellgate: { decisions } }), 'test.yml');
  assert.ok(read.ok, read.ok ? '' : read.problems.join('\n'));
  return decisionSettings(read.config);
}

test('decisions go where routes come from, unless another NATS is named', () => {
  assert.deepEqual(settings({}), { store: 'auto', replicas: 1, servers: null });
  const hosts = [{ hostname: 'nats.test', port: 4222 }];
  assert.deepEqual(settings({ store: 'jetstream', replicas: 3, hosts, user: 'ann', pass: 'secret' }), {
    store: 'jetstream',
    replicas: 3,
    servers: { servers: hosts, user: 'ann', pass: 'secret', pingInterval: 5000 },
  });
});

test('that NATS is spoken to in TLS where it is asked for, and is believed by its name', () => {
  const authority = new Authority();
  const { cert, key } = authority.issue({ names: 'DNS:nats.test' });
  const { servers } = settings({
    hosts: [{ hostname: 'nats.test', port: 4222 }],
    tls_enabled: true,
    ca_certs: authority.cert,
    cert_chain: cert,
    private_key: key,
  });
  assert.deepEqual([servers?.tls?.ca, servers?.tls?.cert, servers?.tls?.key], [authority.cert, cert, key]);
});
