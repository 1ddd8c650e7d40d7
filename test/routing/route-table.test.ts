import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { routeKey } from '../../src/routing/route-key.ts';
import { NO_ROW, RouteTable } from '../../src/routing/route-table.ts';
import { storeOf } from '../support/plain-change.ts';
import { NaiveRouteTable, type Route } from './naive-route-table.ts';

/** A table with rows and keys of its own, changed by the keys of routes. */
class Table {
  readonly #records = storeOf();
  readonly #rows: { readonly key: number; readonly route: Route }[] = [];
  readonly #table = new RouteTable(
    { keyOf: (row) => this.#rows[row]!.key, isEmpty: (row) => this.#rows[row]!.route.isEmpty },
    this.#records.reader,
  );
  readonly #byKey = new Map<string, number>();

  set(key: string, route: Route): void {
    this.delete(key);
    const row = this.#rows.push({ key: this.#records.put(key) as number, route }) - 1;
    this.#byKey.set(key, row);
    this.#table.add(row);
  }

  delete(key: string): void {
    const row = this.#byKey.get(key);
    if (row === undefined) return;
    this.#byKey.delete(key);
    this.#table.remove(row);
  }

  match(host: string, path: string): Route | null {
    const row = this.#table.match(host, path);
    return row === NO_ROW ? null : this.#rows[row]!.route;
  }
}

/** A table of these uris; one that ends in ` empty` has no endpoints. */
function tableOf(...uris: readonly string[]): Table {
  const table = new Table();
  for (const entry of uris) {
    const [uri, empty] = entry.split(' ') as [string, string?];
    table.set(routeKey(uri), { key: routeKey(uri), isEmpty: empty !== undefined });
  }
  return table;
}

function keyOf(route: Route | null): string | null {
  return route === null ? null : `${route.key}${route.isEmpty ? ' empty' : ''}`;
}

describe('a request is matched', () => {
  const cases: readonly [
    what: string,
    routes: readonly string[],
    host: string,
    path: string,
    key: string | null,
  ][] = [
    ['to its host', ['a.com', 'b.com'], 'a.com', '/x', 'a.com'],
    ['to no other host', ['b.com'], 'a.com', '/', null],
    ['to nothing in an empty table', [], 'a.com', '/', null],
    ['to the longest path', ['a.com', 'a.com/x', 'a.com/x/y'], 'a.com', '/x/y/z', 'a.com/x/y'],
    ['N05 on whole segments only', ['a.com', 'a.com/app'], 'a.com', '/apple', 'a.com'],
    ['N05 whatever the case of the path', ['a.com/App'], 'a.com', '/aPP/x', 'a.com/app'],
    ['N05 with a trailing slash', ['a.com', 'a.com/x'], 'a.com', '/x/', 'a.com/x'],
    ['to a route registered with a trailing slash', ['a.com/x/'], 'a.com', '/x', 'a.com/x'],
    ['to a route of two trailing slashes by that alone', ['a.com', 'a.com//'], 'a.com', '//', 'a.com/'],
    ['not to a route of two trailing slashes by one', ['a.com', 'a.com//'], 'a.com', '/', 'a.com'],
    ['N01 on the raw path', ['a.com', 'a.com/b'], 'a.com', '/a/../b', 'a.com'],
    ['N03 with %2f as no separator', ['a.com', 'a.com/a'], 'a.com', '/a%2fb', 'a.com'],
    ['N02 with empty segments as they are', ['a.com', 'a.com/a/b'], 'a.com', '/a//b', 'a.com'],
    ['to a wildcard', ['*.a.com'], 'x.a.com', '/', '*.a.com'],
    ['to a wildcard over several labels', ['*.a.com'], 'x.y.a.com', '/', '*.a.com'],
    ['to the nearest wildcard', ['*.com', '*.a.com'], 'x.a.com', '/', '*.a.com'],
    ['not to the wildcard of its own name', ['*.a.com'], 'a.com', '/', null],
    ['to the exact host before a wildcard', ['*.com', 'a.com'], 'a.com', '/', 'a.com'],
    ['to the exact host with a shorter path before a wildcard', ['*.com/x', 'a.com'], 'a.com', '/x', 'a.com'],
    [
      'to a wildcard when the exact host only has deeper paths',
      ['*.com', 'a.com/api'],
      'a.com',
      '/x',
      '*.com',
    ],
    ['to a path under a wildcard', ['*.com', '*.com/x'], 'a.com', '/x/y', '*.com/x'],
    ['C07 to no wildcard of everything', ['*'], 'a.com', '/', null],
    ['to an empty pool when nothing else is there', ['a.com empty'], 'a.com', '/x', 'a.com empty'],
    ['to an empty pool before a wildcard', ['a.com empty', '*.com'], 'a.com', '/', 'a.com empty'],
    ['past an empty pool to a shorter path', ['a.com', 'a.com/x empty'], 'a.com', '/x', 'a.com'],
    ['to the deepest of empty pools', ['a.com empty', 'a.com/x empty'], 'a.com', '/x', 'a.com/x empty'],
    ['past an empty pool the walk goes beyond', ['a.com empty', 'a.com/x/y'], 'a.com', '/x', null],
    ['past that to a wildcard', ['a.com empty', 'a.com/x/y', '*.com'], 'a.com', '/x', '*.com'],
    ['H11 by its host alone for OPTIONS *', ['a.com', 'a.com/x'], 'a.com', '*', 'a.com'],
    [
      'S14 by names that mean something to JavaScript',
      ['__proto__/constructor'],
      '__proto__',
      '/constructor',
      '__proto__/constructor',
    ],
    [
      'by a path beyond ASCII by its escapes',
      ['a.com/Ünï'],
      'a.com',
      '/%C3%9Cn%c3%AF/x',
      'a.com/%c3%9cn%c3%af',
    ],
    ['S14 by no such name that was not registered', ['a.com'], 'constructor', '/', null],
  ];
  for (const [what, routes, host, path, key] of cases) {
    test(`${what}: ${host}${path} in [${routes.join(', ')}]`, () => {
      assert.equal(keyOf(tableOf(...routes).match(host, path)), key);
    });
  }
});

const label = fc.constantFrom('a', 'b', 'c');
const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
const wildcard = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => ['*', ...labels].join('.'));
const segment = fc.constantFrom('x', 'y', 'X', '', 'a.b', '%2f');
const path = fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join('/')}`);
const uri = fc
  .tuple(fc.oneof(host, wildcard), fc.oneof(fc.constant(''), path), fc.constantFrom('', '?q/r'))
  .map(([name, rest, query]) => `${name}${rest}${query}`);

test('§2.2 a random table matches as the naive model does, after any sequence of changes', () => {
  const change = fc.oneof(fc.record({ put: uri, empty: fc.boolean() }), fc.record({ drop: fc.nat() }));
  const requests = fc.array(fc.tuple(host, path), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 25 }), requests, (changes, wanted) => {
      const table = new Table();
      const naive = new NaiveRouteTable();
      const keys: string[] = [];
      for (const next of changes) {
        if ('put' in next) {
          const key = routeKey(next.put);
          const route = { key, isEmpty: next.empty };
          table.set(key, route);
          naive.set(key, route);
          keys.push(key);
        } else {
          const key = keys[next.drop % keys.length] ?? 'never.was/here';
          table.delete(key);
          naive.delete(key);
        }
      }
      for (const [name, rest] of wanted) {
        assert.equal(table.match(name, rest), naive.match(name, rest), `${name}${rest}`);
      }
      for (const key of keys) table.delete(key);
      for (const [name, rest] of wanted) assert.equal(table.match(name, rest), null);
    }),
    { numRuns: 2000 },
  );
});

test('X12 a route of very many segments is set, matched and deleted like any other', () => {
  const key = `a.com${'/x'.repeat(100_000)}`;
  const table = tableOf('a.com');
  table.set(key, { key, isEmpty: false });
  assert.equal(keyOf(table.match('a.com', key.slice('a.com'.length))), key);
  table.delete(key);
  assert.equal(keyOf(table.match('a.com', '/x')), 'a.com');
});
