import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, test } from 'vitest';
import { contain, giveUp, guarded, inBackground, onPanic, type Panic } from '../../src/boundary/boundary.ts';
import { on, once } from '../../src/boundary/events.ts';
import type { Owner } from '../../src/boundary/owner.ts';
import { every, soon } from '../../src/boundary/timers.ts';

const told: Panic[] = [];
onPanic((panic) => told.push(panic));
afterEach(() => told.splice(0));

function owner(panic: (error: unknown) => void = () => {}): Owner & { readonly errors: unknown[] } {
  const errors: unknown[] = [];
  return {
    kind: 'connection',
    errors,
    panic(error) {
      errors.push(error);
      panic(error);
    },
  };
}

const FAULT = new Error('a fault of ours');
const fail = () => {
  throw FAULT;
};

test('what a handler throws gives up its owner and nobody else', () => {
  const [one, other] = [owner(), owner()];
  const emitter = new EventEmitter();
  let heard = 0;
  on(emitter, 'data', one, fail);
  on(emitter, 'data', other, () => heard++);
  emitter.emit('data');
  assert.deepEqual([one.errors, other.errors, heard], [[FAULT], [], 1]);
  assert.deepEqual(told, [{ kind: 'connection', requestId: '', error: FAULT, again: false }]);
});

test('a handler gets the arguments of its event, and is off when it is taken off', () => {
  const emitter = new EventEmitter();
  const seen: unknown[][] = [];
  const handler = on(emitter, 'data', owner(), (...args) => seen.push(args));
  once(emitter, 'data', owner(), (first) => seen.push([first]));
  emitter.emit('data', 1, 2, 3, 4);
  emitter.off('data', handler);
  emitter.emit('data', 5);
  assert.deepEqual(seen, [[1, 2, 3, 4], [1]]);
});

test('an owner that cannot even let go is told of twice, and throws at nobody', () => {
  const stubborn = owner(() => {
    throw new Error('again');
  });
  giveUp(stubborn, FAULT);
  assert.deepEqual(
    told.map(({ again }) => again),
    [false, true],
  );
});

test('steps, wrapped handlers and rejections are contained', async () => {
  const one = owner();
  contain(one, fail);
  guarded(one, fail)();
  inBackground(one, Promise.reject(FAULT));
  soon(one, fail);
  await nextTurn();
  assert.equal(one.errors.length, 4);
});

test('an interval goes on after a throw', async () => {
  const one = owner();
  let runs = 0;
  await new Promise<void>((resolve) => {
    const timer = every(1, one, () => {
      if (++runs === 3) {
        clearInterval(timer);
        resolve();
      }
      fail();
    });
  });
  assert.deepEqual([runs, one.errors.length], [3, 3]);
});

test('a listener that throws costs nothing', () => {
  onPanic(fail);
  const one = owner();
  contain(one, fail);
  assert.equal(one.errors.length, 1);
  onPanic((panic) => told.push(panic));
});
