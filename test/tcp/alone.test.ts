import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { test } from 'vitest';
import { parseTcpRouterFile } from '../../src/config/tcp-router.ts';
import { tcpRouterConfig } from '../../src/config/tcp-router-config.ts';
import { TcpRouter } from '../../src/runtime/tcp-router.ts';
import { freePort } from '../support/free-port.ts';
import { QUIET } from '../support/router.ts';
import { TcpClient, TcpServer, untilServed } from '../support/tcp-echo.ts';
import { TCP_FLAGS } from '../support/tcp-router-process.ts';

test('a thread of a router for TCP alone that dies is replaced, and serves its ports again', async (t) => {
  const workers: Worker[] = [];
  const onWorker = (worker: Worker) => workers.push(worker);
  process.on('worker', onWorker);
  t.onTestFinished(() => void process.off('worker', onWorker));
  const [echo, port] = [await TcpServer.start(t), await freePort()];
  const routes = [{ port, backends: [`127.0.0.1:${echo.port}`] }];
  const text = JSON.stringify({
    cellgate: { proxy_threads: 1, tcp: { listen_host: '127.0.0.1', routes } },
  });
  const read = parseTcpRouterFile(text, 'tcp_router.yml');
  assert.ok(read.ok);
  const router = await TcpRouter.start({
    file: read.value,
    config: tcpRouterConfig(read.value, TCP_FLAGS),
    exitOnPortConflict: false,
    log: QUIET,
    logOptions: { level: 'fatal', source: 'tcp-router', timestampFormat: 'rfc3339' },
  });
  t.onTestFinished(() => router.stop());
  await untilServed(t, port);
  const client = new TcpClient(t, port);
  await client.ask('hello');
  const ended = once(client.socket, 'end');

  const [next] = (await Promise.all([once(process, 'worker'), workers[0]!.terminate()]))[0] as [Worker];
  assert.equal(next.threadName, 'proxy-0');
  await ended;
  await untilServed(t, port);
});
