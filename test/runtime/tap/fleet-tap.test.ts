import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import type { RequestRecord } from '../../../src/http/account/request-record.ts';
import type { TapFilter } from '../../../src/http/account/taps.ts';
import { FleetTap } from '../../../src/runtime/tap/fleet-tap.ts';
import { LocalTaps, MOST_TAPS, type TapAnswer } from '../../../src/runtime/tap/local-taps.ts';

const filterOf = (id: string) => ({ id }) as TapFilter;

function record(id: string, at = 1): RequestRecord {
  const texts = { host: '', line: '', client: '', routerError: '', endpoint: '', instance: '', app: '' };
  return { id, why: 'tapped', at, ...texts, status: 200, took: 1, attempts: [] };
}

interface Told {
  readonly requests: readonly { readonly id: string; readonly router: string }[];
  readonly next: number;
  readonly dropped: number;
  readonly not_asked: readonly { readonly id: string; readonly why: string }[];
}

describe('who looks on at one router', () => {
  test('has each record once, and again where the answer did not arrive', () => {
    const taps = new LocalTaps(
      () => {},
      () => 0,
    );
    assert.deepEqual(taps.ask(filterOf('t'), 0), { records: [], next: 0, dropped: 0, busy: false });
    taps.take([{ id: 't', records: [record('a'), record('b')], dropped: 3 }]);
    const first = taps.ask(filterOf('t'), 0);
    assert.deepEqual([first.records.map(({ id }) => id), first.next, first.dropped], [['a', 'b'], 2, 3]);
    taps.take([{ id: 't', records: [record('c')], dropped: 0 }]);
    assert.deepEqual(
      taps.ask(filterOf('t'), 0).records.map(({ id }) => id),
      ['a', 'b', 'c'],
    );
    assert.deepEqual(
      taps.ask(filterOf('t'), 2).records.map(({ id }) => id),
      ['c'],
    );
  });

  test("is shown at once what it follows, without asking, and takes nobody's place", () => {
    let now = 0;
    let told: readonly TapFilter[] = [];
    const taps = new LocalTaps(
      (filters) => {
        told = filters;
      },
      () => now,
    );
    const seen: string[] = [];
    taps.follow(filterOf('f'), ({ records }) => seen.push(...records.map(({ id }) => id)));
    for (let at = 0; at < MOST_TAPS; at++) assert.equal(taps.ask(filterOf(`t${at}`), 0).busy, false);
    taps.take([
      { id: 'f', records: [record('a')], dropped: 0 },
      { id: 't0', records: [record('b')], dropped: 0 },
    ]);
    assert.deepEqual(seen, ['a']);
    now = 60_000;
    taps.forget();
    assert.deepEqual(
      told.map(({ id }) => id),
      ['f'],
    );
  });

  test('is one of eight, has no more waiting than there is room for, and is forgotten when it asks no more', () => {
    let now = 0;
    const told: number[] = [];
    const taps = new LocalTaps(
      (filters) => void told.push(filters.length),
      () => now,
    );
    for (let at = 0; at < MOST_TAPS; at++) assert.equal(taps.ask(filterOf(`t${at}`), 0).busy, false);
    assert.equal(taps.ask(filterOf('more'), 0).busy, true);
    taps.take([{ id: 't0', records: Array.from({ length: 3000 }, (_, at) => record(`${at}`)), dropped: 5 }]);
    assert.equal(taps.ask(filterOf('t0'), 0).dropped, 1005);
    now = 6000;
    taps.ask(filterOf('t1'), 0);
    taps.end('t2');
    now = 12_000;
    taps.forget();
    assert.equal(told.at(-1), 1);
    assert.equal(taps.ask(filterOf('more'), 0).busy, false);
  });

  test('gets no more at once than a message of the bus has room for', () => {
    const taps = new LocalTaps(
      () => {},
      () => 0,
    );
    taps.ask(filterOf('t'), 0);
    const line = 'x'.repeat(500);
    const records = Array.from({ length: 1500 }, (_, at) => ({ ...record(`${at}`), line, host: line }));
    taps.take([{ id: 't', records, dropped: 0 }]);
    const seen: string[] = [];
    for (let after = 0; seen.length < records.length; ) {
      const answer = taps.ask(filterOf('t'), after);
      assert.ok(JSON.stringify(answer).length < 750_000);
      assert.ok(answer.records.length > 0);
      seen.push(...answer.records.map(({ id }) => id));
      after = answer.next;
    }
    assert.deepEqual(
      seen,
      records.map(({ id }) => id),
    );
  });
});

describe('who looks on at several routers', () => {
  const answer = (records: readonly RequestRecord[], next: number, dropped = 0): TapAnswer => ({
    ...{ records, next, dropped, busy: false },
  });

  test('has the records of all in the order of their times, with whose they are and what was lost', () => {
    const tap = new FleetTap(filterOf('t'), {}, 0);
    const all = ['one', 'two'];
    const answers = new Map([
      ['one', answer([record('a', 1), record('c', 3)], 2, 4)],
      ['two', answer([record('b', 2)], 1)],
    ]);
    tap.take(answers, tap.awaited(all), []);
    assert.deepEqual(tap.cursors, { one: 2, two: 1 });
    const told = tap.read(0) as Told;
    assert.deepEqual(
      told.requests.map(({ id, router }) => `${id} ${router}`),
      ['a one', 'b two', 'c one'],
    );
    assert.deepEqual([told.next, told.dropped], [3, 4]);
    // One that has begun anew counts from its own beginning.
    tap.take(new Map([['one', answer([record('d', 4)], 1, 1)]]), tap.awaited(all), []);
    assert.equal(tap.cursors['one'], 1);
    assert.deepEqual(
      (tap.read(3) as Told).requests.map(({ id }) => id),
      ['d'],
    );
  });

  test('is not held up by one that is silent, which is named, and waited for again now and then', () => {
    const tap = new FleetTap(filterOf('t'), {}, 0);
    const all = ['one', 'stuck'];
    const silent = [{ id: 'stuck', why: 'no answer' }];
    assert.deepEqual(tap.awaited(all), all);
    tap.take(new Map([['one', answer([], 0)]]), all, silent);
    assert.deepEqual((tap.read(0) as Told).not_asked, silent);
    let waited = 0;
    for (let round = 0; round < 20; round++) {
      const awaited = tap.awaited(all);
      if (awaited.includes('stuck')) waited++;
      tap.take(new Map([['one', answer([], 0)]]), awaited, silent);
    }
    assert.equal(waited, 2);
    tap.take(new Map([...all].map((id) => [id, answer([], 0)])), all, []);
    assert.deepEqual((tap.read(0) as Told).not_asked, []);
    assert.deepEqual(tap.awaited(all), all);
  });

  test('names one at which as many others look on as may', () => {
    const tap = new FleetTap(filterOf('t'), {}, 0);
    const busy: TapAnswer = { records: [], next: 0, dropped: 0, busy: true };
    tap.take(new Map([['full', busy]]), ['full'], []);
    assert.match((tap.read(0) as Told).not_asked[0]!.why, /as many others look on there as may/);
  });
});

describe('what is told at once', () => {
  const long = (id: string): RequestRecord => ({
    ...record(id),
    line: 'é'.repeat(500),
    host: '"'.repeat(500),
  });

  test('fits an answer of the admin address, and what is left comes with the next ones', () => {
    const tap = new FleetTap(filterOf('t'), null, 0);
    const records = Array.from({ length: 4000 }, (_, at) => long(`${at}`));
    tap.take(new Map([['r', { records, next: 4000, dropped: 0, busy: false }]]), [], []);
    const seen: string[] = [];
    for (let after = 0; ; ) {
      const answer = tap.read(after) as Told;
      assert.ok(JSON.stringify(answer).length < 1 << 20);
      if (answer.requests.length === 0) break;
      seen.push(...answer.requests.map(({ id }) => id));
      after = answer.next;
    }
    assert.deepEqual(
      seen,
      records.map(({ id }) => id),
    );
  });

  test('fits a message of the bus in bytes', () => {
    const taps = new LocalTaps(
      () => {},
      () => 0,
    );
    taps.ask(filterOf('t'), 0);
    taps.take([{ id: 't', records: Array.from({ length: 1900 }, (_, at) => long(`${at}`)), dropped: 0 }]);
    assert.ok(Buffer.byteLength(JSON.stringify(taps.ask(filterOf('t'), 0))) < 900 * 1024);
  });

  test('of a router that is gone no place is kept, and of one that is silent it is', () => {
    const tap = new FleetTap(filterOf('t'), {}, 0);
    const answer = { records: [record('a')], next: 1, dropped: 0, busy: false };
    tap.take(
      new Map([
        ['r1', answer],
        ['r2', answer],
      ]),
      [],
      [],
    );
    tap.awaited(['r1', 'r2', 'r3']);
    assert.deepEqual(Object.keys(tap.cursors), ['r1', 'r2']);
    tap.awaited(['r1', 'r3']);
    assert.deepEqual(Object.keys(tap.cursors), ['r1']);
  });
});
