import { test } from 'vitest';
import { Names } from '../../src/network/names.ts';
import { DnsServer } from '../support/dns-server.ts';
import { TcpClient, TcpServer } from '../support/tcp-echo.ts';
import { TcpEngine, tcpRoute } from '../support/tcp-engine.ts';

test('backends whose names nobody answers for hold up no connection to others', async (t) => {
  const server = await DnsServer.start(t);
  const echo = await TcpServer.start(t);
  const engine = await TcpEngine.start(t, { connectTimeout: 60_000 }, tcpRoute('', []));
  Object.assign(engine.proxy, { names: new Names({ servers: [server.address] }) });
  for (let i = 0; i < 8; i++) {
    const host = `slow-${i}.internal.test`;
    server.names.set(host, 'silent');
    engine.put(tcpRoute('', [engine.backend(echo.port, { host, address: host })]));
    new TcpClient(t, engine.port);
    await engine.until(() => server.asked.includes(host));
  }
  const host = 'app.internal.test';
  server.names.set(host, ['127.0.0.1']);
  engine.put(tcpRoute('', [engine.backend(echo.port, { host, address: host })]));
  const client = new TcpClient(t, engine.port);
  await client.ask('hello');
});
