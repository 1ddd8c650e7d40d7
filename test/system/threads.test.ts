import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { samplesOf } from '../support/operator-page.ts';
import { get, RawClient, statusOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

/** Milliseconds until a dead thread is replaced: 300 or so, and more where the machine is busy. */
const MOST_TIME = 20_000;

/** The workers that were each proxy thread of a router, latest last; to be called before the router starts. */
function watchThreads(t: TestContext): readonly Worker[][] {
  const threads: Worker[][] = [[], []];
  const onWorker = (worker: Worker) => threads[Number(worker.threadName?.at(-1))]!.push(worker);
  process.on('worker', onWorker);
  t.onTestFinished(() => void process.off('worker', onWorker));
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
    t.onTestFinished(() => client.close());
    assert.equal(statusOf(await client.send(get('app.test')).response()), 200);
    open.push(client);
  }
  return open;
}

async function clientsAtOnce(t: TestContext, router: TestRouter, count: number): Promise<RawClient[]> {
  const open = await Promise.all(Array.from({ length: count }, () => RawClient.connect(router.port)));
  t.onTestFinished(() => open.forEach((client) => void client.close()));
  for (const client of open) assert.equal(statusOf(await client.send(get('app.test')).response()), 200);
  return open;
}

/** A test that is given up must not look on for ever. */
async function until(t: TestContext, done: () => Promise<boolean>): Promise<void> {
  while (!(await done())) await setTimeout(10, undefined, { signal: t.signal });
}

/** Resolves when a connection can be had from the thread that took a dead one's place. */
async function replaced(t: TestContext, router: TestRouter, workers: readonly Worker[], thread: number) {
  await until(t, async () => {
    if (workers.length === 1) return false;
    // Nobody may listen yet, where the other thread has died meanwhile.
    const client = await RawClient.connect(router.port).catch(() => null);
    if (client === null) return false;
    const spread = await connectionsByThread(router);
    client.close();
    return spread[thread]! > 0;
  });
}

for (const threads of [2, 4]) {
  test(`of 8 long-lived connections none of ${threads} threads has more than its share and one`, async (t) => {
    const router = await TestRouter.start(t, { cellgate: { proxy_threads: threads } });
    const app = await Backend.start(t);
    await router.route('app.test', app.port);
    for (const one of [true, false]) {
      await until(t, async () => Math.max(...(await connectionsByThread(router))) === 0);
      const open = one ? await clients(t, router, 8) : await clientsAtOnce(t, router, 8);
      const spread = await connectionsByThread(router);
      assert.equal(spread.length, threads);
      assert.ok(Math.max(...spread) <= 8 / threads + 1, `[${spread}]`);
      for (const client of open) {
        assert.equal(statusOf(await client.send(get('app.test')).response()), 200);
        client.close();
      }
    }
  });
}

test('§2.5 least-connection counts the requests of all threads: each of two takes half', async (t) => {
  const router = await TestRouter.start(t);
  const silent = () => undefined;
  const apps = [await Backend.start(t), await Backend.start(t)];
  const options = { options: { loadbalancing: 'least-connection' } };
  for (const { port } of apps) router.register('app.test', port, options);
  await router.route('after.test', apps[0]!.port);
  const open = await clients(t, router, 16);
  const counts = () => apps.map(({ requests }) => requests.length);
  for (const app of apps) {
    app.answer = silent;
    app.requests.length = 0;
  }
  // One thread's own counts would be even when another's are: then every other request is a guess.
  for (const [sent, client] of open.entries()) {
    client.send(get('app.test'));
    await until(t, async () => counts()[0]! + counts()[1]! === sent + 1);
    assert.ok(Math.abs(counts()[0]! - counts()[1]!) <= 1, `[${counts()}]`);
  }
  assert.deepEqual(counts(), [8, 8]);
});

test('§3.1 a thread that dies is replaced, knows all routes, and the other serves meanwhile', async (t) => {
  const threads = watchThreads(t);
  const router = await TestRouter.start(t);
  const app = await Backend.start(t);
  await router.route('app.test', app.port);
  await until(t, async () => Math.max(...(await connectionsByThread(router))) === 0);
  const open = await clients(t, router, 8);

  const workers = threads[0]!;
  const [lost] = await connectionsByThread(router);
  const diedAt = performance.now();
  await workers[0]!.terminate();
  const survivors = new Set(open);
  for (const client of open) void client.closed.then(() => survivors.delete(client));
  await until(t, async () => survivors.size === open.length - lost!);
  while (workers.length === 1) {
    for (const client of survivors) {
      assert.equal(statusOf(await client.send(get('app.test')).response()), 200);
    }
  }
  await replaced(t, router, workers, 0);
  const took = performance.now() - diedAt;
  t.annotate(`replaced after ${took.toFixed()} ms`);
  assert.ok(took < MOST_TIME, `${took} ms`);
  // Until the new thread has its line to the other one, connections stay where the kernel has put them.
  await until(t, async () => {
    const more = await clients(t, router, lost!);
    const spread = await connectionsByThread(router);
    if (Math.max(...spread) <= 5) return true;
    for (const client of more) client.close();
    await Promise.all(more.map(({ closed }) => closed));
    return false;
  });
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
    t.onTestFinished(() => client.close());
    waiting.push(client.send(get('app.test')));
  }
  await first.until(() => first.requests.length === 8);
  first.answer = answer;

  for (const thread of [0, 1]) {
    const workers = threads[thread]!;
    await workers[0]!.terminate();
    await replaced(t, router, workers, thread);
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

test("the thread in a dead one's place has the whole table before it takes connections", async (t) => {
  const threads = watchThreads(t);
  const router = await TestRouter.start(t);
  const app = await Backend.start(t);
  const hosts = Array.from({ length: 5000 }, (_, each) => `app-${each}.test`);
  for (let at = 0; at < hosts.length; at += 500) {
    router.publish('router.register', { uris: hosts.slice(at, at + 500), host: '127.0.0.1', port: app.port });
  }
  await router.route('last.test', app.port);
  await threads[0]![0]!.terminate();
  const answers = new Set<number>();
  await until(t, async () => {
    // As soon as it takes connections, the routes that it is told last are asked for on them.
    for (let each = 0; each < 8; each++) {
      const client = await RawClient.connect(router.port);
      for (const host of ['last.test', hosts.at(-1)!, hosts[0]!]) {
        answers.add(statusOf(await client.send(get(host)).response()));
      }
      client.close();
    }
    return threads[0]!.length > 1 && (await connectionsByThread(router)).length === 2;
  });
  await replaced(t, router, threads[0]!, 0);
  for (let each = 0; each < 8; each++) {
    const client = await RawClient.connect(router.port);
    t.onTestFinished(() => client.close());
    answers.add(statusOf(await client.send(get('last.test')).response()));
  }
  assert.deepEqual([...answers], [200]);
});
