import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { Bus, MessageHandler } from '../../src/bus/bus.ts';
import { Inquiry } from '../../src/roll-call/inquiry.ts';
import { type AskedRoute, RouteCensus } from '../../src/roll-call/route-census.ts';

/** Delivers at once, to all. */
class TestBus implements Bus {
  readonly #subscriptions: { readonly subject: RegExp; readonly handle: MessageHandler }[] = [];

  publish(subject: string, payload: Uint8Array, reply = ''): void {
    for (const { subject: pattern, handle } of this.#subscriptions) {
      if (pattern.test(subject)) handle(subject, payload, reply);
    }
  }

  subscribe(subject: string, handle: MessageHandler): void {
    const pattern = subject.replaceAll(/[.$]/g, '\\$&').replaceAll('*', '[^.]+');
    this.#subscriptions.push({ subject: new RegExp(`^${pattern}$`), handle });
  }

  onReconnect(): void {}

  async flush(): Promise<void> {}
}

const ASKED = { route: 'shop.test', app: '' };

function routers(bus: Bus, counts: Readonly<Record<string, (asked: AskedRoute) => number>>): RouteCensus[] {
  return Object.entries(counts).map(([id, count]) => {
    const census = new RouteCensus({ id, count });
    census.connect(bus);
    return census;
  });
}

test('every router says how many endpoints it has for a route, the one that asks among them', async () => {
  const asked: AskedRoute[] = [];
  const [one] = routers(new TestBus(), {
    one: () => 2,
    two: (what) => asked.push(what),
    three: () => 0,
  });
  const answers = await one!.ask({ route: 'shop.test', app: 'blue' }, 10);
  assert.deepEqual(Object.fromEntries(answers), { one: 2, two: 1, three: 0 });
  assert.deepEqual(asked, [{ route: 'shop.test', app: 'blue' }]);
});

test('what comes too late, from strangers or as nonsense counts for nothing', async () => {
  const bus = new TestBus();
  const [one] = routers(bus, { one: () => 1 });
  const replies: string[] = [];
  bus.subscribe('cellgate.v1.route.ask', (_subject, _payload, reply) => {
    replies.push(reply);
    for (const text of ['{', '[]', '{"id":"x y","endpoints":1}', '{"id":"x","endpoints":"1"}', '{"id":7}']) {
      bus.publish(reply, Buffer.from(text));
    }
    bus.publish(reply, Buffer.from(JSON.stringify({ id: 'x', endpoints: 1, more: 'x'.repeat(5000) })));
  });
  for (const text of ['', 'null', '{"route":1,"app":""}', '"shop.test"']) {
    bus.publish('cellgate.v1.route.ask', Buffer.from(text), 'nobody');
  }
  assert.deepEqual(Object.fromEntries(await one!.ask(ASKED, 10)), { one: 1 });
  bus.publish(replies[0]!, Buffer.from('{"id":"late","endpoints":1}'));
  assert.deepEqual(Object.fromEntries(await one!.ask(ASKED, 10)), { one: 1 });
});

test('without a bus a router knows of itself alone', async () => {
  const alone = new RouteCensus({ id: 'one', count: () => 3 });
  assert.deepEqual(Object.fromEntries(await alone.ask(ASKED, 10)), { one: 3 });
});

test('nobody is answered on a subject that is no inbox', async () => {
  const bus = new TestBus();
  routers(bus, { one: () => 1 });
  const heard: string[] = [];
  const subjects = ['router.register', '$JS.API.STREAM.PURGE.A', '_INBOX.7', 'cellgate.v1.route.answer.7'];
  for (const subject of subjects) {
    bus.subscribe(subject, (at) => heard.push(at));
    bus.publish('cellgate.v1.route.ask', Buffer.from(JSON.stringify(ASKED)), subject);
  }
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(heard, ['_INBOX.7', 'cellgate.v1.route.answer.7']);
});

test('a fault of its own is told to whoever asks, at once', async () => {
  const fault = new Error('a fault of ours');
  const inquiry = new Inquiry({
    id: 'one',
    name: 'route',
    longest: 100,
    readQuestion: () => ({}),
    readAnswer: () => ({}),
    answer: () => Promise.reject(fault),
  });
  inquiry.connect(new TestBus());
  await assert.rejects(inquiry.ask({}, 60_000), fault);
});
