import assert from 'node:assert/strict';
import { test } from 'vitest';
import { AddressBudgets } from '../../../src/http/h2/connection/address-budgets.ts';
import type { Http2Parts } from '../../../src/http/h2/connection/http2-parts.ts';
import { Standing } from '../../../src/http/h2/connection/standing.ts';

function thread() {
  return { context: { now: 0 }, budgets: new AddressBudgets() } as unknown as Http2Parts;
}

/** Gives up requests until it is too often; answers how many. */
function floods(standing: Standing): number {
  let resets = 0;
  while (standing.mayReset()) resets++;
  return resets;
}

test('whoever is answered more than it gives up does not pay for a flood from its address', () => {
  const parts = thread();
  const good = new Standing(parts, '192.0.2.1');
  for (let i = 0; i < 20; i++) good.noteServed();
  for (let i = 0; i < 5; i++) floods(new Standing(parts, '192.0.2.1'));
  assert.ok(good.mayReset());
  assert.ok(good.mayWaste('http2_pings', 1, 0));
});

test('a request that is answered buys nobody out of what its address owes for frames that bring nothing', () => {
  const parts = thread();
  let frames = 0;
  for (let connections = 0; connections < 100; connections++) {
    const standing = new Standing(parts, '192.0.2.1');
    standing.noteServed();
    for (let pings = 0; pings < 1900 && standing.mayWaste('http2_pings', 1, 0); pings++) frames++;
  }
  // What two connections may send, and of each of the others a few.
  assert.ok(frames < 4000 + 100 * 60, `${frames} frames`);
  const good = new Standing(parts, '192.0.2.1');
  for (let i = 0; i < 1000; i++) {
    good.noteServed();
    assert.ok(good.mayWaste('http2_pings', 1, 0) && good.mayWaste('http2_window_updates', 1, i));
  }
});

test('new connections from an address pay for those before them, and no other address does', () => {
  const parts = thread();
  while (floods(new Standing(parts, '192.0.2.1')) > 0);
  assert.ok(!new Standing(parts, '192.0.2.1').mayReset());
  assert.ok(new Standing(parts, '192.0.2.2').mayReset());
  assert.ok(new Standing(parts, '').mayReset(), 'a proxy paid for it');
});
