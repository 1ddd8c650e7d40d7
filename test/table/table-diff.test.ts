import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { differenceText } from '../../src/cli/difference-text.ts';
import { SortedTable } from '../../src/table/sorted-table.ts';
import { type RouteDifference, tableDiff } from '../../src/table/table-diff.ts';
import type { TableEntry } from '../../src/table/table-entry.ts';
import { temporaryDirectory } from '../support/cellgate-process.ts';

type Wanted = Readonly<Record<string, unknown>>;

/** So short that nearly every run is on disk. */
const TINY = 200;

async function diff(old: readonly TableEntry[], next: readonly TableEntry[], runLength?: number) {
  const tables = [new SortedTable(runLength), new SortedTable(runLength)] as const;
  try {
    for (const entry of old) await tables[0].add(entry);
    for (const entry of next) await tables[1].add(entry);
    return await Array.fromAsync(tableDiff(...tables));
  } finally {
    for (const table of tables) await table.close();
  }
}

function keyOf({ kind, route, address }: TableEntry): string {
  return JSON.stringify([kind, route, address]);
}

/** Without ages, in one order, nothing empty. */
function flat(said: Wanted, path = ''): [string, unknown][] {
  return Object.entries(said)
    .filter(([name, value]) => value !== null && value !== '' && name !== 'first_seen' && name !== 'uris')
    .flatMap(([name, value]): [string, unknown][] =>
      typeof value === 'object' ? flat(value as Wanted, `${path}${name}.`) : [[path + name, value]],
    );
}

/** All of both in memory, and every pair looked at. */
function naive(old: readonly TableEntry[], next: readonly TableEntry[]): RouteDifference[] {
  const [before, after] = [old, next].map((entries) => new Map(entries.map((each) => [keyOf(each), each])));
  const all = [...before!.values(), ...after!.values()];
  const routes = [...new Set(all.map(({ kind, route }) => JSON.stringify([kind, route])))];
  const found = routes.map((text): RouteDifference => {
    const [kind, route] = JSON.parse(text) as ['http' | 'tcp', string];
    const of = (entries: Map<string, TableEntry>) =>
      [...entries.values()].filter((each) => each.kind === kind && each.route === route);
    const [olds, news] = [of(before!), of(after!)];
    const address = (each: TableEntry): string => each.address;
    return {
      kind,
      route,
      in: news.length === 0 ? 'old' : olds.length === 0 ? 'new' : 'both',
      gone: olds
        .map(address)
        .filter((each) => !news.map(address).includes(each))
        .sort(),
      added: news
        .map(address)
        .filter((each) => !olds.map(address).includes(each))
        .sort(),
      changed: olds
        .flatMap((each) => {
          const other = news.find((one) => one.address === each.address);
          if (other === undefined) return [];
          const [a, b] = [Object.fromEntries(flat(each.said)), Object.fromEntries(flat(other.said))];
          const fields = [...new Set([...Object.keys(a), ...Object.keys(b)])]
            .sort()
            .filter((name) => a[name] !== b[name])
            .map((field) => ({ field, old: a[field] ?? null, new: b[field] ?? null }));
          return fields.length === 0 ? [] : [{ address: each.address, fields }];
        })
        .sort((x, y) => (x.address < y.address ? -1 : 1)),
    };
  });
  return found
    .filter(({ gone, added, changed }) => gone.length + added.length + changed.length > 0)
    .sort((x, y) => (JSON.stringify([x.kind, x.route]) < JSON.stringify([y.kind, y.route]) ? -1 : 1));
}

const VALUE = fc.oneof(fc.constantFrom('', 'a', 'b', 'é"\\'), fc.integer({ min: 0, max: 2 }));
const SAID = fc.record(
  {
    app: VALUE,
    first_seen: fc.nat(),
    uris: fc.constant(['x']),
    tags: fc.dictionary(fc.constantFrom('p', 'q'), fc.constantFrom('', '1', '2'), { noNullPrototype: true }),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const ENTRY = fc.record(
  {
    line: fc.constant(1),
    kind: fc.constantFrom('http' as const, 'tcp' as const),
    route: fc.constantFrom('a.test', 'a.test/x', 'a.test/"', 'a.testé', 'b', '1024 a'),
    address: fc.constantFrom('10.0.0.1:80', '10.0.0.1:8', '::1:80', 'h'),
    said: SAID,
  },
  { noNullPrototype: true },
);
const TABLE = fc.uniqueArray(ENTRY, { selector: keyOf, maxLength: 30 });

describe('what differs between two tables', () => {
  test('is what a look at every pair finds, in the order of routes, on disk as in memory', async () => {
    await fc.assert(
      fc.asyncProperty(TABLE, TABLE, async (old, next) => {
        const expected = naive(old, next);
        assert.deepEqual(await diff(old, next, TINY), expected);
        assert.deepEqual(await diff(old, next), expected);
      }),
      { numRuns: 150 },
    );
  });

  test('is nothing between a table and the same in another order', async () => {
    await fc.assert(
      fc.asyncProperty(TABLE, fc.nat(), async (table, seed) => {
        const order = new Map(table.map((each, at) => [each, (at * 7919 + seed) % 31]));
        const shuffled = [...table].sort((a, b) => order.get(a)! - order.get(b)!);
        assert.deepEqual(await diff(table, shuffled, TINY), []);
      }),
      { numRuns: 50 },
    );
  });

  test('is a field of any name that one of them alone has', async () => {
    for (const field of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      const entry = (said: string): TableEntry => ({
        line: 1,
        kind: 'http',
        route: 'a',
        address: 'h:1',
        said: JSON.parse(said),
      });
      const [difference] = await diff([entry(`{"${field}":"x"}`)], [entry('{}')]);
      assert.deepEqual(difference?.changed, [{ address: 'h:1', fields: [{ field, old: 'x', new: null }] }]);
      assert.match(differenceText(difference!, 'OLD', 'NEW'), / is "x" in OLD and not there in NEW/);
    }
  });

  test('goes by the last line where an endpoint is there twice', async () => {
    const entry = (line: number, app: string): TableEntry => ({
      line,
      kind: 'http',
      route: 'a',
      address: 'h:1',
      said: { app },
    });
    assert.deepEqual(await diff([entry(2, 'z'), entry(10, 'b')], [entry(1, 'b')]), []);
  });

  test('leaves nothing on disk', async (t) => {
    const folder = temporaryDirectory(t);
    const before = process.env['TMPDIR'];
    t.onTestFinished(() => {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    });
    process.env['TMPDIR'] = folder;
    const table = new SortedTable(TINY);
    const said = { app: 'x'.repeat(TINY) };
    await table.add({ line: 1, kind: 'http', route: 'a', address: 'h:1', said });
    assert.equal(readdirSync(folder).length, 1);
    await table.close();
    assert.deepEqual(readdirSync(folder), []);
  });
});
