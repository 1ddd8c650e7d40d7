import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { ask, get } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

test('§6.6 with enable_streaming the access log goes to syslog, without a file', async (t) => {
  const server = createSocket('udp4');
  t.after(() => server.close());
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
