import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import type { AdminRequest } from '../../../src/admin/api.ts';
import type { DecisionStore } from '../../../src/decisions/decision-store.ts';
import { splitKey } from '../../../src/runtime/splits/split-decisions.ts';
import { splitRoutes } from '../../../src/runtime/splits/split-routes.ts';
import { SplitTables } from '../../../src/runtime/splits/split-tables.ts';

const ARM = { selector: 'app:a', weight: 1 };
const GOOD = { arms: [ARM] };

/** What a PUT comes to: the status, what is said of it, and what was decided. */
async function put(route: string, body: object, apps: readonly string[] = []) {
  const decided: unknown[] = [];
  const store = {
    current: () => [],
    put: async (_key: string, value: unknown) => {
      decided.push(value);
      return { outcome: 'ok', revision: 1 };
    },
  };
  const routes = splitRoutes({
    tables: new SplitTables({ setSplit: () => false, armsOf: () => [], appsOf: () => [...apps] }, null),
    holds: null,
    busy: () => null,
    taken: () => ({}),
    store: () => store as unknown as DecisionStore,
  });
  const { handler } = routes.find(({ method }) => method === 'PUT')!;
  const request = {
    parameters: { route },
    body,
    caller: { kind: 'nobody' },
    ifMatch: null,
    query: new URLSearchParams(),
  };
  const answer = (await handler(request as unknown as AdminRequest)) as unknown as Record<string, unknown>;
  return { kind: answer['kind'], detail: String(answer['detail'] ?? ''), decided };
}

test('all splits are told one after the other, however many there are', () => {
  for (const count of [0, 1, 5000]) {
    const decisions = Array.from({ length: count }, (_, at) => ({
      key: splitKey({ text: `r${at}.test` }),
      value: { arms: [ARM] },
      revision: at + 1,
      at: 1,
      by: 'ann',
    }));
    const other = { key: 'static.x', value: {}, revision: 9999, at: 1, by: 'ann' };
    const store = { current: () => [other, ...decisions] };
    const [route] = splitRoutes({
      tables: new SplitTables({ setSplit: () => false, armsOf: () => [], appsOf: () => [] }, null),
      holds: null,
      busy: () => null,
      taken: () => ({}),
      store: () => store as unknown as DecisionStore,
    });
    const answer = route!.handler({} as AdminRequest) as unknown as { pieces: Iterable<string> };
    const texts = [...answer.pieces];
    const { splits } = JSON.parse(texts.join('')) as { splits: { route: string; revision: number }[] };
    assert.deepEqual(
      splits.map(({ route: name, revision }) => [name, revision]),
      decisions.map(({ revision }) => [`r${revision - 1}.test`, revision]),
    );
    // One turn of the loop for each.
    assert.ok(Math.max(...texts.map(({ length }) => length)) < 100_000);
  }
});

describe('a split', () => {
  test('is decided for whatever a route can be', async () => {
    for (const route of ['a.test', 'A.test/x/', '*.a.test', '__proto__', 'a.test/x/../y']) {
      assert.equal((await put(route, GOOD)).decided.length, 1, route);
    }
  });

  test('is refused for what no route can be, since nobody would ever heed it', async () => {
    for (const route of ['http://a.test', 'a.test:80', '\0', 'a b', '*', 'a.*.test', 'x'.repeat(5000)]) {
      const { detail, decided } = await put(route, GOOD);
      assert.match(detail, /^route: found .*, allowed: /);
      assert.deepEqual(decided, []);
    }
  });

  test('is refused with a field that means nothing, which may be a misspelt one', async () => {
    const bad = [
      { ...GOOD, onEmpty: 'fail' },
      { ...GOOD, constructor: 1 },
      JSON.parse('{"arms":[{"selector":"app:a","weight":1}],"__proto__":{"hold":true}}'),
      { arms: [ARM, { selector: 'rest', weight: 1, wieght: 5 }] },
      { hold: true, ...GOOD },
    ];
    for (const body of bad) {
      const { detail, decided } = await put('a.test', body, ['a']);
      assert.match(detail, /a field that is not known here.*, allowed: /);
      assert.deepEqual(decided, []);
    }
    assert.equal((await put('a.test', { hold: true, expected: 0 }, ['a'])).decided.length, 1);
    assert.equal((await put('a.test', { ...GOOD, hold: false, key: 'client-ip' })).decided.length, 1);
    assert.match((await put('a.test', { arms: [null] })).detail, /^arms\[0\]: allowed: /);
    assert.match((await put('a.test', { arms: ['app:a=1'] })).detail, /^arms\[0\]: /);
  });
});
