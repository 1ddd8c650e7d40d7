import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { type TestContext, test } from 'vitest';
import { Backend } from '../support/backend.ts';
import { operatorPage, samplesOf } from '../support/operator-page.ts';
import { get, RawClient, statusOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';
import { TcpClient, TcpServer, untilServed } from '../support/tcp-echo.ts';
import { announce, startTcp } from '../support/tcp-routed.ts';
import { ThreadInspector } from '../support/thread-inspector.ts';

const THROW = 'setTimeout(() => { throw new Error("nobody catches this") })';
const say = (message: object) =>
  `process.getBuiltinModule('node:worker_threads').parentPort.postMessage(${JSON.stringify(message)})`;
const DIFFER = say({ kind: 'table-differs', epoch: 3 });
const TELL_BEATS = `{
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
  const count = Atomics.load(new Int32Array(workerData.shared.pulses), workerData.lane);
  parentPort.postMessage({ kind: 'beats', count });
}`;
const HANG = `${say({ kind: 'hangs' })}; for (;;);`;

function metric(router: TestRouter, name: string): Promise<number> {
  return samplesOf(router.router.addresses.health!, name).then(([value]) => value!);
}

function connectionsByThread(router: TestRouter): Promise<number[]> {
  return samplesOf(router.router.addresses.health!, 'cellgate_thread_connections');
}

async function until(t: TestContext, done: () => Promise<boolean>): Promise<void> {
  while (!(await done())) await setTimeout(20, undefined, { signal: t.signal });
}

/** Resolves when the thread does nothing else any more. */
async function hang(inspector: ThreadInspector, worker: Worker): Promise<void> {
  const hangs = new Promise<void>((resolve) => {
    worker.on('message', ({ kind }) => kind === 'hangs' && resolve());
  });
  await inspector.run(worker, HANG);
  await hangs;
}

async function isReplaced(router: TestRouter): Promise<boolean> {
  return (await metric(router, 'cellgate_proxy_threads_replaced_total')) >= 1;
}

/**
 * Asks over and over on new connections; when it is told to end, all must have been answered. Only a connection that
 * comes in the very moment in which a port closes may be reset, one at most for each of the `closed` ports.
 */
function asking(t: TestContext, router: TestRouter): (closed?: number) => Promise<void> {
  const failures: string[] = [];
  const state = { over: false };
  const ask = async (): Promise<void> => {
    while (!state.over && !t.signal.aborted) {
      try {
        const client = await RawClient.connect(router.port);
        const status = statusOf(await client.send(get('app.test')).response());
        if (status !== 200) failures.push(String(status));
        client.close();
      } catch (error) {
        failures.push(String(error));
      }
    }
  };
  const asked = Promise.all([ask(), ask()]);
  return async (closed = 0) => {
    state.over = true;
    await asked;
    const others = failures.filter((failure) => !/ECONNRESET|\(reset\) in a response: ""/.test(failure));
    assert.deepEqual(others, []);
    assert.ok(failures.length <= closed, failures.join('\n'));
  };
}

test('a thread that is stuck is replaced, and requests go on through the other one', async (t) => {
  const inspector = await ThreadInspector.open(t);
  const router = await TestRouter.start(t);
  const app = await Backend.start(t);
  await router.route('app.test', app.port);
  await until(t, async () => Math.max(...(await connectionsByThread(router))) === 0);
  const clients = await Promise.all(Array.from({ length: 8 }, () => RawClient.connect(router.port)));
  t.onTestFinished(() => clients.forEach((client) => void client.close()));
  for (const client of clients) assert.equal(statusOf(await client.send(get('app.test')).response()), 200);

  const [, others] = await connectionsByThread(router);
  const [first] = inspector.workers;
  const ended = once(first!, 'exit');
  await hang(inspector, first!);
  t.annotate(`stuck, with ${8 - others!} of 8 connections`);
  const answered = new Set<RawClient>();
  for (const client of clients) {
    const response = client.send(get('app.test')).response();
    response.then(
      () => answered.add(client),
      () => {},
    );
  }
  await until(t, async () => answered.size === others);
  t.annotate('the others are answered');
  await until(t, async () => {
    for (const client of answered) {
      assert.equal(statusOf(await client.send(get('app.test')).response()), 200);
    }
    return isReplaced(router);
  });
  await ended;
  assert.equal(await metric(router, 'cellgate_proxy_threads_stuck_total'), 1);
  const asked = asking(t, router);
  await setTimeout(500);
  await asked();
  assert.deepEqual(inspector.names, ['proxy-0', 'proxy-1', 'proxy-2']);
  await until(t, async () => (await connectionsByThread(router)).length === 2);
});

for (const [why, expression, counter] of [
  ['has thrown what nobody caught', THROW, 'cellgate_panics_total{kind="part"}'],
  ['has another table than it should', DIFFER, 'cellgate_table_differences_total'],
] as const) {
  test(`a thread that ${why} is replaced, and no client notices`, async (t) => {
    const inspector = await ThreadInspector.open(t);
    const router = await TestRouter.start(t);
    const app = await Backend.start(t);
    await router.route('app.test', app.port);
    const held: (() => void)[] = [];
    const slow = await Backend.start(t, (_, { socket }) => {
      held.push(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
      return undefined;
    });
    router.register('slow.test', slow.port);
    await router.route('other.test', app.port);
    const clients = await Promise.all(Array.from({ length: 8 }, () => RawClient.connect(router.port)));
    t.onTestFinished(() => clients.forEach((client) => void client.close()));
    const responses = clients.map((client) => client.send(get('slow.test')).response());
    await until(t, async () => held.length === 8);

    const asked = asking(t, router);
    const [first] = inspector.workers;
    const ended = once(first!, 'exit');
    await inspector.run(first!, expression);
    await until(t, () => isReplaced(router));
    assert.deepEqual(inspector.names, ['proxy-0', 'proxy-1', 'proxy-2']);
    await setTimeout(300);
    for (const answer of held) answer();
    for (const response of responses) assert.equal(statusOf(await response), 200);
    const [code] = await ended;
    assert.equal(code, 0);
    await asked(1);
    assert.equal(await metric(router, counter), 1);
    assert.equal(inspector.workers.length, 3);
  });
}

test('the last thread that there is can be replaced, and again', async (t) => {
  const inspector = await ThreadInspector.open(t);
  const router = await TestRouter.start(t, { cellgate: { proxy_threads: 1 } });
  const app = await Backend.start(t);
  await router.route('app.test', app.port);
  const asked = asking(t, router);
  for (const round of [0, 1, 2]) {
    const worker = await inspector.worker(round);
    const ended = once(worker, 'exit');
    await inspector.run(worker, THROW);
    await ended;
  }
  await asked(3);
  assert.deepEqual(inspector.names, ['proxy-0', 'proxy-1', 'proxy-0', 'proxy-1']);
});

test('two threads that should go go one after the other', async (t) => {
  const inspector = await ThreadInspector.open(t);
  const router = await TestRouter.start(t);
  const app = await Backend.start(t);
  await router.route('app.test', app.port);
  const asked = asking(t, router);
  const [one, two] = inspector.workers;
  const ends = [one, two].map((worker) => once(worker!, 'exit'));
  await Promise.all([inspector.run(one!, THROW), inspector.run(two!, THROW)]);
  await Promise.all(ends);
  await until(t, async () => (await metric(router, 'cellgate_proxy_threads_replaced_total')) === 2);
  await asked(2);
  assert.equal(inspector.workers.length, 4);
});

test('a TCP connection through a thread that leaves goes on as long as it may', async (t) => {
  const inspector = await ThreadInspector.open(t);
  const server = await TcpServer.start(t);
  const fixture = await startTcp(t, {}, { proxy_threads: 1 });
  announce(fixture, server.port);
  await untilServed(t, fixture.port);
  const client = new TcpClient(t, fixture.port);
  await client.ask('hello');
  const [first] = inspector.workers;
  const ended = once(first!, 'exit');
  await inspector.run(first!, THROW);
  await until(t, () => isReplaced(fixture.router));
  await client.ask('still there?');
  const next = new TcpClient(t, fixture.port);
  await next.ask('and I?');
  client.socket.end(' bye');
  await client.closed;
  assert.equal(client.error, '');
  await ended;
  await next.ask('here I am');
});

test('whatever a thread is told counts as its pulse: it may get stuck before its first tick', async (t) => {
  const inspector = await ThreadInspector.open(t);
  await TestRouter.start(t);
  const [first] = inspector.workers;
  const told = (kind: string): Promise<{ count: number }> =>
    new Promise((resolve) => {
      first!.on('message', (message) => message.kind === kind && resolve(message));
    });
  const beats = async (): Promise<number> => {
    const answer = told('beats');
    await inspector.run(first!, TELL_BEATS);
    return (await answer).count;
  };
  const before = await beats();
  // As many ticks would take minutes.
  for (let at = 0; at < 1000; at++) first!.postMessage({ kind: 'log-level', level: 'info' });
  const heard = told('varz');
  first!.postMessage({ kind: 'tell-varz' });
  await heard;
  assert.ok((await beats()) - before >= 1000);
});

test('who asks all threads goes on without the answer of one that is stuck', async (t) => {
  const inspector = await ThreadInspector.open(t);
  const router = await TestRouter.start(t, {
    status: { enable_deprecated_varz_healthz_endpoints: true, enable_nontls_health_checks: true },
  });
  await hang(inspector, inspector.workers[0]!);
  const askedAt = performance.now();
  const page = JSON.parse(await operatorPage(router.router.addresses.health!, '/varz'));
  assert.equal(page.type, 'Router');
  assert.ok(performance.now() - askedAt < 4500);
  const stoppedAt = performance.now();
  await router.router.stop();
  assert.ok(performance.now() - stoppedAt < 15_000);
});
