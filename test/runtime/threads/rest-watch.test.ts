import assert from 'node:assert/strict';
import { test } from 'vitest';
import { ConnectionLoads } from '../../../src/runtime/threads/connection-loads.ts';
import { ownThread, RestWatch } from '../../../src/runtime/threads/rest-watch.ts';

const MB = 1024 * 1024;
/** Looks a second. */
const A_SECOND = 2;

/** A thread whose heap is so large, and shrinks to what it holds when it is cleared. */
function watched() {
  const thread = { clients: 0, requests: 0, cpu: 0, now: 0, heap: 20, held: 20, cleared: 0 };
  const watch = new RestWatch({
    clients: () => thread.clients,
    requests: () => thread.requests,
    cpu: () => thread.cpu,
    now: () => thread.now,
    heapBytes: () => thread.heap * MB,
    giveBack() {
      thread.cleared++;
      thread.heap = thread.held;
    },
  });
  watch.begin();
  const pass = (seconds: number, { requests = 0, cpu = 0 } = {}) => {
    for (let look = 0; look < seconds * A_SECOND; look++) {
      thread.now += 1 / A_SECOND;
      thread.requests += requests;
      thread.cpu += cpu / A_SECOND;
      watch.look();
    }
  };
  return { thread, pass };
}

test('what a rush has left is cleared away when no request has come for five seconds, and once', () => {
  const { thread, pass } = watched();
  pass(10, { requests: 100, cpu: 0.5 });
  thread.heap = 60;
  pass(4);
  assert.equal(thread.cleared, 0);
  pass(2);
  assert.equal(thread.cleared, 1);
  pass(60);
  assert.equal(thread.cleared, 1);
});

test('it is not while requests come, however few, while the thread has something to do, or while many are connected', () => {
  const { thread, pass } = watched();
  pass(10);
  thread.heap = 60;
  pass(60, { requests: 1 });
  pass(60, { cpu: 0.1 });
  thread.clients = 5000;
  pass(60);
  assert.equal(thread.cleared, 0);
});

test('what is no garbage is not looked for again before there is more', () => {
  const { thread, pass } = watched();
  pass(10);
  thread.heap = 60;
  thread.held = 58;
  pass(60);
  assert.equal(thread.cleared, 1);
  thread.heap = 70;
  pass(60);
  assert.equal(thread.cleared, 1);
  thread.heap = 75;
  pass(60);
  assert.equal(thread.cleared, 2);
});

test('connections of TCP ports are clients as well as those of HTTP', () => {
  const loads = new ConnectionLoads(ConnectionLoads.allocate(1));
  const thread = ownThread(0, loads, { get: () => 0 });
  for (let connection = 0; connection < 3; connection++) loads.claim(0);
  assert.equal(thread.clients(), 3);
  loads.remove(0);
  assert.equal(thread.clients(), 2);
});
