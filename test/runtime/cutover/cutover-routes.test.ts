import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import type { Answer } from '../../../src/admin/answer.ts';
import type { AdminRequest } from '../../../src/admin/api.ts';
import { cutoverKey, recordJson } from '../../../src/runtime/cutover/cutover-record.ts';
import { cutoverRoutes } from '../../../src/runtime/cutover/cutover-routes.ts';
import { ROUTE, SimulatedFleet } from './simulated-fleet.ts';

function asked(fleet: SimulatedFleet, method: string, path: string) {
  const [router] = fleet.routers;
  const options = { cutovers: router!.cutovers, routers: () => ['r1'], now: () => fleet.now };
  const { handler } = cutoverRoutes(options).find((each) => each.method === method && each.path === path)!;
  return async (body: unknown, route = ROUTE): Promise<Answer> => {
    const caller = { kind: 'token', principal: { name: 'alice' } };
    const request = { parameters: { route }, body, caller, ifMatch: null, query: new URLSearchParams() };
    return handler(request as unknown as AdminRequest);
  };
}

async function judging(): Promise<SimulatedFleet> {
  const fleet = new SimulatedFleet(['r1']);
  await fleet.begin(fleet.routers[0]!, { plan: '5,100' });
  await fleet.until(() => fleet.phase === 'judge', 60);
  return fleet;
}

describe('2.4 an order to a cutover', () => {
  test('is given though the driver takes its next step meanwhile', async () => {
    const fleet = await judging();
    const { cutovers } = fleet.routers[0]!;
    const { record, revision } = cutovers.memory.of(ROUTE)!;
    const abort = asked(fleet, 'POST', '/v1/cutovers/{route}/abort');
    // It stands in the store, and has not been heard of here.
    fleet.isUnheard = true;
    const next = { ...record!, notes: [...record!.notes, { at: fleet.now, text: 'the next step' }] };
    await fleet.store.view().put(cutoverKey(ROUTE), recordJson(next), 'r2', revision);
    fleet.isUnheard = false;
    const answer = await abort({});
    assert.equal(answer.kind, 'json', JSON.stringify(answer));
    assert.deepEqual(
      fleet.record.notes.slice(-2).map(({ text }) => text),
      ['the next step', 'going back: aborted by alice'],
    );
  });

  test('is given though that step was heard of while the order was on its way', async () => {
    const fleet = await judging();
    const { cutovers } = fleet.routers[0]!;
    const { record, revision } = cutovers.memory.of(ROUTE)!;
    const next = { ...record!, notes: [...record!.notes, { at: fleet.now, text: 'the next step' }] };
    const write = cutovers.write.bind(cutovers);
    let isFirst = true;
    cutovers.write = async (...wanted) => {
      if (isFirst) {
        isFirst = false;
        await fleet.store.view().put(cutoverKey(ROUTE), recordJson(next), 'r2', revision);
      }
      return write(...wanted);
    };
    const answer = await asked(fleet, 'POST', '/v1/cutovers/{route}/pause')({});
    assert.equal(answer.kind, 'json', JSON.stringify(answer));
    assert.ok(fleet.record.notes.some(({ text }) => text === 'the next step'));
  });

  test('to go back where nobody is left there holds the cutover, and says so', async () => {
    const fleet = await judging();
    const { arms } = fleet.routers[0]!;
    arms.from = { ...arms.from, endpoints: 0 };
    assert.equal((await asked(fleet, 'POST', '/v1/cutovers/{route}/abort')({})).kind, 'json');
    assert.equal(fleet.phase, 'held');
    assert.match(
      fleet.record.notes.at(-1)!.text,
      /held: aborted by alice; but blue has no endpoint to go back to/,
    );
    assert.equal(fleet.weight, 500);
  });
});

test('whatever is asked to begin is begun, or refused with a sentence, and can be listed', async () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom('app:a', 'rest', 'tag:a=b', 'shop.test', 'tcp:1', '/', '5,100'),
  );
  const value = fc.oneof(text, fc.double(), fc.integer(), fc.constant(null), fc.object());
  const names = [
    'plan',
    'step_ms',
    'window_ms',
    'soak_ms',
    'quiet_ms',
    'min_requests',
    'on_quiet',
    'probe_path',
    'expect_routers',
    'max_load_factor',
    '__proto__',
  ];
  const more = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 2 });
  const order = fc
    .tuple(text, text, text, more)
    .map(([route, from, to, rest]) => ({ route, from, to, ...rest }));
  await fc.assert(
    fc.asyncProperty(order, async (body) => {
      const fleet = new SimulatedFleet(['r1']);
      const answer = await asked(fleet, 'POST', '/v1/cutovers')(body);
      assert.ok(answer.kind === 'json' || answer.kind === 'problem');
      if (answer.kind === 'problem') assert.ok(answer.detail.length > 0 && answer.detail.length < 3000);
      const list = await asked(fleet, 'GET', '/v1/cutovers')({});
      assert.ok(list.kind === 'pieces');
      const { cutovers } = JSON.parse([...list.pieces].join('')) as { cutovers: unknown[] };
      assert.equal(cutovers.length, answer.kind === 'json' ? 1 : 0);
    }),
    { numRuns: 300 },
  );
});
