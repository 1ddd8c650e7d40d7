import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'vitest';
import { decisionKey } from '../../../src/decisions/decision-key.ts';
import type { DecisionStore, WriteOutcome } from '../../../src/decisions/decision-store.ts';
import { DecisionsFile } from '../../../src/decisions/decisions-file.ts';
import { FileStore } from '../../../src/decisions/file-store.ts';
import { LatestDecisions } from '../../../src/decisions/latest-decisions.ts';
import type { StaticRoute } from '../../../src/runtime/table/static-route.ts';
import { StaticRoutes } from '../../../src/runtime/table/static-routes.ts';
import { temporaryDirectory } from '../../support/cellgate-process.ts';
import { LogLines } from '../../support/registry-fixture.ts';

const UNTIL = 1_700_000_000_000;

function route(name: string, port = 1, until = UNTIL): StaticRoute {
  const endpoints = [{ uris: [name], host: 'h', port }];
  return { kind: 'http', route: name, who: 'ops', until, endpoints };
}

async function opened(t: TestContext): Promise<FileStore> {
  const log = new LogLines();
  const file = new DecisionsFile(join(temporaryDirectory(t), 'state'), log);
  const store = new FileStore({ file, latest: new LatestDecisions(), log, now: () => 1 });
  await store.open();
  t.onTestFinished(() => store.close());
  return store;
}

/** A store in which writing some keys comes to something else. */
function failing(store: FileStore, outcomes: Readonly<Record<string, WriteOutcome>>): DecisionStore {
  return {
    get state() {
      return store.state;
    },
    current: () => store.current(),
    put: async (key, ...rest) => outcomes[key] ?? store.put(key, ...rest),
    remove: async (key, ...rest) => outcomes[`remove ${key}`] ?? store.remove(key, ...rest),
    history: (key) => store.history(key),
    watch: (listener) => store.watch(listener),
    close: () => store.close(),
  };
}

function keyOf(name: string): string {
  return decisionKey('static', `http ${name}`);
}

function decided(store: DecisionStore): unknown[] {
  return store.current().map(({ value }) => value);
}

const AWAY: WriteOutcome = { outcome: 'away', why: 'it is away' };

describe('operators’ routes as decisions', () => {
  test('are one for each route, and the next word about a route takes the place of the last', async (t) => {
    const store = await opened(t);
    const routes = new StaticRoutes(store);
    assert.ok(routes.isEmpty);
    assert.deepEqual(await routes.put([route('a'), route('b')]), { outcome: 'ok' });
    assert.deepEqual(await routes.put([route('b', 2)]), { outcome: 'ok' });
    assert.deepEqual(decided(store), [route('a'), route('b', 2)]);
    assert.ok(!routes.isEmpty);
    const history = await store.history(keyOf('b'));
    assert.deepEqual(history.outcome === 'ok' && history.entries.map(({ by }) => by), ['ops', 'ops']);
  });

  test('are all made, or none: what was made is taken back, and what stood before stands again', async (t) => {
    const store = await opened(t);
    await new StaticRoutes(store).put([route('b')]);
    const many = ['a', 'b', 'c', 'd'].map((name) => route(name, 9));
    const routes = new StaticRoutes(failing(store, { [keyOf('c')]: AWAY }));
    assert.deepEqual(await routes.put(many), AWAY);
    assert.deepEqual(decided(store), [route('b')]);
    const many2 = Array.from({ length: 300 }, (_, at) => route(`r${at}`));
    assert.deepEqual(await new StaticRoutes(failing(store, { [keyOf('r299')]: AWAY })).put(many2), AWAY);
    assert.deepEqual(decided(store), [route('b')]);
  });

  test('are told by name where they could not be taken back', async (t) => {
    const store = await opened(t);
    const routes = new StaticRoutes(failing(store, { [keyOf('b')]: AWAY, [`remove ${keyOf('a')}`]: AWAY }));
    assert.deepEqual(await routes.put([route('a'), route('b')]), {
      outcome: 'away',
      why: 'it is away; these could not be taken back: a',
    });
  });

  test('are refused where somebody else was first', async (t) => {
    const store = await opened(t);
    const conflict: WriteOutcome = { outcome: 'conflict', current: null, revision: 7 };
    const routes = new StaticRoutes(failing(store, { [keyOf('a')]: conflict }));
    assert.deepEqual(await routes.put([route('a')]), {
      outcome: 'conflict',
      why: 'somebody else has decided about a meanwhile',
    });
  });

  test('are heard of by all who watch, and what is not of its own key is none', async (t) => {
    const store = await opened(t);
    const routes = new StaticRoutes(store);
    await routes.put([route('a')]);
    const heard: unknown[] = [];
    const end = routes.watch((about, now) => heard.push([about.route, now]));
    await store.put('split.YQ', { kind: 'http' }, 'x', 0);
    await store.put(keyOf('b'), { ...route('other') }, 'x', 0);
    await store.put(keyOf('c'), { nonsense: true }, 'x', 0);
    await store.put('static.-', { ...route('') }, 'x', 0);
    await routes.put([route('a', 2)]);
    await store.remove(keyOf('a'), 'x', store.current().find(({ key }) => key === keyOf('a'))!.revision);
    end();
    await routes.put([route('a', 3)]);
    assert.deepEqual(heard, [
      ['a', route('a')],
      ['b', null],
      ['c', null],
      ['a', route('a', 2)],
      ['a', null],
    ]);
  });

  test('are forgotten when they have been over for ten minutes', async (t) => {
    const store = await opened(t);
    const routes = new StaticRoutes(store);
    await store.put('split.YQ', { until: 1 }, 'x', 0);
    await routes.put([route('a', 1, 1000), route('b', 1, 2000)]);
    await routes.tidy(1000 + 599_999);
    assert.equal(store.current().length, 3);
    await routes.tidy(1000 + 600_000);
    assert.deepEqual(
      store.current().map(({ key }) => key),
      ['split.YQ', keyOf('b')],
    );
  });
});
