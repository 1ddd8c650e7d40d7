import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { cutoverKey, recordJson } from '../../../src/runtime/cutover/cutover-record.ts';
import { splitKey } from '../../../src/runtime/splits/split-decisions.ts';
import { ROUTE, SimulatedFleet } from './simulated-fleet.ts';

const IDS = ['r1', 'r2', 'r3'];

async function begun(more: object = {}): Promise<SimulatedFleet> {
  const fleet = new SimulatedFleet(IDS);
  await fleet.begin(fleet.routers[0]!, more);
  return fleet;
}

describe('2.4 a cutover', () => {
  test('goes through its plan in the time that the plan takes, and its split goes with the arm that it leaves', async () => {
    const fleet = await begun();
    const weights: number[] = [];
    const took = await fleet.until(() => {
      if (fleet.weight !== null && weights.at(-1) !== fleet.weight) weights.push(fleet.weight);
      return fleet.phase === 'done';
    }, 500);
    assert.deepEqual(weights, [100, 500, 2500, 5000, 10_000]);
    assert.ok(took >= 5 * 60 && took < 5 * 60 + 60, `${took} s`);
    await fleet.pass(120);
    assert.equal(fleet.weight, 10_000);
    for (const { arms } of fleet.routers) arms.from = { ...arms.from, endpoints: 0 };
    await fleet.until(() => fleet.record.tidied, 120);
    assert.equal(fleet.weight, null);
    assert.deepEqual([...fleet.store.decisions.keys()].length, 1, 'the record alone is left');
  });

  for (const phase of ['probe', 'ramp', 'judge', 'soak'] as const) {
    test(`whose driver says goodbye in ${phase} is driven on by another`, async () => {
      const fleet = await begun({ plan: '5,50,100' });
      await fleet.until(() => fleet.phase === phase, 400);
      const driver = fleet.driver()!;
      const { weight } = fleet;
      driver.state = 'left';
      await fleet.pass(5);
      assert.equal(fleet.weight, weight, 'weights stay meanwhile');
      assert.equal((await fleet.until(() => fleet.driver() !== undefined, 15)) < 15, true);
      await fleet.until(() => fleet.phase === 'done', 500);
      assert.equal(fleet.weight, 10_000);
    });
  }

  for (const phase of ['ramp', 'judge'] as const) {
    test(`whose driver is killed in ${phase} is held, and goes back: nobody knows what that one's clients get`, async () => {
      const fleet = await begun({ plan: '5,50,100' });
      await fleet.until(() => fleet.phase === phase, 400);
      fleet.driver()!.state = 'killed';
      await fleet.until(() => fleet.phase === 'held', 200);
      assert.match(fleet.record.notes.at(-1)!.text, /held: no answer from r1 for 10 s/);
      await fleet.until(() => fleet.phase === 'reverted', 200);
      assert.equal(fleet.weight, 0);
      assert.match(
        fleet.record.notes.map(({ text }) => text).join('\n'),
        /going back: no answer from r1 for 60 s/,
      );
    });
  }

  test('is not done because nobody looked in the time that it was to soak', async () => {
    const fleet = await begun({ plan: '100', window_ms: 3000, step_ms: 3000, soak_ms: 9000 });
    await fleet.until(() => fleet.phase === 'soak', 60);
    fleet.driver()!.state = 'left';
    fleet.failing = 0.9;
    await fleet.until(() => fleet.phase === 'reverted', 60);
    assert.equal(fleet.weight, 0);
  });

  test('that goes back ends though its driver is killed on the way', async () => {
    const fleet = await begun({ plan: '5,100' });
    await fleet.until(() => fleet.phase === 'judge', 60);
    fleet.failing = 0.9;
    await fleet.until(() => fleet.phase === 'reverting' || fleet.phase === 'reverted', 60);
    fleet.driver()!.state = 'killed';
    await fleet.until(() => fleet.phase === 'reverted', 120);
    assert.equal(fleet.weight, 0);
  });

  test('keeps its weights while the store is away for a minute, and goes on', async () => {
    for (const phase of ['probe', 'ramp', 'judge', 'soak'] as const) {
      const fleet = await begun({ plan: '5,50,100' });
      await fleet.until(() => fleet.phase === phase, 400);
      const { weight } = fleet;
      fleet.store.isAway = true;
      await fleet.pass(60);
      assert.equal(fleet.weight, weight);
      fleet.store.isAway = false;
      await fleet.until(() => fleet.phase === 'done', 500);
    }
  });

  test('is driven by one router alone, whoever is cut off from the store and comes back', async () => {
    const fleet = await begun({ plan: '5,50,100', step_ms: 120_000 });
    await fleet.until(() => fleet.phase === 'judge', 60);
    const first = fleet.driver()!;
    first.state = 'deaf';
    await fleet.until(() => fleet.driver() !== undefined, 20);
    const second = fleet.driver()!;
    assert.notEqual(second.id, first.id);
    first.state = 'up';
    await fleet.pass(30);
    const owners = fleet.routers.filter(({ cutovers }) => cutovers.memory.of(ROUTE)?.lease.isOurs);
    assert.deepEqual(
      owners.map(({ id }) => id),
      [second.id],
    );
    await fleet.until(() => fleet.phase === 'done', 600);
  });

  test('waits neither for the endpoints nor for the requests of a router that has said goodbye', async () => {
    const fleet = await begun({ plan: '5,50,100' });
    await fleet.until(() => fleet.phase === 'judge', 60);
    const leaving = fleet.routers.at(-1)!;
    const { to } = leaving.arms;
    const [begunThere = 0, ...others] = to.counts;
    leaving.arms.to = { ...to, endpoints: 0, counts: [begunThere + 5000, ...others] };
    await fleet.pass(2);
    leaving.state = 'left';
    await fleet.until(() => fleet.phase === 'done', 400);
    const said = fleet.record.notes.map(({ text }) => text).join('\n');
    assert.doesNotMatch(said, /under way|too few instances/);
  });

  test('goes on in its time where the clock is set back by an hour', async () => {
    for (const phase of ['judge', 'soak'] as const) {
      const fleet = await begun({ plan: '5,100' });
      await fleet.until(() => fleet.phase === phase, 200);
      fleet.behind = 3_600_000;
      await fleet.until(() => fleet.phase === 'done', 300);
    }
  });

  test('notices what is wrong, and who is silent, also where the clock is set back', async () => {
    const failing = await begun({ plan: '5,100' });
    await failing.until(() => failing.phase === 'judge', 60);
    failing.behind = 3_600_000;
    failing.failing = 0.5;
    await failing.until(() => failing.phase === 'reverted', 60);
    const silent = await begun({ plan: '5,100' });
    await silent.until(() => silent.phase === 'judge', 60);
    silent.routers.at(-1)!.state = 'killed';
    await silent.until(() => silent.phase === 'ramp', 100);
    silent.behind = 3_600_000;
    await silent.until(() => silent.phase === 'reverted', 150);
  });

  test('does not go back to an arm that is not there any more, and does when it is', async () => {
    const fleet = await begun({ plan: '100', soak_ms: 600_000 });
    await fleet.until(() => fleet.phase === 'soak', 60);
    await fleet.pass(20);
    const mapped = (endpoints: number) => {
      for (const { arms } of fleet.routers) arms.from = { ...arms.from, endpoints };
    };
    mapped(0);
    fleet.failing = 0.9;
    await fleet.until(() => fleet.phase === 'held', 60);
    await fleet.pass(120);
    assert.equal(fleet.weight, 10_000);
    const told = fleet.record.notes.filter(({ text }) => /blue has no endpoint to go back to/.test(text));
    assert.equal(told.length, 1, 'it is said once');
    mapped(4);
    await fleet.until(() => fleet.phase === 'reverted', 60);
    assert.equal(fleet.weight, 0);
  });

  test('says once that the store does not take its next step, and goes on when it does', async () => {
    const fleet = await begun({ plan: '5,100' });
    await fleet.until(() => fleet.phase === 'judge', 60);
    fleet.store.refusal = 'values of all decisions would come to too much';
    await fleet.pass(60);
    const said = fleet.log.lines.filter(({ message }) => message === 'cutover-not-written');
    assert.deepEqual(
      said.map(({ data }) => data['error']),
      [fleet.store.refusal],
    );
    fleet.store.refusal = '';
    await fleet.until(() => fleet.phase === 'done', 400);
  });

  test('heeds nobody who answers for a router and is not in the roll-call', async () => {
    const fleet = new SimulatedFleet(IDS);
    fleet.strangers = ['r4', 'r5'];
    await fleet.begin(fleet.routers[0]!, { expect_routers: 5 });
    await fleet.until(() => fleet.phase === 'refused', 10);
    assert.match(fleet.record.notes.at(-1)!.text, /5 routers were expected, 3 answered: r1, r2, r3/);
  });

  test('is not the one of before again, where the answer to a step comes after the next step', async () => {
    const fleet = await begun({ plan: '100', soak_ms: 600_000 });
    await fleet.until(() => fleet.phase === 'soak', 60);
    const driver = fleet.driver()!;
    const { record } = fleet;
    const { revision } = driver.cutovers.memory.of(ROUTE)!;
    const noted = { ...record, notes: [...record.notes, { at: fleet.now, text: 'of another router' }] };
    fleet.store.onPut = () =>
      fleet.store.view().put(cutoverKey(ROUTE), recordJson(noted), 'bob', revision + 1);
    await driver.cutovers.write(record, 'alice', revision);
    assert.equal(driver.cutovers.memory.of(ROUTE)!.record!.notes.at(-1)!.text, 'of another router');
    assert.equal(driver.cutovers.memory.of(ROUTE)!.revision, revision + 2);
  });

  test('takes the split over that it finds, with what keeps newcomers out, and leaves that behind', async () => {
    const fleet = new SimulatedFleet(IDS);
    const arms = [
      { selector: 'app:blue', weight: 10_000 },
      { selector: 'rest', weight: 0 },
    ];
    const key = 'cookie:UID';
    await fleet.store.view().put(splitKey({ text: ROUTE }), { arms, key, on_empty: 'fail' }, 'alice', 0);
    await fleet.begin(fleet.routers[1]!, { plan: '100', soak_ms: 15_000 });
    await fleet.until(() => fleet.phase === 'done', 200);
    const split = () => fleet.store.decisions.get(splitKey({ text: ROUTE }))?.value;
    assert.deepEqual(split(), {
      arms: [
        { selector: 'app:blue', weight: 0 },
        { selector: 'app:green', weight: 10_000 },
        { selector: 'rest', weight: 0 },
      ],
      key,
      on_empty: 'fail',
    });
    for (const router of fleet.routers) router.arms.from = { ...router.arms.from, endpoints: 0 };
    await fleet.until(() => fleet.record.tidied, 120);
    assert.deepEqual(split()?.['arms'], [
      { selector: 'app:green', weight: 10_000 },
      { selector: 'rest', weight: 0 },
    ]);
  });

  test('does not begin where the probe finds something, and nothing was changed', async () => {
    const fleet = new SimulatedFleet(IDS);
    fleet.probed = 'probed by r2: 10.0.0.7:8080: answered 500 to GET /: "oops"';
    await fleet.begin(fleet.routers[0]!);
    await fleet.until(() => fleet.phase === 'not-begun', 10);
    assert.equal(fleet.weight, null);
    assert.match(fleet.record.notes.at(-1)!.text, /answered 500 to GET/);
  });

  test('has a record that stays small, whatever happens to it', async () => {
    const fleet = await begun({ plan: '1,5,10,20,40,60,80,100', step_ms: 600_000 });
    await fleet.until(() => fleet.phase === 'done', 8000);
    const bytes = JSON.stringify(recordJson(fleet.record)).length;
    assert.ok(bytes < 48 * 1024, `${bytes} bytes`);
  });
});
