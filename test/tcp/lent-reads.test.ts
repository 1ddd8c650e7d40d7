import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { type TestContext, test } from 'vitest';
import type { Owner } from '../../src/boundary/owner.ts';
import { ReadBuffers } from '../../src/network/read-buffers.ts';
import { Pipe } from '../../src/tcp/connection/pipe.ts';
import { connectionPair } from '../support/connection-pair.ts';

/** One client, and how its backend reads. */
interface Sent {
  /** Bytes of each write. */
  readonly writes: readonly number[];
  /** Milliseconds that the backend pauses after each read. */
  readonly pause: number;
  /** What is put back into the socket before it is read: the router has looked at it. */
  readonly seen: number;
  /** Whether the kernel takes no more for the backend, which does not read until some time after the client has sent. */
  readonly full: boolean;
}

const sent: fc.Arbitrary<Sent> = fc.record({
  writes: fc.array(
    fc.oneof(
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 8000, max: 9000 }),
      fc.nat({ max: 600_000 }),
    ),
    { maxLength: 8 },
  ),
  pause: fc.constantFrom(0, 0, 1, 3),
  seen: fc.constantFrom(0, 5, 20_000),
  full: fc.boolean(),
});

const OWNER: Owner = {
  kind: 'connection',
  panic: () => assert.fail('nothing is thrown'),
};

/** What came until the end. */
async function readAll(socket: Socket, pause: number): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    hash.update(chunk);
    if (pause > 0) await delay(pause);
  }
  return hash.digest('hex');
}

/** Writes until the kernel takes no more. */
async function fill(socket: Socket): Promise<Buffer[]> {
  const written: Buffer[] = [];
  while (socket.writableLength === 0) {
    written.push(Buffer.alloc(200_000, `filler ${written.length} `));
    socket.write(written.at(-1)!);
    await delay(1);
  }
  return written;
}

test('what clients send through the same memory arrives as it was sent, with backends that take their time', async (t) => {
  const buffers = new ReadBuffers(64 * 1024);
  let clients = 0;
  const relay = async ({ writes, pause, seen, full }: Sent): Promise<void> => {
    const name = `client ${clients++} `;
    const [from, to] = [await open(t), await open(t)];
    const pipe = new Pipe(OWNER, buffers, from.accepted, to.client);
    from.accepted.on('data', (chunk: Buffer) => pipe.writeOwned(chunk));
    from.accepted.on('end', () => pipe.end());
    const filler = full ? await fill(to.client) : [];
    const before = Buffer.alloc(seen, name);
    // Its memory is given back.
    if (seen > 0) from.accepted.unshift(Buffer.from(before));
    const bytes = writes.map((length, index) => Buffer.alloc(length, `${name}write ${index} `));
    let moves = 0;
    pipe.lend(() => moves++);
    from.accepted.resume();
    const arriving = (full ? delay(20) : Promise.resolve()).then(() => readAll(to.accepted, pause));
    for (const each of bytes) {
      if (!from.client.write(each)) await once(from.client, 'drain');
      // Else the kernel has them read at once.
      await new Promise(setImmediate);
    }
    from.client.end();
    const all = Buffer.concat([...filler, before, ...bytes]);
    assert.equal(await arriving, createHash('sha256').update(all).digest('hex'));
    const sentInAll = bytes.reduce((sum, { length }) => sum + length, 0);
    assert.equal(pipe.bytes, seen + sentInAll);
    assert.equal(moves > 0, sentInAll > 0);
    pipe.close();
    for (const socket of [from.client, from.accepted, to.client, to.accepted]) socket.destroy();
  };
  await fc.assert(
    fc.asyncProperty(fc.array(sent, { minLength: 2, maxLength: 5 }), async (all) => {
      await Promise.all(all.map(relay));
    }),
    { numRuns: 15 },
  );
});

test('a source has a buffer of its own from a read that fills the shared one to one that does not fill its own', async (t) => {
  const buffers = new ReadBuffers(64 * 1024);
  const { client, accepted } = await open(t);
  const pipe = new Pipe(OWNER, buffers, accepted, client);
  let left = 0;
  accepted.on('data', (chunk: Buffer) => {
    left -= chunk.length;
  });
  const pass = async (count: number): Promise<void> => {
    left = count;
    pipe.pass(count, pipe.buffer);
    while (left > 0) await once(accepted, 'data');
    while (pipe.holdsBuffer) await new Promise(setImmediate);
  };
  const { length } = buffers.shared;
  await pass(12_000);
  assert.equal(pipe.buffer, buffers.shared);
  await pass(length);
  const own = pipe.buffer;
  assert.notEqual(own, buffers.shared);
  await pass(length);
  assert.equal(pipe.buffer, own);
  await pass(12_000);
  assert.equal(pipe.buffer, buffers.shared);
});

/** The accepted one is paused. */
const open = (t: TestContext) => connectionPair(t, { pauseOnConnect: true, allowHalfOpen: true });
