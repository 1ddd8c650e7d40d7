import assert from 'node:assert/strict';
import { test } from 'vitest';
import { parseConfig } from '../../../src/config/read.ts';
import { ownPorts } from '../../../src/runtime/settings/own-ports.ts';
import { Authority } from '../../support/certificates.ts';

function portsOf(file: object): number[] {
  const read = parseConfig(JSON.stringify(file), 'test.yml');
  assert.ok(read.ok, read.ok ? '' : read.problems.join('\n'));
  return ownPorts(read.config);
}

test('every port on which a router listens is its own, as far as it is open', () => {
  const { cert, key } = new Authority().issue({ names: 'DNS:a.test' });
  const wanted = {
    port: 2001,
    ssl_port: 2002,
    enable_ssl: true,
    tls_pem: [{ cert_chain: cert, private_key: key }],
    status: { port: 2003, routes: { port: 2004 }, tls: { port: 2005, certificate: cert, key } },
    prometheus: { port: 2006 },
    debug_addr: '127.0.0.1:2007',
    cellgate: {
      defaults: 'recommended',
      bus: { port: 2008 },
      state_dir: '/tmp/x',
      admin: { port: 2009 },
    },
  };
  assert.deepEqual(portsOf(wanted), [2001, 2002, 2003, 2004, 2005, 2006, 2007, 2008, 2009]);
  const closed = {
    ...wanted,
    enable_ssl: false,
    debug_addr: '',
    status: { port: 2003, routes: { port: 2004 } },
  };
  assert.deepEqual(portsOf(closed), [2001, 2003, 2004, 2006, 2008, 2009]);
});
