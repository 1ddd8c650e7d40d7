import assert from 'node:assert/strict';
import { jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { describe, type TestContext, test } from 'vitest';
import type { BusClient } from '../../src/bus/client.ts';
import { connectBus } from '../../src/bus/connect-bus.ts';
import type { Decision, DecisionEntry } from '../../src/decisions/decision.ts';
import { JetStreamStore } from '../../src/decisions/jetstream-store.ts';
import { LatestDecisions } from '../../src/decisions/latest-decisions.ts';
import { AwaitedLog } from '../support/awaited-log.ts';
import { JetStreamServer } from '../support/jetstream.ts';
import { findNatsServer } from '../support/nats-server.ts';
import { busOptions } from '../support/route-bus.ts';
import { skipFor } from '../support/skip-for.ts';

const skip = findNatsServer() === undefined && 'nats-server is not installed';

interface Options {
  readonly latest?: LatestDecisions;
  readonly replicas?: number;
  /** Whose password is x; default: none. */
  readonly user?: string;
  /** Default: so long that only what is told counts. */
  readonly interval?: number;
}

/** A store, with all that its watchers were told. */
class Router {
  readonly store: JetStreamStore;
  readonly bus: BusClient;
  /** Of the store and of its connection. */
  readonly log: AwaitedLog;
  readonly told: DecisionEntry[] = [];
  readonly #waiting = new Set<() => void>();

  static async start(t: TestContext, port: number, options: Options = {}) {
    const { latest = new LatestDecisions(), replicas = 1, interval = 60_000, user = '' } = options;
    const log = new AwaitedLog();
    const login = { user, pass: 'x' };
    const bus = await connectBus(busOptions([port], { pingInterval: 500, reconnectWait: 20, log, ...login }));
    const store = new JetStreamStore({ bus, replicas, latest, log, now: () => Date.now(), interval });
    t.onTestFinished(async () => {
      await store.close();
      await bus.close();
    });
    const router = new Router(store, bus, log);
    await store.open();
    return router;
  }

  private constructor(store: JetStreamStore, bus: BusClient, log: AwaitedLog) {
    this.store = store;
    this.bus = bus;
    this.log = log;
    store.watch((entry) => {
      this.told.push(entry);
      for (const wake of this.#waiting) wake();
      this.#waiting.clear();
    });
  }

  toldUntil(revision: number): Promise<void> {
    return this.toldOf((entry) => entry.revision === revision);
  }

  async toldOf(isIt: (entry: DecisionEntry) => boolean): Promise<void> {
    while (!this.told.some(isIt)) await new Promise<void>((wake) => this.#waiting.add(wake));
  }

  get steps(): string[] {
    return this.told.map(({ key, revision, value }) => `${key}@${revision} ${JSON.stringify(value)}`);
  }
}

async function three(t: TestContext, port: number, options: Options = {}) {
  const started = Array.from({ length: 3 }, () => Router.start(t, port, options));
  return (await Promise.all(started)) as [Router, Router, Router];
}

/** A connection of which each answer passes by here. */
function withRequest(
  connection: NatsConnection,
  pass: (subject: string, answer: Promise<unknown>) => Promise<void>,
): NatsConnection {
  const request: NatsConnection['request'] = async (subject, ...more) => {
    const answer = connection.request(subject, ...more);
    await pass(subject, answer);
    return answer;
  };
  return new Proxy(connection, {
    get(target, name) {
      const value = name === 'request' ? request : Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Revision of what must have been decided. */
async function decided(outcome: ReturnType<JetStreamStore['put']>): Promise<number> {
  const done = await outcome;
  assert.ok(done.outcome === 'ok', JSON.stringify(done));
  return done.revision;
}

describe('decisions in JetStream', { ...skipFor(skip), concurrent: true }, () => {
  test('a start makes no bucket, the first decision does, and is on all three routers within a second', async (t) => {
    const server = await JetStreamServer.start(t);
    const [a, b, c] = await three(t, server.port);
    assert.deepEqual(
      [a, b, c].map(({ store }) => store.state.name),
      ['reachable', 'reachable', 'reachable'],
    );
    const manager = await jetstreamManager(a.bus.connection);
    assert.deepEqual(await manager.streams.names().next(), []);
    const begun = performance.now();
    const revision = await decided(a.store.put('split.a', { b: 10 }, 'ann', 0));
    await Promise.all([b, c].map((router) => router.toldUntil(revision)));
    const took = performance.now() - begun;
    t.annotate(`first decision on three routers after ${took.toFixed(0)} ms`);
    assert.ok(took < 1000, `${took} ms`);
    const [decision] = a.store.current();
    assert.deepEqual([decision!.value, decision!.by, decision!.revision], [{ b: 10 }, 'ann', 1]);
    for (const { store } of [b, c]) assert.deepEqual(store.current(), [decision]);
    const { config } = await manager.streams.info('KV_cellgate');
    assert.deepEqual([config.max_msgs_per_subject, config.num_replicas, config.storage], [32, 1, 'file']);
  });

  test('every later decision is on all within a second too, and told once', async (t) => {
    const server = await JetStreamServer.start(t);
    const [a, b, c] = await three(t, server.port);
    let longest = 0;
    let revision = 0;
    for (let i = 0; i < 20; i++) {
      const begun = performance.now();
      revision = await decided([a, b, c][i % 3]!.store.put('split.a', { i }, 'ann', revision));
      await Promise.all([a, b, c].map((router) => router.toldUntil(revision)));
      longest = Math.max(longest, performance.now() - begun);
    }
    t.annotate(`longest of 20 decisions on three routers: ${longest.toFixed(0)} ms`);
    assert.ok(longest < 1000, `${longest} ms`);
    const expected = Array.from({ length: 20 }, (_, i) => `split.a@${i + 1} {"i":${i}}`);
    for (const router of [a, b, c]) assert.deepEqual(router.steps, expected);
  });

  test('of two writers at once one wins, and the other is told what stands there', async (t) => {
    const server = await JetStreamServer.start(t);
    const [a, b] = await three(t, server.port);
    for (let round = 0, revision = 0; round < 10; round++) {
      const outcomes = await Promise.all([
        a.store.put('split.a', { round, of: 'a' }, 'ann', revision),
        b.store.put('split.a', { round, of: 'b' }, 'ben', revision),
      ]);
      const won = outcomes.find(({ outcome }) => outcome === 'ok');
      const lost = outcomes.find(({ outcome }) => outcome === 'conflict');
      assert.ok(won?.outcome === 'ok' && lost?.outcome === 'conflict', JSON.stringify(outcomes));
      const winner = won === outcomes[0] ? 'a' : 'b';
      assert.deepEqual([lost.revision, lost.current?.value], [won.revision, { round, of: winner }]);
      revision = won.revision;
    }
  });

  test('a decision is taken back, may be made again, and its history says by whom', async (t) => {
    const server = await JetStreamServer.start(t);
    const router = await Router.start(t, server.port);
    const { store } = router;
    assert.deepEqual(await store.history('split.a'), { outcome: 'ok', entries: [] });
    const first = await decided(store.put('split.a', { n: 1 }, 'ann', 0));
    assert.deepEqual(await store.put('split.a', {}, 'ben', 0), {
      outcome: 'conflict',
      current: store.current()[0],
      revision: first,
    });
    assert.equal((await store.remove('split.a', 'ben', 7)).outcome, 'conflict');
    const second = await decided(store.remove('split.a', 'ben', first));
    assert.deepEqual(store.current(), []);
    assert.deepEqual(await store.remove('split.b', 'ben', 7), {
      outcome: 'conflict',
      current: null,
      revision: 0,
    });
    await decided(store.put('split.b', {}, 'eve', 0));
    const fourth = await decided(store.put('split.a', { n: 2 }, 'cid', 0));
    const history = await store.history('split.a');
    assert.ok(history.outcome === 'ok');
    assert.deepEqual(
      history.entries.map(({ value, revision, by }) => [value, revision, by]),
      [
        [{ n: 1 }, first, 'ann'],
        [null, second, 'ben'],
        [{ n: 2 }, fourth, 'cid'],
      ],
    );
    assert.equal(router.told.length, 4);
    assert.deepEqual(await store.history('split.*'), { outcome: 'ok', entries: [] });
  });

  test('with NATS killed for a while the last decisions hold, and nothing is missed after it', async (t) => {
    const server = await JetStreamServer.start(t);
    const [a, b, c] = await three(t, server.port);
    const first = await decided(a.store.put('split.a', { n: 1 }, 'ann', 0));
    await Promise.all([b, c].map((router) => router.toldUntil(first)));
    const begun = Date.now();
    await server.kill();
    await Promise.all([a, b, c].map(({ log }) => log.line('nats-connection-disconnected')));
    for (const { store } of [a, b, c]) {
      const { state } = store;
      assert.ok(state.name === 'away' && state.why === 'NATS is away');
      assert.ok(state.since >= begun && state.since <= Date.now());
      assert.deepEqual(
        store.current().map(({ value }) => value),
        [{ n: 1 }],
      );
      assert.deepEqual(await store.put('split.a', {}, 'ann', first), {
        outcome: 'away',
        why: 'NATS is away',
      });
      assert.deepEqual(await store.history('split.a'), { outcome: 'away', why: 'NATS is away' });
    }
    await server.startAgain();
    await Promise.all([a, b, c].map(({ log }) => log.line('decision-store-reachable', 2)));
    let last = first;
    for (let n = 2; n < 6; n++) last = await decided(a.store.put('split.a', { n }, 'ann', last));
    await Promise.all([b, c].map((router) => router.toldUntil(last)));
    const expected = [1, 2, 3, 4, 5].map((n) => `split.a@${n} {"n":${n}}`);
    for (const router of [a, b, c]) {
      assert.deepEqual(router.steps, expected);
      assert.equal(router.store.state.name, 'reachable');
    }
  });

  test('what others decide while a router cannot reach NATS it is told afterwards, every step', async (t) => {
    const server = await JetStreamServer.start(t);
    const a = await Router.start(t, server.port);
    const first = await decided(a.store.put('split.a', { n: 0 }, 'ann', 0));
    const before = a.told.length;
    await server.kill();
    await a.log.line('nats-connection-disconnected');
    await server.startAgain();
    // By another connection, in whatever moment of the reconnection: none of these may be lost, or come twice.
    const other = await connectBus(busOptions([server.port]));
    t.onTestFinished(() => other.close());
    const bucket = await new Kvm(other.connection).open('cellgate');
    let last = first;
    for (let n = 1; n < 30; n++) {
      last = await bucket.put('split.a', JSON.stringify({ value: { n }, at: n, by: 'ben', id: `${n}` }));
    }
    await a.toldUntil(last);
    assert.deepEqual(
      a.told.slice(before).map(({ value }) => value),
      Array.from({ length: 29 }, (_, i) => ({ n: i + 1 })),
    );
  });

  test('a router that starts anew finds what was decided before', async (t) => {
    const server = await JetStreamServer.start(t);
    const a = await Router.start(t, server.port);
    const last = await decided(a.store.put('split.a', { n: 1 }, 'ann', 0));
    await decided(a.store.put('split.b', { n: 2 }, 'ann', 0));
    await decided(a.store.remove('split.a', 'ann', last));
    await server.kill();
    await server.startAgain();
    const b = await Router.start(t, server.port);
    assert.equal(b.store.state.name, 'reachable');
    assert.deepEqual(b.steps, ['split.b@2 {"n":2}']);
    assert.equal((await b.store.put('split.b', {}, 'ben', 1)).outcome, 'conflict');
  });

  test('a bad entry costs itself, is named in the log, and can be written over', async (t) => {
    const server = await JetStreamServer.start(t);
    const a = await Router.start(t, server.port);
    const good = await decided(a.store.put('split.a', { n: 1 }, 'ann', 0));
    const bucket = await new Kvm(a.bus.connection).open('cellgate');
    await bucket.put('split.a', 'no JSON');
    await bucket.put('alone', '{}');
    await bucket.put('split.b', '{"value":7,"at":1,"by":"eve"}');
    await bucket.put('split.c', '{"value":null,"at":1,"by":"eve"}');
    await bucket.put('split.d', '');
    await a.log.line('decision-rejected', 5);
    assert.deepEqual(a.steps, ['split.a@1 {"n":1}']);
    assert.deepEqual(
      a.log.lines.filter(({ message }) => message === 'decision-rejected').map(({ data }) => data),
      [
        { key: 'split.a', revision: 2, error: 'payload is not valid JSON' },
        {
          key: 'alone',
          revision: 3,
          error:
            'key: found "alone", allowed: two or more tokens of A-Z, a-z, 0-9, _ and -, with dots between them',
        },
        { key: 'split.b', revision: 4, error: 'value: no JSON object' },
        { key: 'split.c', revision: 5, error: 'value: no JSON object' },
        { key: 'split.d', revision: 6, error: 'payload is empty' },
      ],
    );
    assert.deepEqual(await a.store.put('split.a', { n: 2 }, 'ann', good), {
      outcome: 'conflict',
      current: null,
      revision: 2,
    });
    await decided(a.store.put('split.a', { n: 2 }, 'ann', 2));
    // Whoever reads it all from the start comes to the same.
    const b = await Router.start(t, server.port);
    assert.deepEqual(b.steps, ['split.a@7 {"n":2}']);
  });

  test('an entry speaks for its own key and revision alone, whatever it says of them', async (t) => {
    const server = await JetStreamServer.start(t);
    const a = await Router.start(t, server.port);
    await decided(a.store.put('split.a', { n: 1 }, 'ann', 0));
    const bucket = await new Kvm(a.bus.connection).open('cellgate');
    const lie = { key: 'split.a', revision: Number.MAX_SAFE_INTEGER, value: { lie: true }, at: 1, by: 'eve' };
    await bucket.put('split.b', JSON.stringify(lie));
    await bucket.put('split.c', `{"__proto__":{"n":1},${JSON.stringify(lie).slice(1)}`);
    await decided(a.store.put('split.a', { n: 2 }, 'ann', 1));
    const steps = ['split.b@2 {"lie":true}', 'split.c@3 {"lie":true}', 'split.a@4 {"n":2}'];
    assert.deepEqual(a.steps.slice(1), steps);
    const b = await Router.start(t, server.port);
    assert.deepEqual(b.steps, steps);
  });

  test('an entry nested too deep for others to handle costs itself, at a start too', async (t) => {
    const server = await JetStreamServer.start(t);
    const a = await Router.start(t, server.port);
    await decided(a.store.put('split.a', { n: 1 }, 'ann', 0));
    const bucket = await new Kvm(a.bus.connection).open('cellgate');
    const deep = (levels: number) =>
      `{"value":{"deep":${'['.repeat(levels)}${']'.repeat(levels)}},"at":1,"by":"eve"}`;
    await bucket.put('split.b', deep(30_000));
    await bucket.put('split.c', deep(63));
    await bucket.put('split.d', deep(64));
    await a.log.line('decision-rejected', 2);
    const b = await Router.start(t, server.port);
    for (const { store, log } of [a, b]) {
      assert.deepEqual(
        store.current().map(({ key }) => key),
        ['split.a', 'split.c'],
      );
      assert.equal(store.state.name, 'reachable');
      const rejected = log.lines.filter(({ message }) => message === 'decision-rejected');
      const error = 'value: allowed: at most 64 objects and arrays in each other';
      assert.deepEqual(
        rejected.map(({ data }) => data),
        ['split.b', 'split.d'].map((key, i) => ({ key, revision: 2 + 2 * i, error })),
      );
    }
    const outcome = await a.store.put('split.b', JSON.parse(deep(30_000)).value, 'ann', 2);
    assert.equal(outcome.outcome, 'refused');
  });

  test('a key that a tool has deleted is taken back', async (t) => {
    const server = await JetStreamServer.start(t);
    const a = await Router.start(t, server.port);
    await decided(a.store.put('split.a', {}, 'ann', 0));
    await decided(a.store.put('split.b', {}, 'ann', 0));
    const bucket = await new Kvm(a.bus.connection).open('cellgate');
    await bucket.delete('split.a');
    await bucket.purge('split.b');
    await a.toldUntil(4);
    assert.deepEqual(a.steps.slice(2), ['split.a@3 null', 'split.b@4 null']);
    assert.deepEqual(a.store.current(), []);
    await decided(a.store.put('split.a', {}, 'ann', 0));
  });

  test('when the bucket is gone the last decisions hold, and the next one makes it anew with them', async (t) => {
    const server = await JetStreamServer.start(t);
    const a = await Router.start(t, server.port, { interval: 50 });
    await decided(a.store.put('split.a', { n: 1 }, 'ann', 0));
    await decided(a.store.put('split.b', { n: 2 }, 'ann', 0));
    const manager = await jetstreamManager(a.bus.connection);
    await manager.streams.delete('KV_cellgate');
    await a.log.line('decision-store-away');
    const { state } = a.store;
    assert.equal(state.name === 'away' && state.why, 'the bucket cellgate is gone');
    assert.equal(a.store.current().length, 2);
    await decided(a.store.put('split.c', { n: 3 }, 'ben', 0));
    const b = await Router.start(t, server.port);
    const about = ({ key, value, by }: Decision) => [key, value, by];
    assert.deepEqual(b.store.current().map(about), [
      ['split.a', { n: 1 }, 'ann'],
      ['split.b', { n: 2 }, 'ann'],
      ['split.c', { n: 3 }, 'ben'],
    ]);
    assert.deepEqual(a.store.current(), b.store.current());
  });

  test('a bucket that was made anew by others is read from its start', async (t) => {
    const server = await JetStreamServer.start(t);
    const [a, b] = await three(t, server.port, { interval: 50 });
    for (const key of ['split.a', 'split.b']) await decided(a.store.put(key, {}, 'ann', 0));
    await b.toldUntil(2);
    const manager = await jetstreamManager(a.bus.connection);
    await manager.streams.delete('KV_cellgate');
    const bucket = await new Kvm(a.bus.connection).create('cellgate', { history: 32 });
    await bucket.put('split.b', '{"value":{"new":true},"at":1,"by":"eve"}');
    for (const router of [a, b]) {
      await router.toldOf(({ key, value }) => key === 'split.a' && value === null);
      await router.toldOf(({ value }) => value?.['new'] === true);
      assert.deepEqual(
        router.store.current().map(({ key, value }) => [key, value]),
        [['split.b', { new: true }]],
      );
    }
  });

  test('NATS without JetStream refuses with what is to be turned on, and the last decisions hold', async (t) => {
    const server = await JetStreamServer.start(t);
    await server.kill();
    await server.startAgain([]);
    const latest = new LatestDecisions();
    const known = { key: 'split.a', value: { b: 10 }, revision: 7, at: 900, by: 'ann' };
    latest.replace([known]);
    const { store } = await Router.start(t, server.port, { latest });
    assert.equal(store.state.name, 'away');
    assert.deepEqual(store.current(), [known]);
    const outcome = await store.put('split.a', {}, 'ann', 7);
    assert.ok(outcome.outcome === 'refused');
    assert.match(outcome.why, /^this NATS does not have JetStream.*`jetstream \{\}` in nats-server\.conf/);
  });

  test('what JetStream refuses for good is refused in its words', async (t) => {
    const server = await JetStreamServer.start(t);
    const { store } = await Router.start(t, server.port, { replicas: 3 });
    const outcome = await store.put('split.a', {}, 'ann', 0);
    assert.ok(outcome.outcome === 'refused');
    assert.match(outcome.why, /^JetStream: replicas > 1 not supported in non-clustered mode/);
  });

  test('what is larger than this NATS takes, or is not for this user, is refused', async (t) => {
    const users =
      '{ user: may, password: x }, { user: writes-not, password: x, permissions: { publish: { deny: "$KV.>" } } }';
    const server = await JetStreamServer.start(t, `max_payload: 4096\nauthorization: { users: [${users}] }`);
    const may = await Router.start(t, server.port, { user: 'may' });
    await decided(may.store.put('split.a', {}, 'ann', 0));
    const large = await may.store.put('split.b', { text: 'x'.repeat(8000) }, 'ann', 0);
    assert.deepEqual(large, { outcome: 'refused', why: "JetStream: 'payload' max_payload size exceeded" });
    const { store } = await Router.start(t, server.port, { user: 'writes-not' });
    const outcome = await store.put('split.a', {}, 'ann', 1);
    assert.ok(outcome.outcome === 'refused');
    assert.match(outcome.why, /^JetStream: Permissions Violation for Publish to "\$KV\.cellgate\.split\.a"/);
    assert.equal(store.current().length, 1);
  });

  test('a bucket that forgets is not used, and says so', async (t) => {
    const server = await JetStreamServer.start(t);
    const maker = await connectBus(busOptions([server.port]));
    t.onTestFinished(() => maker.close());
    await new Kvm(maker.connection).create('cellgate', { ttl: 60_000 });
    const { store } = await Router.start(t, server.port);
    const why =
      'JetStream: the bucket cellgate has a max_age, after which decisions would be lost: it must have none';
    assert.equal(store.state.name === 'away' && store.state.why, why);
    assert.deepEqual(await store.put('split.a', {}, 'ann', 0), { outcome: 'away', why });
  });

  test('a decision of which the answer was lost is known again by its writer', async (t) => {
    const server = await JetStreamServer.start(t);
    const { bus, log } = await Router.start(t, server.port);
    let lost = 0;
    const connection = withRequest(bus.connection, async (subject, answer) => {
      await answer;
      if (subject.startsWith('$KV.') && lost++ < 2) throw new Error('timeout');
    });
    const latest = new LatestDecisions();
    const forgetful = new JetStreamStore({
      bus: {
        connection,
        state: 'connected',
        publish: (subject, payload) => bus.publish(subject, payload),
        subscribe: (subject, handle) => bus.subscribe(subject, handle),
        onReconnect: (listener) => bus.onReconnect(listener),
        flush: () => bus.flush(),
      },
      replicas: 1,
      latest,
      log,
      now: () => Date.now(),
    });
    t.onTestFinished(() => forgetful.close());
    await forgetful.open();
    assert.deepEqual(await forgetful.put('split.a', { n: 1 }, 'ann', 0), { outcome: 'ok', revision: 1 });
    assert.deepEqual(await forgetful.put('split.a', { n: 2 }, 'ann', 1), { outcome: 'ok', revision: 2 });
    assert.equal(lost, 2);
  });

  test('a store that is closed tells and decides nothing more', async (t) => {
    const server = await JetStreamServer.start(t);
    const [a, b] = await three(t, server.port);
    const first = await decided(a.store.put('split.a', { n: 1 }, 'ann', 0));
    await b.toldUntil(first);
    await b.store.close();
    await b.store.close();
    await decided(a.store.put('split.a', { n: 2 }, 'ann', first));
    await b.bus.flush();
    assert.deepEqual(b.steps, ['split.a@1 {"n":1}']);
    assert.deepEqual(await b.store.put('split.a', {}, 'ben', 2), {
      outcome: 'away',
      why: 'the store is closed',
    });
  });
});
