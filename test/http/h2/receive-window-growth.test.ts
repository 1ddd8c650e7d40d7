import assert from 'node:assert/strict';
import { test } from 'vitest';
import { ReceiveWindow, WindowRoom } from '../../../src/http/h2/receive-window.ts';

const FIRST = 65_535;
const FRAME = 16_384;
const LARGEST = 8 * 1024 * 1024;

function windowWithin(room: number): ReceiveWindow {
  const within = new WindowRoom(room);
  const window = new ReceiveWindow(within);
  window.reset(FIRST, LARGEST);
  return window;
}

/** All that may come does, in frames, and is in other hands at once; answers what is allowed next. */
function fill(window: ReceiveWindow, allowed: number): number {
  let given = 0;
  for (let left = allowed; left > 0; left -= FRAME) {
    const bytes = Math.min(left, FRAME);
    assert.equal(window.allows(bytes), true);
    window.receive(bytes);
    given += window.consume(bytes);
  }
  return given;
}

test('a window that is filled and read as fast grows fourfold with each way there and back', () => {
  const window = windowWithin(Number.POSITIVE_INFINITY);
  let allowed = FIRST;
  for (let times = 1; times <= 3; times++) {
    allowed = fill(window, allowed);
    assert.equal(window.size, FIRST * 4 ** times);
    assert.equal(allowed, window.size, 'all of it may come at once');
  }
  fill(window, allowed);
  assert.equal(window.size, LARGEST);
});

test('it does not grow beyond the room that there is for all', () => {
  const window = windowWithin(100_000);
  fill(window, fill(window, FIRST));
  assert.equal(window.size, FIRST + 100_000);
  window.close();
  assert.equal(windowWithin(0).size, FIRST);
});

test('what is held does not make it grow', () => {
  const window = windowWithin(Number.POSITIVE_INFINITY);
  for (let at = 0; at < FIRST - FRAME; at += FRAME) window.receive(FRAME);
  for (let at = 0; at < 50; at++) {
    window.consume(FRAME);
    window.receive(FRAME);
  }
  assert.equal(window.size, FIRST);
});

test('what had to wait does not make it grow, until as much again has not', () => {
  const window = windowWithin(Number.POSITIVE_INFINITY);
  let left = FIRST;
  for (let at = 0; at < 50; at++) {
    // Most of it at once, and then what has held up the rest.
    window.receive(left);
    left = window.consume(left - FRAME);
    left += window.consume(FRAME, true);
    assert.equal(window.size, FIRST);
  }
  fill(window, fill(window, left));
  assert.equal(window.size, FIRST * 4);
});
