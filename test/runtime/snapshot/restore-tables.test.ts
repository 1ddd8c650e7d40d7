import assert from 'node:assert/strict';
import { test } from 'vitest';
import {
  type RestoreCounts,
  type RestoreTimes,
  restoreTables,
} from '../../../src/runtime/snapshot/restore-tables.ts';
import type { Restored } from '../../../src/snapshot/table-source.ts';
import { RegistryFixture, routeMessage } from '../../support/registry-fixture.ts';

const HOUR = 3_600_000;
/** When the snapshot was last right. */
const KNOWN = 100 * HOUR;

/** Of one plain endpoint that was announced 100 s before, and whether the bus was there by then. */
function snapshot(connected: boolean, more: Partial<Restored> = {}): Restored {
  const message = routeMessage({ appId: 'x' });
  return {
    entries: [
      { kind: 'bus', announced: 0, value: { connected, lostAt: null, sharding: null } },
      {
        kind: 'http',
        announced: KNOWN - 100_000,
        value: { message, uri: 'foo.com', origin: 'nats', firstSeen: null },
      },
    ],
    rejected: 0,
    knownAt: KNOWN,
    ...more,
  };
}

function outcome(restored: Restored, times: Partial<RestoreTimes>): RestoreCounts {
  const counts = { restored: 0, over: 0, refused: 0, elsewhere: 0 };
  const http = new RegistryFixture({ suspendPruning: times.suspendPruning ?? false }).registry;
  const all = { now: KNOWN, connected: false, suspendPruning: false, ...times };
  for (const _ of restoreTables(restored, { http, tcp: null }, all, counts));
  return counts;
}

const RESTORED = { restored: 1, over: 0, refused: 0, elsewhere: 0 };
const OVER = { restored: 0, over: 1, refused: 0, elsewhere: 0 };

test('2.2.2 the time in which no router ran counts for a plain endpoint', () => {
  assert.deepEqual(outcome(snapshot(true), { now: KNOWN + 20_000 }), RESTORED);
  assert.deepEqual(outcome(snapshot(true), { now: KNOWN + 20_001 }), OVER);
  assert.deepEqual(outcome(snapshot(false), { now: KNOWN + 20_001 }), OVER);
});

test('2.2.5 it does not where the operator keeps addresses, and the bus was away before and after', () => {
  const suspendPruning = true;
  const now = KNOWN + 50 * HOUR;
  assert.deepEqual(outcome(snapshot(false), { now, suspendPruning }), RESTORED);
  assert.deepEqual(outcome(snapshot(true), { now, suspendPruning }), OVER);
  assert.deepEqual(outcome(snapshot(false), { now, suspendPruning, connected: true }), OVER);
});

test('2.2.2 a clock that was set back makes nobody younger than just announced', () => {
  assert.deepEqual(outcome(snapshot(true), { now: KNOWN - HOUR }), RESTORED);
});

test('2.2.5 for TCP routes of another source than the bus it counts all the same', () => {
  const ages: number[] = [];
  const tcp = {
    restore: (_registration: object, age: number) => {
      ages.push(age);
      return 'restored' as const;
    },
  };
  const entries = [
    ...snapshot(false).entries.slice(0, 1),
    ...['bus', 'routing-api g'].map((owner) => ({ kind: 'tcp', announced: KNOWN - 1000, value: { owner } })),
  ];
  const times = { now: KNOWN + HOUR, connected: false, suspendPruning: true };
  const counts = { ...RESTORED };
  for (const _ of restoreTables(snapshot(false, { entries }), { http: null, tcp }, times, counts));
  assert.deepEqual(ages, [1000, HOUR + 1000]);
});

test('routes of isolation segments that are served elsewhere by now are counted apart', () => {
  const counts = { restored: 0, over: 0, refused: 0, elsewhere: 0 };
  const http = new RegistryFixture({ sharding: { mode: 'segments', segments: ['ours'] } }).registry;
  const times = { now: KNOWN, connected: true, suspendPruning: false };
  for (const _ of restoreTables(snapshot(true), { http, tcp: null }, times, counts));
  assert.deepEqual(counts, { restored: 0, over: 0, refused: 0, elsewhere: 1 });
});

test('TCP routes without a TCP router are refused, and counted', () => {
  const entries = [{ kind: 'tcp', announced: KNOWN, value: {} }];
  assert.deepEqual(outcome(snapshot(true, { entries }), {}), {
    restored: 0,
    over: 0,
    refused: 1,
    elsewhere: 0,
  });
});
