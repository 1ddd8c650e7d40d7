import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import { test } from 'vitest';
import { Backend } from '../support/backend.ts';
import { freePort } from '../support/free-port.ts';
import { valuesOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';
import { TcpServer } from '../support/tcp-echo.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);
const LOOPBACKS = hasIpv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1'];

async function statusAt(host: string, port: number, path: string, header = ''): Promise<number> {
  const request = get({ host, port, path, headers: { host: header || host } });
  const [response] = await once(request, 'response');
  response.resume();
  return response.statusCode;
}

/** What comes back of `said` until the end. */
async function echoAt(host: string, port: number, said: string): Promise<string> {
  const socket = connect({ host, port });
  socket.end(said);
  return text(socket);
}

test('§5.4 without an address, applications, health and TCP routes are reached by IPv4 and by IPv6', async (t) => {
  const [app, echo, tcpPort] = [await Backend.start(t), await TcpServer.start(t), await freePort()];
  const router = await TestRouter.start(t, {
    status: { host: '0.0.0.0' },
    cellgate: {
      listen_host: '::',
      tcp: {
        reservable_ports: String(tcpPort),
        routes: [{ port: tcpPort, backends: [`127.0.0.1:${echo.port}`], send_proxy_protocol: 'v1' }],
      },
    },
  });
  await router.route('app.test', app.port);
  const { health } = router.router.addresses;
  for (const host of LOOPBACKS) {
    assert.equal(await statusAt(host, health!, '/health'), 200, host);
    assert.equal(await statusAt(host, router.port, '/', 'app.test'), 200, host);
    assert.deepEqual(valuesOf(app.requests.at(-1)!, 'x-forwarded-for'), [host]);
    const family = host.includes(':') ? 'TCP6' : 'TCP4';
    const echoed = await echoAt(host, tcpPort, 'hello');
    assert.ok(echoed.startsWith(`PROXY ${family} ${host} ${host} `), echoed);
    assert.ok(echoed.endsWith('\r\nhello'), echoed);
  }
});
