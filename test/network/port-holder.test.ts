import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'vitest';
import { listening, portHolder, programOf } from '../../src/network/port-holder.ts';
import { freePort } from '../support/free-port.ts';

for (const host of ['127.0.0.1', '0.0.0.0', '::']) {
  test(`says who listens on a port of ${host}`, async (t) => {
    const server = createServer().listen(0, host);
    await once(server, 'listening');
    t.onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    assert.match(portHolder('127.0.0.1', port)!, new RegExp(`^node .+, process ${process.pid}$`));
  });
}

test('says nothing of a port that nobody has', async () => {
  assert.equal(portHolder('127.0.0.1', await freePort()), null);
});

/** Port 8081 of an address, as the kernel writes it. */
function row(address: string, state = '0A', port = '1F91'): string {
  return `   0: ${address}:${port} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0`;
}

test('takes a socket of the same address or of all for one in the way, and no other', () => {
  const inTheWay = ['socket:[4711]'];
  const every6 = '0'.repeat(32);
  assert.deepEqual(listening([row('0100007F')], '127.0.0.1', 8081), inTheWay);
  assert.deepEqual(listening([row('00000000')], '127.0.0.1', 8081), inTheWay);
  assert.deepEqual(listening([row(every6)], '127.0.0.1', 8081), inTheWay);
  assert.deepEqual(listening([row('0200000A')], '0.0.0.0', 8081), inTheWay);
  assert.deepEqual(listening([row('0200000A')], '::', 8081), inTheWay);
  assert.deepEqual(listening([row('0200000A')], '127.0.0.1', 8081), []);
  assert.deepEqual(listening([row('0100007F', '01')], '127.0.0.1', 8081), []);
  assert.deepEqual(listening([row('0100007F', '0A', '1F90')], '127.0.0.1', 8081), []);
  assert.deepEqual(listening(['', 'nonsense'], '127.0.0.1', 8081), []);
});

test('of a command line only what names the program is told', () => {
  assert.equal(programOf(['/usr/sbin/nginx', '-g', 'secret']), 'nginx');
  assert.equal(programOf(['/usr/bin/node', '--flag=1', 'server.js', '--token', 'secret']), 'node server.js');
  assert.equal(programOf(['node']), 'node');
  assert.equal(programOf(['']), 'a program without a name');
});
