import assert from 'node:assert/strict';
import { test } from 'vitest';
import { isBackendHost } from '../../src/address/backend-host.ts';
import { decodeRouteMessage } from '../../src/bus/route-message.ts';
import { decodeTcpRouteMessage } from '../../src/bus/tcp-route-message.ts';
import { decodeHttpRoute } from '../../src/routing-api/http-route.ts';
import { decodeMapping } from '../../src/tcp/routing-api/mapping.ts';

const HOSTS = ['10.0.0.1', '::1', 'fe80::1%eth0', '::ffff:10.0.0.1', 'app', 'app.internal.', 'a_b-c.d'];
const OTHERS = [
  ...['', ' ', 'a b', 'a\n', 'http://app', 'app/x', '[app]', '[]', '[::1', '::1]', '[::1]:80', '[[::1]]'],
  ...['10.0.0.1:8080', 'app:8080', 'app:', ':', '::1:', '1:2', 'fe80::1%', 'user:password@app', 'a\0b'],
];

/** The host as each way in reads it; null: refused. */
const WAYS: Readonly<Record<string, (host: string) => string | null>> = {
  'router.register': (host) => {
    const read = decodeRouteMessage(Buffer.from(JSON.stringify({ uris: ['a.test'], host, port: 80 })));
    return read.ok && read.message.uris.length === 1 ? read.message.host : null;
  },
  'router.register for TCP': (host) => {
    const said = { protocol: 'tcp', external_port: 2000, host, port: 80 };
    const read = decodeTcpRouteMessage(Buffer.from(JSON.stringify(said)));
    return read.ok ? read.registration.host : null;
  },
  'routes of the routing API': (ip) => {
    const read = decodeHttpRoute({ route: 'a.test', ip, port: 80, ttl: 60 });
    return read.ok ? read.route.message.host : null;
  },
  'TCP mappings of the routing API': (host) => {
    const read = decodeMapping({ port: 2000, backend_ip: host, backend_port: 80 });
    return read.ok ? read.registration.host : null;
  },
};

for (const [way, read] of Object.entries(WAYS)) {
  test(`§1.3 §7.6 a backend is an address or a name, without a port behind it: ${way}`, () => {
    for (const host of HOSTS) {
      assert.equal(read(host), host);
      if (host.includes(':')) assert.equal(read(`[${host}]`), host);
    }
    for (const other of OTHERS) assert.equal(read(other), null, other);
  });
}

test('a host that is taken has no port that could be read out of it', () => {
  for (const host of HOSTS) {
    assert.ok(isBackendHost(host), host);
    assert.ok(!isBackendHost(`[${host}]:80`), host);
    if (!host.includes(':')) assert.ok(!isBackendHost(`${host}:80`), host);
  }
});
