import assert from 'node:assert/strict';
import { test } from 'vitest';
import { BulkBuffers } from '../../../src/http/connection/bulk-buffers.ts';
import { ReadBuffers } from '../../../src/network/read-buffers.ts';

const BYTES = 64 * 1024;
const FIRST = 16 * 1024;
const WRITTEN = () => true;

/** As a connection does with each read; answers how much the next one may bring. */
function read(buffers: BulkBuffers, into: Buffer, count: number): Buffer {
  buffers.note(into, count);
  if (buffers.isBulk(into, count)) buffers.after(into, WRITTEN);
  return buffers.next() ?? into;
}

test('a message is read a little at first, then more, then into memory of its own', () => {
  const thread = new ReadBuffers(BYTES);
  const buffers = new BulkBuffers(thread);
  assert.equal(thread.first.length, FIRST);
  let into = read(buffers, thread.first, FIRST - 1);
  assert.equal(into, thread.first, 'what fits goes on fitting');
  into = read(buffers, into, FIRST);
  assert.equal(into, thread.shared, 'what fills it is followed by more');
  into = read(buffers, into, FIRST);
  assert.equal(into, thread.shared);
  assert.equal(buffers.isLent(into), true);
  into = read(buffers, into, BYTES);
  assert.equal(buffers.isLent(into), false);
  assert.equal(into.length, BYTES);
});

test('the next message begins with a little again', () => {
  const thread = new ReadBuffers(BYTES);
  const buffers = new BulkBuffers(thread);
  read(buffers, thread.first, FIRST);
  read(buffers, thread.shared, BYTES);
  buffers.give(true);
  assert.equal(buffers.next(), thread.first);
});

test('what is no message may come at once', () => {
  const thread = new ReadBuffers(BYTES);
  const buffers = new BulkBuffers(thread);
  buffers.widen();
  assert.equal(buffers.next(), thread.shared);
});
