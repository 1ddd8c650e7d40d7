import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { Backend, ok } from '../support/backend.ts';
import { samplesOf } from '../support/operator-page.ts';
import { get, RawClient, statusOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

/** Milliseconds until a dead thread is replaced: 300 or so, and more where the machine is busy. */
const MOST_TIME = 3000;

/** The proxy threads of a router, latest last; to be called before the router starts. */
function watchThreads(t: TestContext): Map<string, Worker[]> {
  const threads = new Map<string, Worker[]>();
  const onWorker = (worker: Worker) => {
    const name = worker.threadName ?? '';
    threads.set(name, [...(threads.get(name) ?? []), worker]);
  };
  process.on('worker', onWorker);
  t.after(() => process.off('worker', onWorker));
  return threads;
}

function connectionsByThread(router: TestRouter): Promise<number[]> {
  return samplesOf(router.router.addresses.health!, 'cellgate_thread_connections');
}

/** Connections that stay, each of which has had an answer. */
async function clients(t: TestContext, router: TestRouter, count: number): Promise<RawClient[]> {
  const open: RawClient[] = [];
  for (let each = 0; each < count; each++) {
    const client = await RawClient.connect(router.port);
    t.after(() => client.close());
    assert.equal(statusOf(await client.send(get('app.test')).response()), 200);
    open.push(client);
  }
  return open;
}

async function until(done: () => Promise<boolean>): Promise<void> {
  while (!(await done()));
}

test('few long-lived connections are spread fairly over the threads', async (t) => {
  const router = await TestRouter.start(t);
  const app = await Backend.start(t);
  await router.route('app.test', app.port);
  await until(async () => Math.max(...(await connectionsByThread(router))) === 0);
  const open = await clients(t, router, 8);
  const spread = await connectionsByThread(router);
  assert.equal(spread.length, 2);
  assert.ok(Math.max(...spread) <= 5, `[${spread}]`);
  for (const client of open) {
    assert.equal(statusOf(await client.send(get('app.test')).response()), 200);
  }
});

test('a thread that dies is replaced, knows all routes, and the other serves meanwhile', async (t) => {
  const threads = watchThreads(t);
  const router = await TestRouter.start(t);
  const app = await Backend.start(t);
  await router.route('app.test', app.port);
  await until(async () => Math.max(...(await connectionsByThread(router))) === 0);
  const open = await clients(t, router, 8);
  const closed = open.map((client) => client.closed.then(() => open.splice(open.indexOf(client), 1)));

  const diedAt = performance.now();
  await threads.get('proxy-0')![0]!.terminate();
  await Promise.race(closed);
  assert.ok(open.length >= 3, `${open.length} connections survive`);
  const survivors = [...open];
  const replaced = async () => (await connectionsByThread(router))[0]! > 0;
  let more = 0;
  while (!(more > 0 && (await replaced()))) {
    for (const client of survivors) {
      assert.equal(statusOf(await client.send(get('app.test')).response()), 200);
    }
    if (threads.get('proxy-0')!.length > 1) {
      await clients(t, router, 1);
      more++;
    }
  }
  const took = performance.now() - diedAt;
  t.diagnostic(`replaced after ${took.toFixed()} ms`);
  assert.ok(took < MOST_TIME, `${took} ms`);
  const spread = await connectionsByThread(router);
  assert.equal(spread[0]! + spread[1]!, survivors.length + more, `[${spread}]`);
});

test('the requests of a thread that died do not weigh on their application for ever', async (t) => {
  const threads = watchThreads(t);
  const router = await TestRouter.start(t);
  const first = await Backend.start(t);
  await router.route('app.test', first.port, { options: { loadbalancing: 'least-connection' } });
  first.requests.length = 0;
  const { answer } = first;
  first.answer = () => undefined;
  const waiting = [];
  for (let each = 0; each < 8; each++) {
    const client = await RawClient.connect(router.port);
    t.after(() => client.close());
    waiting.push(client.send(get('app.test')));
  }
  await first.until(() => first.requests.length === 8);
  first.answer = answer;

  for (const name of ['proxy-0', 'proxy-1']) {
    await threads.get(name)![0]!.terminate();
    const other = name === 'proxy-0' ? 1 : 0;
    await until(async () => {
      if (threads.get(name)!.length === 1) return false;
      const client = await RawClient.connect(router.port);
      const spread = await connectionsByThread(router);
      client.close();
      return spread[1 - other]! > 0;
    });
  }
  await Promise.all(waiting.map((client) => client.closed));

  const second = await Backend.start(t, () => ok('second'));
  router.register('app.test', second.port, { options: { loadbalancing: 'least-connection' } });
  const counts = new Map<string, number>();
  const [client] = await clients(t, router, 1);
  while (!counts.has('second')) await count();
  for (let request = 0; request < 40; request++) await count();
  assert.ok(counts.get('ok')! >= 5, `${[...counts]}`);

  async function count(): Promise<void> {
    const { body } = await client!.send(get('app.test')).response();
    counts.set(body, (counts.get(body) ?? 0) + 1);
  }
});
