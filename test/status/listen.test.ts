import assert from 'node:assert/strict';
import { test } from 'vitest';
import { listen } from '../../src/status/listen.ts';
import { createStatusServer } from '../../src/status/status-server.ts';

const ADDRESS = { purpose: 'status', setting: 'status.port', host: '127.0.0.1', port: 0 };

test('a port in use is one sentence that names it and the setting', async (t) => {
  const first = await listen(createStatusServer({}), ADDRESS);
  t.onTestFinished(() => first.close());
  const { port } = first;
  await assert.rejects(listen(createStatusServer({}), { ...ADDRESS, port }), {
    name: 'ListenError',
    message: `status port ${port} is in use (127.0.0.1:${port}): choose another with status.port`,
  });
});

test('an address of another machine is one sentence with the cause', async () => {
  await assert.rejects(listen(createStatusServer({}), { ...ADDRESS, host: '192.0.2.1' }), {
    name: 'ListenError',
    message: /^status port 0 cannot be opened \(192\.0\.2\.1:0\): .*EADDRNOTAVAIL/,
  });
});

test('a port is free again once its listener is closed', async () => {
  const first = await listen(createStatusServer({}), ADDRESS);
  await first.close();
  const second = await listen(createStatusServer({}), { ...ADDRESS, port: first.port });
  await second.close();
});
