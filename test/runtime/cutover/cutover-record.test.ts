import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import type { ArmWindow } from '../../../src/cutover/window.ts';
import { MAX_VALUE } from '../../../src/decisions/decision.ts';
import { lengthOf } from '../../../src/decisions/decision-entry.ts';
import { LATENCY_CELLS } from '../../../src/latency/cells.ts';
import { readReport } from '../../../src/runtime/cutover/arm-report.ts';
import {
  type CutoverRecord,
  cutoverKey,
  readRecord,
  recordJson,
} from '../../../src/runtime/cutover/cutover-record.ts';
import { ROUTE, SimulatedFleet } from './simulated-fleet.ts';

const BUSY: ArmWindow = {
  begun: 2 ** 43,
  answered: 2 ** 43,
  appErrors: 2 ** 43,
  gatewayErrors: 2 ** 43,
  aborted: 2 ** 43,
  inFlight: 2 ** 43,
  latency: new Array<number>(LATENCY_CELLS).fill(2 ** 43),
};
const NUMBERS = { requests: 2 ** 43, failed: 2 ** 43, p50: 4.347826086956522, p95: 43.47826086956522 };

async function ended(fleet: SimulatedFleet, phase: string): Promise<CutoverRecord> {
  await fleet.begin(fleet.routers[0]!, { plan: '100', soak_ms: 15_000 });
  await fleet.until(() => fleet.phase === phase, 200);
  return fleet.record;
}

/** The greatest that one can come to be. */
function greatest(record: CutoverRecord): CutoverRecord {
  const { course } = record;
  const routers = Array.from({ length: 93 }, (_, at) => String(at).padEnd(128, 'r'));
  const sides = { from: BUSY, to: BUSY };
  const evidence = { ...course.evidence, sum: sides, pending: sides, history: new Array(20).fill(BUSY) };
  return {
    ...record,
    course: { ...course, routers, missing: Object.fromEntries(routers.map((id) => [id, 1e12])), evidence },
    notes: Array.from({ length: 60 }, (_, at) => ({ at, text: `${at} ${'€'.repeat(390)}` })),
    windows: Array.from({ length: 80 }, (_, at) => ({ at, weight: 1, from: NUMBERS, to: NUMBERS })),
    worst: new Array(10).fill({ id: 'i'.repeat(100), status: 500, ms: 1234.5678 }),
    past: new Array(5).fill({
      id: record.id,
      from: record.from,
      to: record.to,
      by: 'ops',
      begunAt: 1,
      endedAt: 2,
      outcome: 'reverted',
      reason: '€'.repeat(400),
    }),
  };
}

describe('2.4 what is written down of a cutover', () => {
  test('fits into the store however much there is, and the newest of it is kept', async () => {
    const record = greatest(await ended(new SimulatedFleet(['r1']), 'done'));
    const json = recordJson(record);
    assert.ok(lengthOf(json) <= MAX_VALUE, `${lengthOf(json)} bytes`);
    const read = readRecord(json);
    assert.ok(typeof read === 'object', String(read));
    assert.deepEqual(read.course.routers, record.course.routers);
    assert.deepEqual(read.course.missing, record.course.missing);
    assert.deepEqual(read.windows.at(-1), record.windows.at(-1));
    assert.deepEqual(read.notes[0], record.notes[0]);
    assert.deepEqual(read.notes.at(-1), record.notes.at(-1));
  });

  test('can be read again whatever a backend, or another router, has said', async () => {
    const fleet = new SimulatedFleet(['r1', 'r2']);
    fleet.probed = `probed by r2: ${'x'.repeat(9000)}`;
    const record = await ended(fleet, 'not-begun');
    assert.match(record.notes.at(-1)!.text, /^not-begun: probed by r2: xxx/);
  });

  test('can be read again however many routers it names', async () => {
    const fleet = new SimulatedFleet(['r1']);
    fleet.gorouters = Array.from({ length: 500 }, (_, at) => `gorouter-${at}-of-a-foundation`);
    const { notes } = await ended(fleet, 'refused');
    assert.match(notes.at(-1)!.text, /routers gorouter-0-of-a-foundation, .* and 492 more on this bus/);
  });

  test('ends though a thousand join that never answer', async () => {
    const fleet = new SimulatedFleet(['r1']);
    await fleet.begin(fleet.routers[0]!, { plan: '5,100' });
    await fleet.until(() => fleet.phase === 'judge', 60);
    for (let at = 0; at < 1000; at++) fleet.add(String(at).padEnd(at % 128, 's')).state = 'killed';
    await fleet.until(() => fleet.phase === 'reverted', 200);
    assert.equal(fleet.weight, 0);
  });

  test('is no record with a time that is none, or numbers that cannot be added up', async () => {
    const record = await ended(new SimulatedFleet(['r1']), 'done');
    assert.match(String(readRecord(recordJson({ ...record, begunAt: 1e300 }))), /^begunAt: /);
    const arm = { endpoints: 1, counts: [0, 0, 0, 0, 0, 0], latency: [], worst: [] };
    assert.notEqual(readReport({ revision: 1, arms: [arm] }), null);
    const counts = [2 ** 53 - 1, 0, 0, 0, 0, 0];
    assert.equal(readReport({ revision: 1, arms: [{ ...arm, counts }] }), null);
  });

  test('is forgotten when a hundred newer ones are over', async () => {
    const fleet = new SimulatedFleet(['r1']);
    const [router] = fleet.routers;
    const record = await ended(fleet, 'done');
    for (let at = 0; at < 100; at++) {
      const route = `shop-${at}.test`;
      const old = recordJson({ ...record, route, begunAt: at, tidied: true });
      await fleet.store.view().put(cutoverKey(route), old, 'alice', 0);
    }
    for (const { arms } of fleet.routers) arms.from = { ...arms.from, endpoints: 0 };
    await fleet.until(() => fleet.record.tidied, 120);
    await fleet.pass(1);
    assert.equal(fleet.store.decisions.has(cutoverKey('shop-0.test')), false);
    assert.equal(router!.cutovers.memory.of('shop-0.test'), null);
    assert.equal(fleet.store.decisions.has(cutoverKey('shop-1.test')), true);
    assert.equal(fleet.store.decisions.has(cutoverKey(ROUTE)), true);
  });
});
