import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { type TestContext, test, vi } from 'vitest';
import { AT_ONCE_BYTES, writeAtOnce } from '../../src/network/text-at-once.ts';
import { connectionPair } from '../support/connection-pair.ts';

/** Both ends of a connection, on which text has been written already. */
async function pair(t: TestContext): Promise<{ client: Socket; accepted: Socket }> {
  const { client, accepted } = await connectionPair(t);
  writeAtOnce(accepted, 'first');
  const [first] = (await once(client, 'data')) as [Buffer];
  assert.equal(String(first), 'first');
  client.pause();
  return { client, accepted };
}

/** All that comes until the end. */
async function rest(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

test('this Node writes text without its streams', async (t) => {
  const { client, accepted } = await pair(t);
  accepted.write = () => assert.fail('by the stream');
  writeAtOnce(accepted, 'caf\xe9');
  const [text] = (await once(client.resume(), 'data')) as [Buffer];
  assert.deepEqual([...text], [0x63, 0x61, 0x66, 0xe9]);
  assert.equal(accepted.bytesWritten, 9);
});

test('what the kernel does not take waits in the stream, which says when it has gone', async (t) => {
  const { client, accepted } = await pair(t);
  let written = 0;
  while (!accepted.writableNeedDrain) {
    writeAtOnce(accepted, 'x'.repeat(AT_ONCE_BYTES));
    written += AT_ONCE_BYTES;
  }
  writeAtOnce(accepted, 'y');
  const drained = once(accepted, 'drain');
  const all = rest(client);
  await drained;
  assert.equal(accepted.writableLength, 0);
  writeAtOnce(accepted, 'z');
  accepted.end();
  assert.equal(String(await all), `${'x'.repeat(written)}yz`);
});

test('to one that has gone a write fails as a write of the stream does', async (t) => {
  const { client, accepted } = await pair(t);
  client.resetAndDestroy();
  await once(client, 'close');
  const closed = once(accepted, 'error');
  writeAtOnce(accepted, 'a');
  assert.equal(accepted.writableLength, 0);
  assert.match(String(accepted.errored), /write (EPIPE|ECONNRESET)/);
  const [error] = (await closed) as [NodeJS.ErrnoException];
  assert.ok(error.code === 'EPIPE' || error.code === 'ECONNRESET');
  assert.equal(accepted.destroyed, true);
  writeAtOnce(accepted, 'b');
});

test('what is written to a corked socket leaves with the rest', async (t) => {
  const { client, accepted } = await pair(t);
  accepted.cork();
  writeAtOnce(accepted, 'a');
  accepted.write(Buffer.from('b'));
  assert.equal(accepted.bytesWritten, 7);
  assert.equal(accepted.writableLength, 2);
  accepted.uncork();
  const [both] = (await once(client.resume(), 'data')) as [Buffer];
  assert.equal(String(both), 'ab');
});

test('a connection on which an answer was not heard is given up', async (t) => {
  const { client, accepted } = await pair(t);
  const all = rest(client);
  // As if somebody wrote by other means.
  accepted._write = () => {};
  let written = 0;
  while (!accepted.destroyed) {
    writeAtOnce(accepted, 'x'.repeat(AT_ONCE_BYTES));
    written += AT_ONCE_BYTES;
  }
  const got = await all;
  assert.ok(got.length <= written);
  assert.equal(String(got), 'x'.repeat(got.length));
});

test('a first write that goes another way says nothing of those to come', async (t) => {
  vi.resetModules();
  const anew: typeof import('../../src/network/text-at-once.ts') = await import(
    '../../src/network/text-at-once.ts'
  );
  const [odd, usual] = [await connectionPair(t), await connectionPair(t)];
  odd.accepted._write = () => {};
  anew.writeAtOnce(odd.accepted, 'lost');
  anew.writeAtOnce(usual.accepted, 'a');
  usual.accepted.write = () => assert.fail('by the stream');
  anew.writeAtOnce(usual.accepted, 'b');
  usual.accepted.end();
  assert.equal(String(await rest(usual.client)), 'ab');
});

test('before the connection is there text waits for it', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  writeAtOnce(client, 'early');
  client.end();
  const [accepted] = (await once(server, 'connection')) as [Socket];
  t.onTestFinished(() => {
    accepted.destroy();
    server.close();
  });
  assert.equal(String(await rest(accepted)), 'early');
});

const written = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), length: fc.integer({ min: 0, max: 3 * AT_ONCE_BYTES }) }),
  fc.record({ kind: fc.constant('bytes' as const), length: fc.integer({ min: 0, max: 300_000 }) }),
  fc.record({ kind: fc.constant('turn' as const), length: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('read' as const), length: fc.integer({ min: 1, max: 500_000 }) }),
);

test('whatever is written in whatever way, however it is read, comes in its order and whole', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(written, { maxLength: 40 }), fc.boolean(), async (steps, resets) => {
      const { client, accepted } = await pair(t);
      accepted.on('error', () => {});
      const sent: Buffer[] = [];
      const got: Buffer[] = [];
      for (const [index, { kind, length }] of steps.entries()) {
        const piece = Buffer.alloc(kind === 'text' || kind === 'bytes' ? length : 0, `${index} `);
        sent.push(piece);
        if (kind === 'text') writeAtOnce(accepted, piece.toString('latin1'));
        else if (kind === 'bytes') accepted.write(piece);
        else if (kind === 'turn') for (let turn = 0; turn < length; turn++) await new Promise(setImmediate);
        else got.push((client.read() as Buffer | null) ?? Buffer.alloc(0));
      }
      const all = Buffer.concat(sent);
      if (resets) {
        accepted.destroy();
        got.push(await rest(client));
        const some = Buffer.concat(got);
        assert.deepEqual(some, all.subarray(0, some.length));
      } else {
        accepted.end();
        got.push(await rest(client));
        assert.deepEqual(Buffer.concat(got), all);
      }
    }),
    { numRuns: 60 },
  );
});
