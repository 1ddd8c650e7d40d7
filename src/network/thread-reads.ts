import type { Socket } from 'node:net';
import type { Owner } from '../boundary/owner.ts';
import { guardedReads } from './guarded-reads.ts';
import { readInto } from './lent-reads.ts';
import type { ReadBuffers } from './read-buffers.ts';

/**
 * Has what an accepted socket receives read into the thread's memory and nowhere else: the beginning of it, and all of it
 * behind a read that has filled that. `take`: the bytes are used again when it returns. What was put back into the
 * socket before, and all where there is no such way, comes as `data`.
 */
export function readInThread(
  owner: Owner,
  socket: Socket,
  { first, shared }: ReadBuffers,
  take: (bytes: Buffer, count: number) => void,
): void {
  let into = first;
  let next: Buffer | null = null;
  readInto(socket, first, {
    onRead: guardedReads(owner, (count, buffer) => {
      const wanted = count < first.length ? first : shared;
      next = wanted === into ? null : wanted;
      into = wanted;
      take(buffer, count);
      return true;
    }),
    nextBuffer: () => next,
  });
}
