import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { ask, get, RawClient, statusOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

const APP = '11111111-2222-3333-4444-555555555555';
const PIN = `X-CF-App-Instance: ${APP}:0\r\n`;

/** An application that answers with its name, but for requests for `/hold`, which it keeps. */
async function application(
  t: TestContext,
  name: string,
): Promise<{ port: number; held: Socket[]; backend: Backend }> {
  const held: Socket[] = [];
  const backend = await Backend.start(t, ({ start }, { socket }) => {
    if (!start.includes('/hold')) return ok(name);
    held.push(socket);
    return undefined;
  });
  return { port: backend.port, held, backend };
}

async function gone(router: TestRouter, host: string): Promise<void> {
  while (![404, 503].includes(statusOf(await ask(router.port, get(host))))) {}
}

/** A router with one thread, and a request that waits for an application whose route has gone meanwhile. */
async function waiting(t: TestContext, lines: string) {
  const router = await TestRouter.start(t, { cellgate: { proxy_threads: 1 } });
  const left = await application(t, 'the one that left');
  const next = await application(t, 'the next one');
  await router.route('left.test', left.port, { app: APP, private_instance_index: '0' });
  const client = await RawClient.connect(router.port);
  t.onTestFinished(() => client.close());
  const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: left.test\r\n${lines}\r\n`;
  assert.equal((await client.send(request('/')).response()).body, 'the one that left');
  client.send(request('/hold'));
  await left.backend.until(() => left.held.length === 1);
  router.unregister('left.test', left.port);
  await gone(router, 'left.test');
  const lose = () => {
    left.backend.answer = () => ok('the one that left');
    next.backend.answer = () => ok('the next one');
    for (const socket of left.held) socket.destroy();
  };
  return { router, left, next, client, lose };
}

async function answersOf(router: TestRouter, host: string): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let i = 0; i < 6; i++) seen.add((await ask(router.port, get(host))).body);
  return seen;
}

for (const [which, lines] of [
  ['a pinned request', PIN],
  ['a request', ''],
] as const) {
  for (const asked of [true, false]) {
    test(`${which} that outlives its route reaches no other application, and misleads nobody (${asked ? 'asked before' : 'not asked yet'})`, async (t) => {
      const { router, left, next, client, lose } = await waiting(t, lines);
      const before = left.backend.requests.length;
      await router.route('next.test', next.port, { app: 'next' });
      if (asked) await answersOf(router, 'next.test');
      const others = next.backend.requests.length;
      lose();
      assert.equal(statusOf(await client.response()), 502);
      assert.equal(next.backend.requests.length, others, 'the other application was asked');
      assert.equal(left.backend.requests.length, before, 'the application was asked again behind its route');
      assert.deepEqual(await answersOf(router, 'next.test'), new Set(['the next one']));
    });
  }

  test(`${which} that outlives its route leaves nothing for whoever registers next`, async (t) => {
    const { router, left, next, client, lose } = await waiting(t, lines);
    const before = left.backend.requests.length;
    lose();
    assert.equal(statusOf(await client.response()), 502);
    await router.route('next.test', next.port, { app: 'next' });
    assert.deepEqual(await answersOf(router, 'next.test'), new Set(['the next one']));
    assert.equal(left.backend.requests.length, before);
  });
}

test('a pinned request is tried again at the same instance as long as that is there', async (t) => {
  const router = await TestRouter.start(t, { cellgate: { proxy_threads: 1 } });
  const app = await application(t, 'here');
  const other = await application(t, 'the other instance');
  await router.route('app.test', app.port, { app: APP, private_instance_index: '0' });
  router.register('app.test', other.port, { app: APP, private_instance_index: '1' });
  const client = await RawClient.connect(router.port);
  t.onTestFinished(() => client.close());
  const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: app.test\r\n${PIN}\r\n`;
  assert.equal((await client.send(request('/')).response()).body, 'here');
  client.send(request('/hold'));
  await app.backend.until(() => app.held.length === 1);
  app.held[0]!.destroy();
  await app.backend.until(() => app.held.length === 2);
  app.held[1]!.write(ok('again'));
  assert.equal((await client.response()).body, 'again');
  assert.equal(other.backend.requests.filter(({ start }) => start.includes('/hold')).length, 0);
});

test('a new backend begins with no request under way, whatever the last holder of its place still serves', async (t) => {
  const router = await TestRouter.start(t, { cellgate: { proxy_threads: 1 } });
  const left = await application(t, 'the one that left');
  await router.route('left.test', left.port);
  const clients = await Promise.all(Array.from({ length: 3 }, () => RawClient.connect(router.port)));
  t.onTestFinished(() => {
    for (const client of clients) client.close();
  });
  for (const client of clients) client.send('GET /hold HTTP/1.1\r\nHost: left.test\r\n\r\n');
  await left.backend.until(() => left.held.length === 3);
  router.unregister('left.test', left.port);
  await gone(router, 'left.test');
  const options = { options: { loadbalancing: 'least-connection' } };
  const [one, two] = [await application(t, 'one'), await application(t, 'two')];
  await router.route('next.test', one.port, options);
  await router.route('next.test', two.port, options);
  const counts = () => [one, two].map(({ backend }) => backend.requests.length);
  const before = counts();
  for (let i = 0; i < 60; i++) await ask(router.port, get('next.test'));
  const [first, second] = counts().map((count, i) => count - before[i]!);
  assert.ok(Math.min(first!, second!) >= 10, `${first} and ${second} of 60`);
});
