import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { judged } from '../../../src/cutover/window.ts';
import { LATENCY_CELLS } from '../../../src/latency/cells.ts';
import { ArmTallies, type ArmTally } from '../../../src/routing/arm-tally.ts';
import { ArmLedger } from '../../../src/runtime/cutover/arm-ledger.ts';
import { type ArmReport, readReport, reportJson } from '../../../src/runtime/cutover/arm-report.ts';
import { ArmWatch } from '../../../src/runtime/cutover/arm-watch.ts';

const ROUTE = 'shop.test';
const SELECTORS = ['app:blue', 'app:green'];
const REQUEST = { id: 'a-request', status: 500, ms: 12 };

/** A router with threads that count, as the driver hears of it. */
class CountingRouter {
  readonly lanes = [new ArmTallies(), new ArmTallies()];
  readonly ledger = new ArmLedger();
  readonly isDriving: boolean;

  constructor(isDriving = false) {
    this.isDriving = isDriving;
    this.ledger.turn(ROUTE);
  }

  begin(lane: number, arm: number): void {
    this.lanes[lane]!.of(ROUTE, SELECTORS[arm]!).begin();
  }

  end(lane: number, arm: number, failed: boolean): void {
    this.lanes[lane]!.of(ROUTE, SELECTORS[arm]!).end(failed ? 'app-error' : 'answered', REQUEST);
  }

  flush(lane: number): void {
    this.ledger.take(lane, structuredClone(this.lanes[lane]!.take()));
  }

  kill(lane: number): void {
    this.ledger.settle(lane);
    this.lanes[lane] = new ArmTallies();
  }

  report(): ArmReport {
    const arms = SELECTORS.map((selector) => ({ endpoints: 1, ...this.ledger.read(ROUTE, selector) }));
    // The router that drives hears itself without the bus.
    if (this.isDriving) return { revision: 1, arms };
    const sent = JSON.parse(JSON.stringify(reportJson({ revision: 1, arms })));
    return readReport({ id: 'r', ...sent })!;
  }
}

type Doing =
  | { readonly kind: 'begin' | 'fail' | 'answer'; readonly lane: number; readonly arm: number }
  | { readonly kind: 'flush' | 'kill'; readonly lane: number }
  | { readonly kind: 'hear' | 'turn' };

const lane = fc.nat(1);
const doing: fc.Arbitrary<Doing> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('begin' as const, 'fail' as const, 'answer' as const),
    lane,
    arm: fc.nat(1),
  }),
  fc.record({ kind: fc.constantFrom('flush' as const, 'kill' as const), lane }),
  fc.record({ kind: fc.constantFrom('hear' as const, 'turn' as const) }),
);

test('2.4 the windows of a cutover have each first attempt once, whatever is told late and whichever thread dies', () => {
  fc.assert(
    fc.property(fc.array(doing, { maxLength: 120 }), fc.boolean(), (doings, isDriving) => {
      const router = new CountingRouter(isDriving);
      const watch = new ArmWatch();
      watch.hear('r', router.report());
      const open = [0, 1].map(() => [0, 0]);
      // What was told of an arm's requests: of a thread that dies the rest is lost.
      const unsaid = [0, 1].map(() => [0, 0]);
      const said = [0, 0];
      const seen = [0, 0];
      const close = () => {
        watch.hear('r', router.report());
        const { from, to } = watch.window();
        for (const [arm, window] of [from, to].entries()) {
          seen[arm]! += judged(window);
          assert.equal(window.latency.length, LATENCY_CELLS);
          assert.ok(window.inFlight >= 0);
        }
        watch.turn();
      };
      const flush = (at: number) => {
        router.flush(at);
        for (const arm of [0, 1]) said[arm]! += unsaid[at]![arm]!;
        unsaid[at] = [0, 0];
      };
      for (const each of doings) {
        if (each.kind === 'begin') {
          router.begin(each.lane, each.arm);
          open[each.lane]![each.arm]!++;
        } else if (each.kind === 'fail' || each.kind === 'answer') {
          if (open[each.lane]![each.arm] === 0) continue;
          open[each.lane]![each.arm]!--;
          unsaid[each.lane]![each.arm]!++;
          router.end(each.lane, each.arm, each.kind === 'fail');
        } else if (each.kind === 'flush') flush(each.lane);
        else if (each.kind === 'kill') {
          router.kill(each.lane);
          open[each.lane] = [0, 0];
          unsaid[each.lane] = [0, 0];
        } else if (each.kind === 'hear') watch.hear('r', router.report());
        else close();
      }
      for (const at of [0, 1]) flush(at);
      close();
      assert.deepEqual(seen, said);
      const { from, to } = watch.window();
      assert.deepEqual(
        [from.inFlight, to.inFlight],
        [0, 1].map((arm) => open[0]![arm]! + open[1]![arm]!),
      );
    }),
  );
});

test('2.4 what is under way is known however often the split comes and goes meanwhile', () => {
  const kind = fc.constantFrom('begin', 'end', 'flush', 'set', 'clear', 'kill');
  fc.assert(
    fc.property(fc.array(fc.record({ kind, lane }), { maxLength: 80 }), (doings) => {
      const router = new CountingRouter();
      let open: { lane: number; tally: ArmTally }[] = [];
      for (const { kind, lane } of doings) {
        const tallies = router.lanes[lane]!;
        if (kind === 'begin') {
          const tally = tallies.of(ROUTE, SELECTORS[0]!);
          tally.begin();
          open.push({ lane, tally });
        } else if (kind === 'end') open.shift()?.tally.end('answered', REQUEST);
        else if (kind === 'flush') router.flush(lane);
        else if (kind === 'kill') {
          router.kill(lane);
          open = open.filter((each) => each.lane !== lane);
        } else if (kind === 'set') router.ledger.turn(ROUTE);
        else {
          for (const each of router.lanes) each.forget(ROUTE);
          router.ledger.forget(ROUTE);
        }
      }
      for (const at of [0, 1]) router.flush(at);
      const [begun = 0, ended = 0] = router.ledger.read(ROUTE, SELECTORS[0]!).counts;
      assert.equal(begun - ended, open.length);
    }),
  );
});

test('2.4 a router that counts from nothing again is heard from there', () => {
  const watch = new ArmWatch();
  const router = new CountingRouter();
  router.begin(0, 1);
  router.end(0, 1, true);
  router.flush(0);
  watch.hear('r', router.report());
  watch.turn();
  const again = new CountingRouter();
  watch.hear('r', again.report());
  again.begin(0, 1);
  again.end(0, 1, false);
  again.flush(0);
  watch.hear('r', again.report());
  assert.equal(judged(watch.window().to), 1);
});

test('2.4 what another program says of arms is heard in full or not at all', () => {
  const good = reportJson(new CountingRouter().report());
  assert.ok(readReport(good as Record<string, unknown>) !== null);
  for (const wrong of [
    { revision: -1 },
    { arms: null },
    { arms: [{}] },
    { arms: [{ endpoints: 1, counts: [1], latency: [], worst: [] }] },
  ]) {
    assert.equal(readReport({ ...good, ...wrong }), null);
  }
  const cells = readReport({
    revision: 0,
    arms: [{ endpoints: 0, counts: [0, 0, 0, 0, 0, 0], latency: [9999, 7, 3, 2, 5], worst: [] }],
  });
  assert.equal(cells!.arms[0]!.latency[3], 2);
});
