import assert from 'node:assert/strict';
import { test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { operatorPage } from '../support/operator-page.ts';
import { TestRouter } from '../support/router.ts';
import { TcpClient, TcpServer, untilServed } from '../support/tcp-echo.ts';

test('ports, backends and their counts are shown to the operator', async (t) => {
  const port = await freePort();
  const server = await TcpServer.start(t);
  const tcp = {
    listen_host: '127.0.0.1',
    reservable_ports: String(port),
    routes: [{ port, backends: [`127.0.0.1:${server.port}`] }],
  };
  const { router } = await TestRouter.start(t, { cellgate: { tcp } });
  await untilServed(t, port);
  const client = new TcpClient(t, port);
  await client.ask('hello');

  const routes = JSON.parse(await operatorPage(router.addresses.routes, '/tcp_routes'));
  const [route] = routes[port];
  assert.deepEqual([route.source, route.sni_hostname], ['config', '']);
  assert.equal(route.backends[0].address, `127.0.0.1:${server.port}`);

  for (;;) {
    const text = await operatorPage(router.addresses.health!, '/metrics');
    const open = new RegExp(`^cellgate_tcp_port_open_connections\\{port="${port}"\\} (\\d+)$`, 'm').exec(
      text,
    );
    if (Number(open?.[1]) >= 1) {
      assert.match(
        text,
        new RegExp(`^cellgate_tcp_backend_connections_total\\{backend="127.0.0.1:${server.port}"\\} `, 'm'),
      );
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});
