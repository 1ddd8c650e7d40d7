import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { test } from 'vitest';
import { ONE_MESSAGE } from '../../src/boundary/owner.ts';
import { forgetWhenClosed } from '../../src/network/forget-when-closed.ts';

test('a socket that has closed tells all who wait for it, and holds on to nobody', async () => {
  const socket = new Socket();
  const told: string[] = [];
  socket.on('error', () => told.push('error'));
  socket.on('data', () => told.push('data'));
  socket.on('close', () => told.push('before'));
  forgetWhenClosed(socket, ONE_MESSAGE);
  socket.on('close', () => told.push('after'));
  const closed = once(socket, 'close');
  socket.destroy(new Error('reset'));
  await assert.rejects(closed, /reset/);
  await new Promise(setImmediate);
  assert.deepEqual(told, ['error', 'before', 'after']);
  assert.deepEqual(socket.eventNames(), ['error']);
});

test('an error of a socket that has closed is nobody’s', async () => {
  const socket = new Socket();
  forgetWhenClosed(socket, ONE_MESSAGE);
  socket.destroy();
  await once(socket, 'close');
  assert.doesNotThrow(() => socket.emit('error', new Error('late')));
});
