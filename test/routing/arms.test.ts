import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { ArmTallies } from '../../src/routing/arm-tally.ts';
import { Arms, type Draw } from '../../src/routing/arms.ts';
import { parseSelector, SelectorError, selectorText, selects } from '../../src/routing/selector.ts';
import { readSplit, type Split, splitJson } from '../../src/routing/split.ts';
import { endpointOf } from '../support/endpoint.ts';

function splitOf(weights: Readonly<Record<string, number>>, more: object = {}, id = 'r.test'): Split {
  const arms = Object.entries(weights).map(([selector, weight]) => ({ selector, weight }));
  const read = readSplit({ arms, ...more }, id);
  assert.ok(read.ok, read.ok ? '' : read.error);
  return read.split;
}

const APPS = ['blue', 'green', 'red'];
const ENDPOINTS = APPS.flatMap((appId, app) => [1, 2].map((n) => endpointOf(app * 10 + n, { appId })));

function armsOf(split: Split): Arms {
  return new Arms({
    split,
    endpoints: ENDPOINTS,
    isOpen: () => true,
    hashBalance: 0,
    cursor: 0,
    tallies: new ArmTallies(),
  });
}

/** The application that a draw leads to. */
function drawn(arms: Arms, draw: Draw): string {
  return arms.choose(draw)!.endpoints[0]!.appId;
}

const weight = fc.integer({ min: 0, max: 10_000 });
const weights = fc.tuple(weight, weight, weight).filter((each) => each.some((w) => w > 0));
const named = ([blue, green, red]: readonly number[]) =>
  splitOf({ 'app:blue': blue!, 'app:green': green!, 'app:red': red! });

describe('2.4 a user who is known again', () => {
  test('stays in the arm whose weight rises, whatever the others are', () => {
    const users = Array.from({ length: 300 }, (_, at) => `user-${at}`);
    fc.assert(
      fc.property(weights, fc.nat(2), weight, (before, grown, more) => {
        const after = before.map((each, at) => (at === grown ? Math.min(10_000, each + more) : each));
        const [first, second] = [armsOf(named(before)), armsOf(named(after))];
        for (const value of users) {
          const [was, is] = [drawn(first, { kind: 'key', value }), drawn(second, { kind: 'key', value })];
          assert.ok(was === is || is === APPS[grown], `${value} went from ${was} to ${is}`);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('is in other arms of other routes', () => {
    const [here, there] = ['a.test', 'b.test'].map((id) =>
      armsOf(splitOf({ 'app:blue': 5000, 'app:green': 5000 }, {}, id)),
    );
    let same = 0;
    for (let at = 0; at < 10_000; at++) {
      const draw = { kind: 'key', value: `u${at}` } as const;
      if (drawn(here!, draw) === drawn(there!, draw)) same++;
    }
    assert.ok(Math.abs(same - 5000) < 3 * Math.sqrt(2500), `${same}`);
  });
});

for (const kind of ['key', 'random'] as const) {
  test(`2.4 by ${kind} each arm has its share within three standard deviations, whatever its instances`, () => {
    fc.assert(
      fc.property(weights, (given) => {
        const arms = armsOf(named(given));
        const total = given.reduce((sum, each) => sum + each, 0);
        const count = 20_000;
        const found = new Map<string, number>();
        for (let at = 0; at < count; at++) {
          const draw: Draw =
            kind === 'key' ? { kind, value: `user ${at}` } : { kind, at: (at + 0.5) / count };
          const app = drawn(arms, draw);
          found.set(app, (found.get(app) ?? 0) + 1);
        }
        for (const [at, app] of APPS.entries()) {
          const share = given[at]! / total;
          const bound = 4.5 * Math.sqrt(count * share * (1 - share)) + 1;
          assert.ok(Math.abs((found.get(app) ?? 0) - count * share) <= bound, `${app}: ${found.get(app)}`);
          if (given[at] === 0) assert.equal(found.get(app), undefined);
        }
      }),
      { numRuns: 15 },
    );
  });
}

test('2.4 what no arm selects, and what has no weight, is served by nobody', () => {
  const arms = armsOf(splitOf({ 'app:blue': 1, 'app:green': 0 }));
  assert.deepEqual([...new Set(arms.served.endpoints.map(({ appId }) => appId))], ['blue']);
  assert.equal(arms.armOf(ENDPOINTS[2]!)?.weight, 0);
  assert.equal(arms.armOf(ENDPOINTS[4]!), null);
  const blue = arms.choose({ kind: 'random', at: 0.99 })!;
  assert.equal(arms.choose({ kind: 'random', at: 0.5 }, [blue]), null);
});

test('2.4 an endpoint is of the first arm that selects it, and rest is what is left', () => {
  const arms = armsOf(splitOf({ 'instance:instance-11': 1, 'app:green': 1, rest: 8 }));
  const counts = [0.05, 0.15, 0.9].map((at) => arms.choose({ kind: 'random', at })!.endpoints.length);
  assert.deepEqual(counts, [1, 1, 4]);
});

test('selectors are read as they are written, and select what they name', () => {
  const endpoint = endpointOf(1, { host: 'fd00::1', port: 80, tags: { process_id: 'p', v: 'a=b' } });
  const good = {
    'app:app': true,
    'app:other': false,
    'process:p': true,
    'tag:v=a=b': true,
    'tag:toString=x': false,
    'instance:instance-1': true,
    'addr:[fd00::1]': true,
    'addr:[fd00::1]:80': true,
    'addr:[fd00::1]:81': false,
    'addr:10.0.0.1': false,
    rest: true,
  };
  for (const [text, expected] of Object.entries(good)) {
    const selector = parseSelector(text);
    assert.equal(selectorText(selector), text);
    assert.equal(selects(selector, endpoint), expected, text);
  }
  for (const text of [
    '',
    'app:',
    'rest:',
    'colour:blue',
    'tag:v',
    'tag:=x',
    'addr:1.2.3.4:0',
    'addr:a b',
    ':x',
  ]) {
    assert.throws(() => parseSelector(text), SelectorError, text);
  }
});

test('a split is read as it is written, and one that makes no sense is refused by one sentence', () => {
  const split = splitOf({ 'app:blue': 9900, rest: 100 }, { key: 'cookie:SID', on_empty: 'fail' });
  assert.deepEqual(readSplit(JSON.parse(JSON.stringify(splitJson(split))), 'r.test'), { ok: true, split });
  const arm = { selector: 'rest', weight: 1 };
  for (const [value, error] of [
    [{}, /^arms: allowed: a list of 1 to 16 arms$/],
    [{ arms: [{ selector: 'rest', weight: 0 }] }, /one of them needs a weight above 0/],
    [{ arms: [{ selector: 'rest', weight: 1.5 }] }, /^arms\[0\]: weight: found 1.5, allowed/],
    [{ arms: [{ selector: 'nobody', weight: 1 }] }, /^arms\[0\]: selector: found "nobody", allowed/],
    [{ arms: [arm, arm] }, /^arms: rest is there twice$/],
    [{ arms: [arm, { selector: 'app:a', weight: 1 }] }, /^arms: rest must be the last$/],
    [{ arms: [null] }, /^arms\[0\]: allowed/],
    [{ arms: [arm], key: 'cookie:' }, /^key: found "cookie:", allowed: none, client-ip/],
    [{ arms: [arm], on_empty: 'wait' }, /^on_empty: allowed: spill, fail$/],
  ] as const) {
    const read = readSplit(value, 'r');
    assert.ok(!read.ok && error.test(read.error), read.ok ? JSON.stringify(value) : read.error);
  }
});

test('2.4 what an arm passes on is shared out by the weights of the others', () => {
  fc.assert(
    fc.property(weights, fc.nat(2), (given, first) => {
      if (given[first] === 0) return;
      const arms = armsOf(named(given));
      const rest = given.reduce((sum, each, at) => (at === first ? sum : sum + each), 0);
      const counts = new Map<string, number>();
      let passed = 0;
      const DRAWS = 4000;
      for (let draw = 0; draw < DRAWS; draw++) {
        const at = (draw + 0.5) / DRAWS;
        const drawn = arms.choose({ kind: 'random', at })!;
        if (drawn.endpoints[0]!.appId !== APPS[first]) continue;
        passed++;
        const next = arms.choose({ kind: 'random', at }, [drawn]);
        if (next !== null)
          counts.set(next.endpoints[0]!.appId, (counts.get(next.endpoints[0]!.appId) ?? 0) + 1);
      }
      for (const [at, app] of APPS.entries()) {
        if (at === first || rest === 0) continue;
        // The draws lie side by side, so that only the ends of an arm's stretch are uneven.
        assert.ok(Math.abs((counts.get(app) ?? 0) - (passed * given[at]!) / rest) <= 3);
      }
    }),
    { numRuns: 40 },
  );
});
