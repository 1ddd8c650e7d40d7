import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { MAX_DECISIONS } from '../../../src/decisions/decision.ts';
import type { DecisionStore, WriteOutcome } from '../../../src/decisions/decision-store.ts';
import { countArms } from '../../../src/routing/arm-counts.ts';
import { HOLDER, NewAppHolds } from '../../../src/runtime/splits/new-app-holds.ts';
import { splitKey } from '../../../src/runtime/splits/split-decisions.ts';
import { readSplitRoute } from '../../../src/runtime/splits/split-route.ts';
import { UnservedHolds } from '../../../src/runtime/splits/unserved-holds.ts';
import { endpointOf } from '../../support/endpoint.ts';
import { ToldLog } from '../../support/told-log.ts';

const ROUTE = readSplitRoute('shop.test')!;
const AWAY: WriteOutcome = { outcome: 'away', why: 'nobody answers' };
const REFUSED: WriteOutcome = { outcome: 'refused', why: 'turn JetStream on' };
const OK: WriteOutcome = { outcome: 'ok', revision: 7 };

/** Holds over a store that answers what it is told to. */
function fixture(isTableWhole = true) {
  const state = { now: 0, answer: OK as WriteOutcome, whole: isTableWhole };
  const written: unknown[][] = [];
  const released: string[] = [];
  const log = new ToldLog();
  const store = {
    put: async (...args: unknown[]) => {
      written.push(args);
      return state.answer;
    },
    remove: async (...args: unknown[]) => {
      written.push(args);
      return state.answer;
    },
  } as unknown as DecisionStore;
  const holds = new NewAppHolds({
    store: () => store,
    isTableWhole: () => state.whole,
    now: () => state.now,
    wallNow: () => 1_000_000,
    release: ({ text }) => void released.push(text),
    log,
  });
  return { holds, state, written, released, log };
}

/** Until everything that was begun has come to its end. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

const decision = (by: string, value: object | null = null) => ({
  key: splitKey(ROUTE),
  value: value as never,
  revision: 1,
  at: 0,
  by,
});

describe('a hold of a newly mapped application', () => {
  test('is not made by a router that has lacked its table for less than a minute', () => {
    const { holds, state } = fixture(false);
    assert.equal(holds.mayHold('shop.test'), false);
    state.now = 59_999;
    assert.equal(holds.mayHold('shop.test'), false);
    state.now = 60_000;
    assert.equal(holds.mayHold('shop.test'), true);
    assert.equal(fixture().holds.mayHold('shop.test'), true);
    // Commands cannot name these.
    for (const key of ['shop.test/', 'tcp:1024', 'tcp:x']) assert.equal(holds.mayHold(key), false);
  });

  test('is decided for all routers, unless somebody has decided about the route', async () => {
    for (const answer of [OK, { outcome: 'conflict', current: null, revision: 3 } as const]) {
      const { holds, state, written } = fixture();
      state.answer = answer;
      holds.onHeld('shop.test', 'blue');
      assert.equal(holds.of(ROUTE)?.why, '');
      await settled();
      const value = {
        arms: [
          { selector: 'app:blue', weight: 10_000 },
          { selector: 'rest', weight: 0 },
        ],
        key: 'none',
        on_empty: 'spill',
      };
      assert.deepEqual(written, [[splitKey(ROUTE), value, HOLDER, 0]]);
      assert.equal(holds.of(ROUTE), null);
      await holds.write();
      assert.equal(written.length, 1);
    }
  });

  test('is this router’s alone where no store can take it, which is said once, and is tried again', async () => {
    for (const answer of [AWAY, REFUSED]) {
      const { holds, state, written, log } = fixture();
      state.answer = answer;
      holds.onHeld('shop.test', 'blue');
      holds.onHeld('other.test', 'red');
      await settled();
      for (let round = 0; round < 3; round++) await holds.write();
      assert.equal(new Set(log.of('hold-of-this-router-alone').map(({ route }) => route)).size, 2);
      assert.equal(log.of('hold-of-this-router-alone').length, 2);
      assert.equal(holds.of(ROUTE)?.why, 'why' in answer ? answer.why : '');
      state.answer = OK;
      await holds.write();
      assert.deepEqual([...holds.all()], []);
      assert.ok(written.length > 2);
    }
  });

  test('is one of many that are all decided in one round, and those that are refused keep none from it', async () => {
    const { holds, state, written } = fixture();
    state.answer = AWAY;
    for (let at = 0; at < 500; at++) holds.onHeld(`r${at}.test`, 'blue');
    await settled();
    state.answer = REFUSED;
    written.length = 0;
    for (let round = 0; round < 8; round++) await holds.write();
    assert.equal(written.length, 8 * 64);
    assert.equal(new Set(written.map(([key]) => key)).size, 500);
    state.answer = OK;
    await holds.write();
    assert.deepEqual([...holds.all()], []);
  });

  test('is over when anybody has decided about the route, and when it is let in here', async () => {
    const { holds, state, released, written } = fixture();
    state.answer = AWAY;
    holds.onHeld('shop.test', 'blue');
    await settled();
    holds.heed(decision('ops'));
    assert.equal(holds.of(ROUTE), null);
    assert.equal(holds.release(ROUTE), false);
    holds.onHeld('shop.test', 'blue');
    await settled();
    assert.equal(holds.release(ROUTE), true);
    assert.deepEqual(released, ['shop.test']);
    const { length } = written;
    await holds.write();
    assert.equal(written.length, length);
  });

  test('that was let in while it was being decided is taken back', async () => {
    const { holds, written } = fixture();
    holds.onHeld('shop.test', 'blue');
    holds.release(ROUTE);
    await settled();
    assert.deepEqual(written.at(-1), [splitKey(ROUTE), HOLDER, 7]);
    assert.equal(written.length, 2);
  });

  test('is one of so many at most', async () => {
    const { holds, state, log } = fixture();
    state.answer = AWAY;
    for (let at = 0; at < MAX_DECISIONS; at++) holds.onHeld(`r${at}.test`, 'blue');
    assert.equal(holds.mayHold('shop.test'), false);
    assert.equal(holds.mayHold('shop.test'), false);
    assert.equal(log.of('holds-full').length, 1);
    holds.release(readSplitRoute('r1.test')!);
    assert.equal(holds.mayHold('shop.test'), true);
    await settled();
  });
});

test('a route whose application has gone while others are held is told of once, and once more when it is served', () => {
  const log = new ToldLog();
  let apps: string[] = ['blue', 'green'];
  const endpoints = () => apps.map((appId, at) => endpointOf(at, { appId }));
  const unserved = new UnservedHolds({ arms: (_, split) => countArms(split, endpoints()) }, log);
  const look = () => [...unserved.look()];
  const arms = [
    { selector: 'app:blue', weight: 10_000 },
    { selector: 'rest', weight: 0 },
  ];
  const counts = () => [log.of('held-route-unserved').length, log.of('held-route-served').length];
  unserved.heed(decision(HOLDER, { arms }));
  look();
  assert.deepEqual(counts(), [0, 0]);
  apps = ['green'];
  look();
  look();
  assert.deepEqual(counts(), [1, 0]);
  assert.equal(log.of('held-route-unserved')[0]?.['held_for'], 'app:blue');
  apps = [];
  look();
  apps = ['blue', 'green'];
  look();
  assert.deepEqual(counts(), [1, 1]);
  // What a person has decided is theirs to look after.
  apps = ['green'];
  unserved.heed(decision('ops', { arms }));
  look();
  assert.deepEqual(counts(), [1, 1]);
});
