import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import type { Codec, Rejection } from '../../src/otel/codec.ts';
import { Delivery } from '../../src/otel/delivery.ts';
import { backOff, type Verdict, verdictOf } from '../../src/otel/verdict.ts';

const NOW = Date.parse('Sun, 29 Nov 2026 12:00:00 GMT');
const TAKEN: Verdict = { kind: 'taken' };

function busy(pause: number | null = null): Verdict {
  return { kind: 'busy', reason: 'status 503', pause };
}

/** On a clock of its own, with a collector that answers one verdict after the other, each after `takes` milliseconds. */
function scene(
  verdicts: readonly Verdict[],
  { limit = 30_000, takes = 10, rejection = null as Rejection | null } = {},
) {
  let now = 0;
  const pauses: number[] = [];
  const limits: number[] = [];
  const codec: Codec<number> = {
    contentType: 'x/y',
    encode: (items) => Uint8Array.from(items),
    rejection: () => rejection,
  };
  const delivery = new Delivery<number>({
    collector: {
      post: async (_bytes, _type, within) => {
        limits.push(within);
        now += takes;
        return { verdict: verdicts[limits.length - 1] ?? busy(), body: new Uint8Array() };
      },
    },
    codec,
    limit,
    clock: () => now,
    chance: () => 0.5,
    wait: async (pause) => {
      pauses.push(pause);
      now += pause;
    },
  });
  return { delivery, pauses, limits, elapsed: () => now };
}

describe('a collector’s answer', () => {
  for (const status of [200, 202, 204]) {
    test(`${status} takes what was sent`, () => assert.equal(verdictOf(status, '', NOW).kind, 'taken'));
  }
  for (const status of [429, 502, 503, 504]) {
    test(`${status} is worth another try`, () => assert.equal(verdictOf(status, '', NOW).kind, 'busy'));
  }
  for (const status of [301, 400, 401, 403, 404, 413, 415, 500, 501]) {
    test(`${status} refuses it for good`, () => assert.equal(verdictOf(status, '1', NOW).kind, 'refused'));
  }
  for (const [text, pause] of [
    ['0', 0],
    ['7', 7000],
    ['Sun, 29 Nov 2026 12:00:09 GMT', 9000],
    ['Sun, 29 Nov 2026 11:00:00 GMT', 0],
    ['999999', 300_000],
    ['soon', null],
    ['-1', null],
    ['', null],
  ] as const) {
    test(`that says Retry-After ${JSON.stringify(text)} asks for ${pause} milliseconds`, () => {
      const verdict = verdictOf(429, text, NOW);
      assert.ok(verdict.kind === 'busy');
      if (text === '-1') assert.ok(verdict.pause === null || verdict.pause >= 0);
      else assert.equal(verdict.pause, pause);
    });
  }

  test('pauses grow from half a second to sixteen, whatever the chance', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (failures, chance) => {
          const most = Math.min(1000 * 2 ** (failures - 1), 16_000);
          const pause = backOff(failures, chance);
          assert.ok(pause >= most / 2 && pause <= most);
        },
      ),
    );
  });
});

describe('a delivery', () => {
  test('is done when the collector has taken it, with what it has not', async () => {
    const rejection = { count: 2, reason: 'too old' };
    const { delivery, limits } = scene([TAKEN], { rejection });
    assert.deepEqual(await delivery.deliver([1]), { kind: 'exported', rejection });
    assert.equal(limits.length, 1);
  });

  test('is repeated while the collector is busy, as late as it asks and else ever later', async () => {
    const { delivery, pauses } = scene([busy(), busy(0), busy(4000), busy(), TAKEN]);
    assert.equal((await delivery.deliver([1])).kind, 'exported');
    assert.deepEqual(pauses, [750, 0, 4000, 6000]);
  });

  test('is not repeated when it is refused', async () => {
    const { delivery, limits } = scene([busy(), { kind: 'refused', reason: 'status 400' }]);
    assert.deepEqual(await delivery.deliver([1]), { kind: 'refused', reason: 'status 400' });
    assert.equal(limits.length, 2);
  });

  test('is given up rather than take longer than it may, and no request may either', async () => {
    const { delivery, limits, elapsed } = scene([], { limit: 5000 });
    assert.deepEqual(await delivery.deliver([1]), { kind: 'given-up', reason: 'status 503', pause: 0 });
    assert.ok(elapsed() <= 5000);
    assert.ok(limits.every((each) => each > 0 && each <= 5000));
  });

  test('that would have to wait longer is given up, and says for how long nothing should come', async () => {
    const { delivery } = scene([busy(60_000)], { limit: 5000 });
    assert.deepEqual(await delivery.deliver([1]), {
      kind: 'given-up',
      reason: 'status 503',
      pause: 60_000,
    });
  });

  test('is tried once when there is no time to wait', async () => {
    const { delivery, limits, pauses } = scene([busy(0), TAKEN]);
    delivery.hurry();
    assert.equal((await delivery.deliver([1])).kind, 'given-up');
    assert.deepEqual([limits.length, pauses], [1, []]);
  });

  test('ends within its time, whatever the collector says', async () => {
    const verdict = fc.oneof(
      fc.constant(TAKEN),
      fc.option(fc.nat(400_000)).map(busy),
      fc.constant<Verdict>({ kind: 'refused', reason: 'status 400' }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(verdict, { maxLength: 12 }),
        fc.integer({ min: 1, max: 60_000 }),
        async (verdicts, limit) => {
          const takes = 10;
          const { delivery, elapsed, limits } = scene(verdicts, { limit, takes });
          const { kind } = await delivery.deliver([1]);
          assert.ok(elapsed() <= limit + takes);
          const last = verdicts[limits.length - 1] ?? busy();
          const expected = { taken: 'exported', busy: 'given-up', refused: 'refused' } as const;
          assert.equal(kind, expected[last.kind]);
        },
      ),
    );
  });
});
