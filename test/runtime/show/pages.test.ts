import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { endpointsPage } from '../../../src/runtime/show/endpoints-page.ts';
import { type AskedPage, type Page, readPage } from '../../../src/runtime/show/page.ts';
import { routesPage } from '../../../src/runtime/show/routes-page.ts';
import { RegistryFixture, routeMessage } from '../../support/registry-fixture.ts';

const NO_TRAFFIC = { minute: () => null, busiest: () => [], failing: () => [] };

/** Something that happens to the table between two pages. */
const change = fc.record({
  kind: fc.constantFrom('register', 'unregister'),
  route: fc.nat(12).map((at) => `r-${at}.test`),
  port: fc.integer({ min: 1, max: 4 }),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function apply(fixture: RegistryFixture, { kind, route, port }: Change): void {
  const message = routeMessage({ uris: [route], port });
  if (kind === 'register') fixture.registry.register(message);
  else fixture.registry.unregister(message);
}

function asked(query: string): AskedPage {
  const read = readPage(new URLSearchParams(query));
  assert.ok(typeof read !== 'string', String(read));
  return read;
}

/** All that pages show one after the other, while the table changes between them. */
async function read(
  take: (asked: AskedPage) => Promise<Page<object>>,
  limit: number,
  between: (page: number) => void,
): Promise<Record<string, string>[]> {
  const all: Record<string, string>[] = [];
  let page = await take(asked(`limit=${limit}`));
  for (let number = 0; ; number++) {
    all.push(...(page.items as Record<string, string>[]));
    if (page.cursor === null) return all;
    between(number);
    page = await take(asked(`limit=${limit}&cursor=${encodeURIComponent(page.cursor)}`));
  }
}

test('2.11 what stays in the table while it is paged through is on one page and no other', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 10, maxLength: 60 }),
      fc.array(fc.array(change, { maxLength: 6 }), { maxLength: 12 }),
      fc.integer({ min: 1, max: 4 }),
      async (first, later, limit) => {
        for (const what of ['routes', 'endpoints'] as const) {
          const fixture = new RegistryFixture();
          const { registry } = fixture;
          const namesNow = async (): Promise<Set<string>> => {
            const page = await endpointsPage(registry, asked('limit=500'), 0);
            const names = (page.items as Record<string, string>[]).map(({ route, address }) =>
              what === 'routes' ? route! : `${route} ${address}`,
            );
            return new Set(names);
          };
          for (const each of first) apply(fixture, each);
          let stayed = await namesNow();
          const shown = await read(
            (page) =>
              what === 'routes'
                ? routesPage(registry.view, page, NO_TRAFFIC)
                : endpointsPage(registry, page, 0),
            limit,
            (number) => {
              for (const each of later[number] ?? []) {
                apply(fixture, each);
                const gone = `${each.route} 10.0.0.1:${each.port}`;
                if (each.kind === 'register') continue;
                stayed.delete(gone);
                if (what === 'routes' && registry.view.route(each.route) === null) stayed.delete(each.route);
              }
            },
          );
          const names = shown.map(({ route, address }) =>
            what === 'routes' ? route! : `${route} ${address}`,
          );
          stayed = stayed.intersection(await namesNow());
          for (const name of stayed) {
            assert.equal(names.filter((each) => each === name).length, 1, `${name} of ${names}`);
          }
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('2.11 a cursor is one, and goes with the order of the table alone', () => {
  for (const query of ['cursor=x', 'cursor=-1', 'cursor=1&after=2', 'cursor=1&sort=busiest', 'cursor=']) {
    const read = readPage(new URLSearchParams(query));
    assert.match(String(read), /^cursor: /, query);
  }
});

test('a question of more words than are looked for is refused, and the same word counts once', () => {
  const words = (count: number): string => Array.from({ length: count }, (_, at) => `w${at}`).join('+');
  asked(`q=${words(16)}`);
  asked(`q=${Array.from({ length: 500 }, () => 'a').join('+')}`);
  assert.equal(readPage(new URLSearchParams(`q=${words(17)}`)), 'q: allowed: 16 words');
});
