import assert from 'node:assert/strict';
import { test } from 'vitest';
import { farewell } from '../../src/cli/cutover-follow.ts';
import { type CutoverSeen, cutoverSeen } from '../../src/cli/cutover-state.ts';
import { cutoverView } from '../../src/cli/cutover-view.ts';

const AT = Date.parse('2026-11-29T12:00:00Z');
/** Of the cells: about 10 ms. */
const CELL = 63;

function seen(more: object = {}, green = { answered: 0, app_errors: 0 }): CutoverSeen {
  const arm = (answered: number, appErrors: number, inFlight: number) => ({
    endpoints: 10,
    begun: answered + appErrors + inFlight,
    in_flight: inFlight,
    answered,
    app_errors: appErrors,
    gateway_errors: 0,
    aborted: 0,
    latency: [CELL, answered + appErrors],
  });
  const read = cutoverSeen({
    id: 'one',
    route: 'shop.test',
    from: 'app:blue',
    to: 'app:green',
    phase: { name: 'judge', since: '2026-11-29T11:59:00.000Z' },
    weights: { from: 9500, to: 500 },
    plan: { weights: [100, 500, 10_000] },
    missing: [],
    next_at: '2026-11-29T12:00:42.000Z',
    over: false,
    exit: null,
    notes: [{ at: '2026-11-29T11:59:00.000Z', text: 'green gets 5 %' }],
    arms: { from: arm(9500, 0, 3), to: arm(green.answered, green.app_errors, 1) },
    ...more,
  });
  assert.ok(read !== null);
  return read;
}

test('a cutover is drawn with its plan, what comes next, and both arms side by side', () => {
  const before = { at: 0, seen: seen() };
  const last = { at: 10_000, seen: seen({}, { answered: 475, app_errors: 25 }) };
  const lines = cutoverView(before, last, AT);
  assert.equal(lines[0], 'shop.test: app:blue is replaced by app:green');
  assert.equal(lines[1], `██${'░'.repeat(38)} 5 %   plan 1 [5] 100`);
  assert.equal(lines[2], 'judging: 100 % is next, in 42 s at the earliest');
  assert.match(lines[3]!, /^ +REQUESTS\/S +ERRORS +P50 +P95 +IN FLIGHT +ENDPOINTS$/);
  assert.match(lines[4]!, /^app:blue +0\.0 +- +- +- +3 +10$/);
  assert.match(lines[5]!, /^app:green +50 +5\.0 % +\d+(\.\d)? ms +\d+(\.\d)? ms +1 +10$/);
  assert.ok(lines.every((line) => line.length <= 100));
});

test('what is waited for, what went wrong and what cannot be shown are said in its place', () => {
  const line = (more: object) => cutoverView({ at: 0, seen: seen() }, { at: 1, seen: seen(more) }, AT)[2];
  assert.equal(line({ missing: ['r1', 'r2'], phase: { name: 'ramp' } }), 'ramp: waiting for r1, r2');
  assert.equal(
    line({ phase: { name: 'reverted', reason: 'green\u001b[31m failed' } }),
    'reverted: green?[31m failed',
  );
  assert.equal(line({ phase: { name: 'held', why: 'quiet' } }), 'held: by quiet');
  assert.equal(cutoverSeen({ id: 'x' }), null);
  assert.equal(cutoverSeen({ id: 'x', route: 'y', phase: null, weights: {} }), null);
});

test('at the end it is said what is safe to unmap, and what is still under way there', () => {
  const [done] = farewell(seen({ phase: { name: 'done', reason: '' } }));
  assert.match(done!, /^safe to unmap and stop: app:blue, once the 3 still under way there are done/);
  const [back] = farewell(seen({ phase: { name: 'reverted', reason: '' } }));
  assert.match(back!, /^safe to unmap and stop: app:green, once the 1 still/);
  assert.match(farewell(seen({ phase: { name: 'held' } }))[0]!, /resume shop\.test, promote or abort$/);
  assert.match(farewell(seen({ phase: { name: 'not-begun', reason: '' } }))[0]!, /^nothing was changed/);
  assert.deepEqual(farewell(seen({ phase: { name: 'refused', reason: '' } })), []);
});
