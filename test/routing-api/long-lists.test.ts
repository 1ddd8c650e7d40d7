import assert from 'node:assert/strict';
import { test } from 'vitest';
import { onPanic, type Panic } from '../../src/boundary/boundary.ts';
import type { StreamEvent } from '../../src/routing-api/event-stream.ts';
import { HttpRoutes, type HttpRoutesOptions } from '../../src/routing-api/http-routes.ts';
import { LogLines } from '../support/registry-fixture.ts';
import type { Item } from '../support/routing-api-peer.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

const LONG = 50_000;
/** A list is taken this much at a time. */
const AT_ONCE = 250;

function route(i: number, more: object = {}): Item {
  return { route: `app-${i}.com`, ip: '10.0.0.1', port: 80, ttl: 60, log_guid: '', ...more };
}

/** Says each turn of the loop what has been taken in it. */
class Turns {
  readonly taken: number[] = [0];
  #timer: NodeJS.Immediate;

  constructor(t: Ending) {
    const next = (): void => {
      this.taken.push(0);
      this.#timer = setImmediate(next);
    };
    this.#timer = setImmediate(next);
    t.onTestFinished(() => clearImmediate(this.#timer));
  }

  take(): void {
    this.taken[this.taken.length - 1]!++;
  }
}

/** A routing API of the test's own, whose stream says what the test wants it to. */
class Api {
  subscribeEventsErrors = 0;
  readonly lists: (readonly Item[])[] = [];
  listed = 0;
  #say: (event: StreamEvent | null) => void = () => {};

  async list(): Promise<readonly unknown[]> {
    return this.lists[Math.min(this.listed++, this.lists.length - 1)]!;
  }

  async events(): Promise<AsyncIterable<StreamEvent>> {
    const waiting: (StreamEvent | null)[] = [];
    let wake = (): void => {};
    this.#say = (event) => {
      waiting.push(event);
      wake();
    };
    return (async function* () {
      for (;;) {
        while (waiting.length > 0) {
          const event = waiting.shift()!;
          if (event === null) return;
          yield event;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    })();
  }

  say(event: 'Upsert' | 'Delete', item: Item): void {
    this.#say({ event, data: JSON.stringify(item) });
  }

  endStream(): void {
    this.#say(null);
  }
}

type Registry = Omit<HttpRoutesOptions['registry'], 'dropFormer'>;

function follow(t: Ending, api: Api, registry: Registry): HttpRoutes {
  const routes = new HttpRoutes({
    api,
    registry: { ...registry, dropFormer: () => [] },
    syncInterval: 60_000,
    retryInterval: 1,
    log: new LogLines(),
  });
  t.onTestFinished(() => routes.follower.stop());
  return routes;
}

test('§7.6 50 000 routes are taken a few hundred in a turn of the loop, and so is their end', async (t) => {
  const api = new Api();
  api.lists.push(
    Array.from({ length: LONG }, (_, i) => route(i)),
    [],
  );
  const turns = new Turns(t);
  const present = new Set<string>();
  const { follower } = follow(t, api, {
    register: ({ uris: [uri] }) => {
      turns.take();
      present.add(uri!);
    },
    unregister: ({ uris: [uri] }) => {
      turns.take();
      present.delete(uri!);
    },
  });
  await follower.fetchOnce();
  assert.equal(present.size, LONG);
  assert.ok(Math.max(...turns.taken) <= AT_ONCE, String(Math.max(...turns.taken)));
  await follower.fetchOnce();
  assert.equal(present.size, 0);
  assert.ok(Math.max(...turns.taken) <= AT_ONCE, String(Math.max(...turns.taken)));
});

test('events that come while a list is taken stand behind it, and another list behind them', async (t) => {
  const api = new Api();
  const first = Array.from({ length: 5000 }, (_, i) => route(i));
  api.lists.push(first, [route(0), route(7777)]);
  const said: string[] = [];
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const { follower } = follow(t, api, {
    register: ({ uris: [uri], appId }) => {
      if (said.length === 0) {
        api.say('Delete', route(4999));
        api.say('Upsert', route(4998, { log_guid: 'newer' }));
        // The next stream brings another list.
        api.endStream();
      }
      said.push(`put ${uri} ${appId}`.trim());
      if (uri === 'app-7777.com') resolve();
    },
    unregister: ({ uris: [uri] }) => said.push(`gone ${uri}`),
  });
  follower.start();
  await done;
  const places = ['put app-4999.com', 'gone app-4999.com', 'put app-4998.com newer', 'gone app-1.com'].map(
    (text) => said.indexOf(text),
  );
  assert.ok(!places.includes(-1), String(places));
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
  assert.ok(said.indexOf('put app-4998.com') < places[1]!);
  // 4999 is gone by its event: the second list finds it neither there nor missing.
  assert.equal(said.filter((text) => text === 'gone app-4999.com').length, 1);
  assert.equal(api.listed, 2);
});

test('a route that throws costs itself alone, in a list and in an event', async (t) => {
  const told: Panic[] = [];
  onPanic((panic) => told.push(panic));
  const api = new Api();
  api.lists.push([route(1), route(2), route(3)]);
  const present: string[] = [];
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const { follower } = follow(t, api, {
    register: ({ uris: [uri] }) => {
      if (uri === 'app-2.com') throw new Error('a fault of ours');
      present.push(uri!);
      if (uri === 'app-3.com') {
        api.say('Upsert', route(2));
        api.say('Upsert', route(4));
      }
      if (uri === 'app-4.com') resolve();
    },
    unregister() {},
  });
  follower.start();
  await done;
  assert.deepEqual(present, ['app-1.com', 'app-3.com', 'app-4.com']);
  assert.deepEqual(
    told.map(({ kind }) => kind),
    ['message', 'message'],
  );
});
