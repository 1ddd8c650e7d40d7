import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, type TestContext, test } from 'vitest';
import { Complaints } from '../../src/otel/complaints.ts';
import type { Delivered } from '../../src/otel/delivery.ts';
import { SpanExporter } from '../../src/otel/span-exporter.ts';
import { SpanTally } from '../../src/otel/span-tally.ts';
import {
  SPANS_DROPPED,
  SPANS_EXPORTED,
  SPANS_REFUSED,
  ThreadCounters,
} from '../../src/telemetry/counters.ts';
import type { Span } from '../../src/telemetry/span.ts';
import { QUIET } from '../support/router.ts';

const EXPORTED: Delivered = { kind: 'exported', rejection: null };
const NEVER_MS = 3_600_000;

function spans(count: number): Span[] {
  return Array.from({ length: count }, (_, i) => ({
    traceId: String(i).padStart(32, '0'),
    spanId: String(i).padStart(16, '0'),
    parentId: '',
    isEntry: true,
    kind: 'server',
    name: 'GET',
    startedAt: 0,
    endedAt: 0,
    failed: false,
    attributes: {},
  }));
}

/** An exporter whose deliveries end when the test says so. */
function scene(t: TestContext, settings = { maxQueue: 10, maxBatch: 4, delay: NEVER_MS }) {
  const underWay: { batch: readonly Span[]; end: (delivered: Delivered) => void }[] = [];
  const batches: number[] = [];
  const lines: object[] = [];
  const state = { hurries: false };
  let begun: (() => void) | null = null;
  const counters = new ThreadCounters(ThreadCounters.allocate(1), 0);
  const exporter = new SpanExporter({
    settings,
    delivery: {
      deliver: (batch) => {
        batches.push(batch.length);
        const { promise, resolve } = Promise.withResolvers<Delivered>();
        underWay.push({ batch, end: resolve });
        begun?.();
        return promise;
      },
      wait: async () => {},
      get hurries() {
        return state.hurries;
      },
      hurry: () => {
        state.hurries = true;
      },
      end: () => {
        for (const { end } of underWay.splice(0)) end({ kind: 'given-up', reason: 'cut', pause: 0 });
      },
    },
    tally: new SpanTally(counters),
    complaints: new Complaints({ ...QUIET, warn: (_, data) => void lines.push(data ?? {}) }, {}, () => 0),
  });
  t.onTestFinished(() => exporter.close(0));
  return {
    exporter,
    batches,
    lines,
    counted: () => [SPANS_EXPORTED, SPANS_DROPPED, SPANS_REFUSED].map((each) => counters.get(each)),
    /** Ends the delivery that is under way, and resolves when the next has begun. */
    async next(delivered: Delivered): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      begun = resolve;
      underWay.shift()!.end(delivered);
      await promise;
    },
    end: (delivered: Delivered) => underWay.shift()!.end(delivered),
  };
}

describe('spans', () => {
  test('wait for a whole batch, and go one batch at a time', async (t) => {
    const { exporter, batches, next } = scene(t);
    exporter.add(spans(3));
    assert.deepEqual(batches, []);
    exporter.add(spans(6));
    assert.deepEqual(batches, [4]);
    await next(EXPORTED);
    assert.deepEqual(batches, [4, 4]);
    await next(EXPORTED);
    assert.deepEqual(batches, [4, 4, 1]);
  });

  test('go out after the delay, however few they are', async (t) => {
    const { exporter, batches, end } = scene(t, { maxQueue: 10, maxBatch: 4, delay: 1 });
    exporter.add(spans(1));
    while (batches.length === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(batches, [1]);
    end(EXPORTED);
  });

  test('that there is no room for are dropped and counted', async (t) => {
    const { exporter, counted, end } = scene(t);
    exporter.add(spans(4));
    exporter.add(spans(25));
    // Four are under way, ten wait.
    assert.deepEqual(counted(), [0, 15, 0]);
    end(EXPORTED);
  });

  test('that the collector refuses, whole batches and some, are counted and told of once a minute', async (t) => {
    const { exporter, counted, lines, next, end } = scene(t);
    exporter.add(spans(10));
    await next({ kind: 'exported', rejection: { count: 3, reason: 'no\nthanks' } });
    await next({ kind: 'refused', reason: 'status 400' });
    end({ kind: 'given-up', reason: 'no answer in time', pause: 0 });
    await exporter.close(0);
    assert.deepEqual(counted(), [1, 2, 7]);
    assert.deepEqual(lines, [{ reason: 'no thanks', lost: 3, 'not-told': 0 }]);
  });

  test('that wait are sent at the end, and after it none are taken', async (t) => {
    const { exporter, batches, counted, end } = scene(t);
    exporter.add(spans(2));
    const closed = exporter.close(NEVER_MS);
    assert.deepEqual(batches, [2]);
    end(EXPORTED);
    await closed;
    exporter.add(spans(3));
    assert.deepEqual([batches, counted()], [[2], [2, 3, 0]]);
  });

  test('that nobody takes at the end are dropped, and the end is not put off', async (t) => {
    const { exporter, batches, counted } = scene(t);
    exporter.add(spans(9));
    await exporter.close(1);
    assert.deepEqual([batches, counted()], [[4], [0, 9, 0]]);
  });

  test('are each counted once, whatever happens, and never more wait than may', async (t) => {
    const delivered = fc.oneof(
      fc.constant(EXPORTED),
      fc.nat(9).map((count): Delivered => ({ kind: 'exported', rejection: { count, reason: 'x' } })),
      fc.constant<Delivered>({ kind: 'refused', reason: 'x' }),
      fc.constant<Delivered>({ kind: 'given-up', reason: 'x', pause: 0 }),
    );
    const step = fc.oneof(fc.nat(12), delivered);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const { exporter, batches, counted, end } = scene(t);
        let added = 0;
        let ended = 0;
        for (const each of steps) {
          if (typeof each === 'number') {
            exporter.add(spans(each));
            added += each;
          } else if (batches.length > ended) {
            end(each);
            ended++;
            await new Promise((resolve) => setImmediate(resolve));
          }
          const settled = counted().reduce((sum, count) => sum + count, 0);
          assert.ok(added - settled <= 10 + 4);
        }
        await exporter.close(0);
        assert.equal(
          counted().reduce((sum, count) => sum + count, 0),
          added,
        );
      }),
    );
  });
});
