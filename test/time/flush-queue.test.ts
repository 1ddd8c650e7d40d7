import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, test } from 'vitest';
import { onPanic, type Panic } from '../../src/boundary/boundary.ts';
import type { Owner } from '../../src/boundary/owner.ts';
import { FlushQueue } from '../../src/time/flush-queue.ts';

const told: Panic[] = [];
onPanic((panic) => told.push(panic));
afterEach(() => told.splice(0));

const FAULT = new Error('a fault of ours');

class Sink {
  readonly owner: Owner;
  readonly flush: () => void;
  readonly errors: unknown[] = [];
  flushes = 0;

  constructor(flush: () => void = () => {}) {
    this.owner = { kind: 'connection', panic: (error) => this.errors.push(error) };
    this.flush = () => {
      this.flushes++;
      flush();
    };
  }
}

test('what waits is written at the end of the turn, once', async () => {
  const queue = new FlushQueue();
  const sink = new Sink();
  queue.add(sink);
  assert.equal(sink.flushes, 0);
  await nextTurn();
  await nextTurn();
  assert.equal(sink.flushes, 1);
});

test('one that throws is given up and keeps no other from being written, now or later', async () => {
  const queue = new FlushQueue();
  const sound = [new Sink(), new Sink()];
  const faulty = new Sink(() => {
    throw FAULT;
  });
  for (const sink of [sound[0]!, faulty, sound[1]!]) queue.add(sink);
  await nextTurn();
  assert.deepEqual(
    sound.map(({ flushes }) => flushes),
    [1, 1],
  );
  assert.deepEqual([faulty.errors, told.length], [[FAULT], 1]);
  queue.add(sound[0]!);
  await nextTurn();
  assert.equal(sound[0]!.flushes, 2);
});

test('what is added while the others are written is written in the next turn', async () => {
  const queue = new FlushQueue();
  const later = new Sink();
  queue.add(new Sink(() => queue.add(later)));
  await nextTurn();
  await nextTurn();
  assert.equal(later.flushes, 1);
});
