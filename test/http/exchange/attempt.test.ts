import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import type { Downstream } from '../../../src/http/downstream.ts';
import { Attempt } from '../../../src/http/exchange/attempt.ts';
import { Destinations } from '../../../src/http/exchange/destinations.ts';
import type { Outcome } from '../../../src/http/policy/outcome.ts';
import { ProxyContext } from '../../../src/http/proxy-context.ts';
import type { Upstream } from '../../../src/http/upstream.ts';
import { EndpointCells } from '../../../src/routing/endpoint-cells.ts';
import { EndpointMemory } from '../../../src/routing/endpoint-memory.ts';
import { ThreadCounters } from '../../../src/telemetry/counters.ts';
import { poolOf } from '../../support/endpoint.ts';
import { HttpEngine } from '../../support/http-engine.ts';

const SEAT = 3;

/** An attempt at the one endpoint of a pool, with both its places taken, and all that happens in order. */
async function attemptAt(t: TestContext) {
  const { settings, log } = (await HttpEngine.start(t)).proxy.context;
  const cells = new EndpointCells(new EndpointMemory(1).buffers, 0, 10);
  const context = new ProxyContext(settings, new ThreadCounters(ThreadCounters.allocate(1), 0), log);
  const records = {
    read: () => '',
    serialOf: () => 0,
    lengthOf: () => 0,
    copy: () => 0,
    isText: () => false,
  };
  const destinations = new Destinations(context, { cells, records, prune() {} });
  const attempt = new Attempt(
    context,
    destinations,
    { kind: 'exchange', panic() {} } as unknown as Downstream,
    () => {},
  );
  const events: string[] = [];
  const { markFailed, end } = cells;
  cells.markFailed = (...args) => {
    events.push('marked');
    markFailed.apply(cells, args);
  };
  cells.end = (seat) => {
    events.push('given back');
    end.call(cells, seat);
  };
  const upstream = {
    release: () => void events.push('released'),
    destroy: () => void events.push('destroyed'),
  } as unknown as Upstream;
  const pool = poolOf(1, 'app.test', [SEAT]);
  const open = () => {
    cells.begin(SEAT);
    cells.occupy(SEAT);
    attempt.open(pool, pool.endpoints[0]!);
    attempt.goBy(upstream);
  };
  const counts = () => [cells.inFlight(SEAT), cells.isFull(SEAT)];
  return { attempt, cells, events, open, counts };
}

describe('an attempt', () => {
  const outcomes: readonly [Outcome, readonly string[]][] = [
    ['answered', ['given back', 'released']],
    ['tunnelled', ['given back']],
    ['abandoned', ['given back', 'destroyed']],
    ['panicked', ['given back', 'destroyed']],
    ['closed-early', ['given back', 'destroyed']],
  ];
  for (const [outcome, happened] of outcomes) {
    test(`gives back its places and lets go of its connection, ${outcome}, once`, async (t) => {
      const { attempt, events, open, counts } = await attemptAt(t);
      for (let i = 0; i < 2; i++) {
        open();
        assert.deepEqual(counts(), [1, false]);
        attempt.close(outcome);
        assert.deepEqual([counts(), attempt.isOpen], [[0, false], false]);
        assert.deepEqual(events.splice(0), happened);
        assert.throws(() => attempt.close(outcome), /closed/);
      }
    });
  }

  test('marks a backend that is to blame before its place there is given back', async (t) => {
    const { attempt, events, cells, open } = await attemptAt(t);
    open();
    attempt.fail('dial', true);
    assert.deepEqual(events, ['marked', 'given back', 'destroyed']);
    assert.equal(cells.isFailed(SEAT, Math.floor(performance.now() / 1000)), true);
  });

  test('that is closed is of no use, and one that is open is not opened again', async (t) => {
    const { attempt, open } = await attemptAt(t);
    assert.throws(() => attempt.endpoint, /closed/);
    assert.throws(() => attempt.upstream);
    assert.throws(() => attempt.answered(200), /closed/);
    assert.throws(() => attempt.goBy({} as Upstream), /closed/);
    open();
    assert.throws(open, /open/);
  });
});
