import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'vitest';
import { CellgateProcess } from '../support/cellgate-process.ts';
import { freePort } from '../support/free-port.ts';
import { ask, get } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

test('§6.6 with enable_streaming the access log goes to syslog, without a file', async (t) => {
  const server = createSocket('udp4');
  t.onTestFinished(() => void server.close());
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const router = await TestRouter.start(t, {
    access_log: { enable_streaming: true },
    logging: { syslog: 'vcap.gorouter', syslog_addr: `127.0.0.1:${server.address().port}` },
  });
  const message = once(server, 'message');
  await ask(router.port, get('nobody.test', '/told'));
  const [bytes] = (await message) as [Buffer];
  assert.match(
    bytes.toString(),
    /^<14>1 \S+ \S+ vcap\.gorouter \d+ - \ufeffnobody\.test - \[.*"GET \/told HTTP\/1\.1" 404/,
  );
});

test('§5.4 a syslog server that cannot be reached at first refuses the start', async (t) => {
  const port = await freePort();
  await assert.rejects(
    TestRouter.start(t, {
      access_log: { enable_streaming: true },
      logging: { syslog_network: 'tcp', syslog_addr: `127.0.0.1:${port}` },
    }),
    new RegExp(`logging\\.syslog_addr 127\\.0\\.0\\.1:${port} cannot be reached: ECONNREFUSED`),
  );
});

test('§6.6 over TCP the router has one connection, whatever threads the requests come to, and loses no line at its end', async (t) => {
  const connections: Socket[] = [];
  let text = '';
  const server = createServer((socket) => {
    connections.push(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      text += bytes.toString();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const router = CellgateProcess.router(t, {
    access_log: { enable_streaming: true },
    logging: { syslog_network: 'tcp', syslog_addr: `127.0.0.1:${port}` },
    cellgate: { proxy_threads: 3 },
  });
  const { http } = await router.started();
  const asked = Array.from({ length: 40 }, (_, at) => `/asked/${at}`);
  await Promise.all(asked.map((path) => ask(http, get('nobody.test', path))));
  router.kill('SIGTERM');
  await router.exited;
  await Promise.all(connections.map((socket) => socket.closed || once(socket, 'close')));
  // The other is that of the check before the start.
  assert.equal(connections.length, 2);
  const lines = text.split('\n').slice(0, -1);
  assert.deepEqual(lines.map((line) => /GET (\S+)/.exec(line)![1]).toSorted(), asked.toSorted());
});
