import assert from 'node:assert/strict';
import { test } from 'vitest';
import { LATENCY_CELLS, latencyCell } from '../../../src/latency/cells.ts';
import { historyJson } from '../../../src/runtime/history/history-json.ts';
import { type Reading, RouterHistory } from '../../../src/runtime/history/router-history.ts';
import { RequestCells, type RequestOutcome } from '../../../src/telemetry/request-cells.ts';

/** A router whose requests are counted as in service, and read every five seconds. */
class Counted {
  readonly history = new RouterHistory();
  readonly #memory = RequestCells.allocate(2);
  readonly #lanes = [new RequestCells(this.#memory, 0), new RequestCells(this.#memory, 1)];
  #begun = 0;
  #now = 1000;

  end(outcome: RequestOutcome, ms: number, times = 1): void {
    for (let each = 0; each < times; each++) this.#lanes[this.#begun++ % 2]!.end(outcome, ms);
  }

  begin(): void {
    this.#begun++;
  }

  read(more: Partial<Reading> = {}): void {
    this.history.read({
      at: this.#now,
      requests: RequestCells.sums(this.#memory),
      begun: this.#begun,
      connections: 3,
      cpu: this.#now / 2,
      threads: [
        { busy: 0.25, late: 4 },
        { busy: 0.75, late: 2 },
      ],
      controlBusy: 0.5,
      ...more,
    });
    this.#now += 5000;
  }

  last(name: Parameters<RouterHistory['series']['from']>[1]): number {
    const { series } = this.history;
    return series.from(series.count - 1, name)[0]!;
  }
}

test('a point is what is new since the one before, by the second', () => {
  const router = new Counted();
  router.end('answered', 1, 100);
  router.read();
  assert.equal(router.history.series.count, 0);
  router.end('answered', 2, 80);
  router.end('app_error', 50, 15);
  router.end('gateway_error', 900, 5);
  router.end('refused', -1, 10);
  router.end('own', -1, 1000);
  router.begin();
  router.read();
  assert.deepEqual(
    (['requests', 'answered', 'app_error', 'gateway_error', 'refused', 'client_error'] as const).map((name) =>
      router.last(name),
    ),
    [22, 16, 3, 1, 2, 0],
  );
  assert.equal(router.last('in_flight'), 1);
  assert.equal(latencyCell(router.last('p50')), latencyCell(2));
  assert.equal(latencyCell(router.last('p95')), latencyCell(50));
  assert.equal(latencyCell(router.last('p99')), latencyCell(900));
  assert.deepEqual(
    [router.last('cpu'), router.last('busiest_thread'), router.last('loop_delay')],
    [0.5, 0.75, 4],
  );
});

test('an interval without requests has no times, and the last minute is as long as it is known', () => {
  const router = new Counted();
  router.read();
  assert.equal(router.history.lastMinute, null);
  router.read();
  assert.ok(Number.isNaN(router.last('p95')));
  router.end('app_error', 5, 30);
  router.end('own', -1, 30);
  router.read();
  const { requests, failed, seconds, latency } = router.history.lastMinute!;
  assert.deepEqual([requests, failed, seconds, latency.length], [30, 30, 10, LATENCY_CELLS]);
  for (let each = 0; each < 12; each++) router.read();
  assert.deepEqual([router.history.lastMinute!.requests, router.history.lastMinute!.seconds], [0, 60]);
});

test('what was under way on a thread that has ended is no longer in flight', () => {
  const memory = RequestCells.allocate(1);
  const lane = new RequestCells(memory, 0);
  lane.end('answered', 1);
  lane.settle(4);
  const { ended, outcomes } = RequestCells.sums(memory);
  assert.deepEqual([ended, outcomes.lost], [4, 3]);
});

test('as JSON, nothing is null, and a series that is not there is named', () => {
  const router = new Counted();
  for (let each = 0; each < 4; each++) router.read();
  const asked = { series: 'requests,p95', route: '', after: 2 };
  assert.deepEqual(historyJson(router.history.series, asked, 1e12 + 0.4), {
    interval_ms: 5000,
    at: 1e12,
    first: 2,
    next: 3,
    series: { requests: [0], p95: [null] },
  });
  assert.match(
    historyJson(router.history.series, { ...asked, series: 'requests,colour' }, 0) as string,
    /^series: found "colour"; allowed: requests, /,
  );
});
