import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { type TestContext, test } from 'vitest';
import { operatorPage } from '../support/operator-page.ts';
import { TcpClient, TcpServer, untilServed } from '../support/tcp-echo.ts';
import { announce, startTcp, type TcpFixture } from '../support/tcp-routed.ts';

async function metrics({ router }: TcpFixture): Promise<string[]> {
  return (await operatorPage(router.router.addresses.health!, '/metrics')).split('\n');
}

/** Resolves once the metrics have such a line, or, where it is not `wanted`, no such line. */
async function until(t: TestContext, fixture: TcpFixture, line: RegExp, wanted = true): Promise<void> {
  while ((await metrics(fixture)).some((each) => line.test(each)) !== wanted) {
    await delay(50, undefined, { signal: t.signal });
  }
}

test('the open connections of a thread that died are no longer open', async (t) => {
  const workers: Worker[] = [];
  const onWorker = (worker: Worker) => workers.push(worker);
  process.on('worker', onWorker);
  t.onTestFinished(() => void process.off('worker', onWorker));
  const server = await TcpServer.start(t);
  const fixture = await startTcp(t, {}, { proxy_threads: 1 });
  announce(fixture, server.port);
  await untilServed(t, fixture.port);
  const clients = Array.from({ length: 5 }, () => new TcpClient(t, fixture.port));
  for (const client of clients) await client.ask('hello');
  const open = (label: string, count: number) =>
    new RegExp(`^cellgate_tcp_${label}_open_connections\\{.*\\} ${count}$`);
  await until(t, fixture, open('port', 5));
  await until(t, fixture, open('backend', 5));

  await workers[0]!.terminate();
  await until(t, fixture, open('port', 0));
  await until(t, fixture, open('backend', 0));
  // The thread in its place counts from there.
  await untilServed(t, fixture.port);
  const next = new TcpClient(t, fixture.port);
  await next.ask('hello');
  await until(t, fixture, open('port', 1));
  next.socket.destroy();
  await until(t, fixture, open('port', 0));
});

test('a backend that is in no route is in the metrics as long as a connection to it is open', async (t) => {
  const fixture = await startTcp(t);
  const [first, second] = [await TcpServer.start(t), await TcpServer.start(t)];
  announce(fixture, first.port);
  await untilServed(t, fixture.port);
  const client = new TcpClient(t, fixture.port);
  await client.ask('hello');
  const of = (server: TcpServer) =>
    new RegExp(`^cellgate_tcp_backend_connections_total\\{backend="127.0.0.1:${server.port}"\\}`);
  await until(t, fixture, of(first));
  announce(fixture, second.port);
  const gone = { protocol: 'tcp', external_port: fixture.port, host: '127.0.0.1', port: first.port };
  fixture.router.publish('router.unregister', gone);
  while (second.accepted === 0) await untilServed(t, fixture.port);
  await until(t, fixture, of(second));
  assert.ok((await metrics(fixture)).some((line) => of(first).test(line)));
  client.socket.destroy();
  await until(t, fixture, of(first), false);
  assert.ok((await metrics(fixture)).some((line) => of(second).test(line)));
});
