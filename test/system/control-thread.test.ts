import assert from 'node:assert/strict';
import { type TestContext, test } from 'vitest';
import { Backend } from '../support/backend.ts';
import { CellgateProcess } from '../support/cellgate-process.ts';
import { NatsRawClient } from '../support/nats-raw-client.ts';
import { samplesOf } from '../support/operator-page.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';

/** Has the control thread run that when the process starts. */
function withCode(t: TestContext, code: string): CellgateProcess {
  const text = `import { isMainThread } from 'node:worker_threads'; if (isMainThread) { ${code} }`;
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(text)}`;
  return CellgateProcess.router(t, {}, { NODE_OPTIONS });
}

const THROW_ON_SIGNAL = `
process.on('SIGWINCH', () => { throw new Error('thrown'); });
process.on('SIGURG', () => { Promise.reject(new Error('rejected')); });`;

test('an error of the control thread that nobody catches is written down and counted, and it goes on', async (t) => {
  const router = withCode(t, THROW_ON_SIGNAL);
  const addresses = await router.started();
  router.kill('SIGWINCH');
  await router.until('Error: thrown');
  router.kill('SIGURG');
  await router.until('Error: rejected');
  const app = await Backend.start(t);
  const bus = await NatsRawClient.connect(addresses.bus!);
  t.onTestFinished(() => void bus.socket.destroy());
  const payload = JSON.stringify({ uris: ['app.test'], host: '127.0.0.1', port: app.port });
  bus.send(`CONNECT {"verbose":false}\r\nPUB router.register ${payload.length}\r\n${payload}\r\n`);
  while (statusOf(await ask(addresses.http, get('app.test'))) !== 200);
  const panics = await samplesOf(addresses.health!, 'cellgate_panics_total{kind="part"}');
  assert.deepEqual(panics, [2]);
});

test('an error that nobody catches while the router starts is its end', async (t) => {
  const router = withCode(t, "setTimeout(() => { throw new Error('too early'); });");
  const [code] = await router.exited;
  assert.equal(code, 1);
  assert.match(router.stderr, /Error: too early/);
});
