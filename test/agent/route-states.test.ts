import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { goDurationText, readGoDuration } from '../../src/agent/file/go-duration.ts';
import type { BusAnnouncement } from '../../src/agent/route/announcement.ts';
import { uncovered } from '../../src/agent/route/coverage.ts';
import {
  afterOrder,
  afterRelease,
  afterTime,
  type Drain,
  type DrainCause,
  SERVING,
} from '../../src/agent/route/drain.ts';
import { healthRequest, servingStatus } from '../../src/agent/route/grpc-health.ts';
import { afterCheck, type Health, UNKNOWN } from '../../src/agent/route/health.ts';

test('health changes with so many results in a row, and with no fewer', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.boolean(), { maxLength: 60 }),
      (rise, fall, results) => {
        let health: Health = UNKNOWN;
        let model = 'unknown';
        for (const [index, ok] of results.entries()) {
          health = afterCheck(health, ok, { rise, fall });
          const row = results.slice(0, index + 1);
          const lastOther = row.lastIndexOf(!ok);
          const inARow = row.length - 1 - lastOther;
          if (ok && inARow >= rise) model = 'up';
          if (!ok && inARow >= fall) model = 'down';
          assert.equal(health.state, model);
        }
      },
    ),
  );
});

test('a drain lasts as long as anybody wants it, and its time is counted from the first', () => {
  const causes: readonly DrainCause[] = ['file', 'command', 'signal', 'source'];
  const step = fc.record({
    what: fc.constantFrom('order', 'release', 'time'),
    cause: fc.constantFrom(...causes),
    wait: fc.nat(50),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let drain: Drain = SERVING;
      const wanted = new Set<DrainCause>();
      let since = 0;
      let now = 0;
      for (const { what, cause, wait } of steps) {
        now += wait;
        if (what === 'order') {
          if (wanted.size === 0) since = now;
          wanted.add(cause);
          drain = afterOrder(drain, cause, now, 100);
        } else if (what === 'release') {
          wanted.delete(cause);
          drain = afterRelease(drain, cause);
        }
        drain = afterTime(drain, now);
        const expected = wanted.size === 0 ? 'serving' : now - since >= 100 ? 'drained' : 'draining';
        assert.equal(drain.state, expected);
        if (drain.state !== 'serving') assert.deepEqual(drain.causes, wanted);
      }
    }),
  );
});

test('what is taken back is exactly what nobody else announces at that address', () => {
  const uri = fc.constantFrom('a', 'b', 'c', 'd');
  const announcement = fc.record({
    uris: fc.uniqueArray(uri, { minLength: 1 }),
    address: fc.constantFrom('x:1', 'x:2'),
  });
  const made = ({ uris, address }: { uris: string[]; address: string }): BusAnnouncement => ({
    kind: 'bus',
    uris,
    address,
    fields: { uris, host: 'x' },
  });
  fc.assert(
    fc.property(announcement, fc.array(announcement), (gone, others) => {
      const left = uncovered(made(gone), others.map(made));
      const held = others.filter(({ address }) => address === gone.address).flatMap(({ uris }) => uris);
      const expected = gone.uris.filter((each) => !held.includes(each));
      assert.deepEqual(left?.uris ?? [], expected);
      assert.deepEqual(left === null ? [] : (left as BusAnnouncement).fields['uris'], expected);
    }),
  );
});

test('durations are read and printed as Go does', () => {
  for (const [text, milliseconds, printed] of [
    ['1m30s', 90_000, '1m30s'],
    ['0', 0, '0s'],
    ['-1s', -1_000, '-1s'],
    ['1.5h', 5_400_000, '1h30m0s'],
    ['250ms', 250, '250ms'],
    ['1500ms', 1_500, '1.5s'],
    ['100ns', 1, '1ms'],
  ] as const) {
    const read = readGoDuration(text);
    assert.ok(read.ok);
    assert.equal(read.milliseconds, milliseconds);
    assert.equal(goDurationText(read.milliseconds), printed);
  }
  for (const [text, error] of [
    ['', 'time: invalid duration ""'],
    ['soon', 'time: invalid duration "soon"'],
    ['5', 'time: missing unit in duration "5"'],
    ['5d', 'time: unknown unit "d" in duration "5d"'],
    ['1h5d', 'time: unknown unit "d" in duration "1h5d"'],
  ] as const) {
    assert.deepEqual(readGoDuration(text), { ok: false, error });
  }
});

test('any answer of a health service is read without harm', () => {
  assert.deepEqual([...healthRequest('')], [0, 0, 0, 0, 0]);
  assert.deepEqual([...healthRequest('ab')], [0, 0, 0, 0, 4, 0x0a, 2, 97, 98]);
  assert.equal(servingStatus(Uint8Array.of(0, 0, 0, 0, 2, 8, 1)), 'SERVING');
  assert.equal(servingStatus(Uint8Array.of(0, 0, 0, 0, 0)), 'UNKNOWN');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      assert.ok(servingStatus(bytes).length > 0);
    }),
  );
});
