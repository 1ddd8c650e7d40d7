import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { type TestContext, test } from 'vitest';
import { cut } from '../../src/network/cut.ts';
import { Authority } from '../support/certificates.ts';
import { connectionPair } from '../support/connection-pair.ts';

/** Two ends of a connection; `error` is what the far one is told. */
async function pair(t: TestContext): Promise<{ near: Socket; far: Socket; error: Promise<string> }> {
  const { accepted: near, client: far } = await connectionPair(t, { allowHalfOpen: true });
  near.on('error', () => {});
  const error = new Promise<string>((resolve) => {
    far.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? ''));
    far.on('close', () => resolve(''));
  });
  far.resume();
  return { near, far, error };
}

test('a connection that is cut is reset', async (t) => {
  const { near, error } = await pair(t);
  cut(near);
  assert.equal(await error, 'ECONNRESET');
});

test('a connection that has ended its side is reset all the same', async (t) => {
  const { near, far, error } = await pair(t);
  near.end('all');
  await Promise.all([once(near, 'finish'), once(far, 'end')]);
  cut(near);
  await once(near, 'close');
  // Who has read the end does not read on; the reset shows in what is sent.
  far.write('and you');
  assert.equal(await error, 'EPIPE');
});

test('a connection on the way to its end is closed, not left open', async (t) => {
  const { near, far, error } = await pair(t);
  near.end('all');
  cut(near);
  await once(near, 'close');
  far.end();
  assert.equal(await error, '');
});

test('one that is not connected yet is given up', async (t) => {
  const { near } = await pair(t);
  const another = connect({ port: near.localPort!, host: '127.0.0.1' });
  assert.ok(another.connecting);
  cut(another);
  await once(another, 'close');
});

test('one whose TLS handshake ends at this very moment is reset, and the process lives', async (t) => {
  const identity = new Authority().issue();
  for (let each = 0; each < 50; each++) {
    const { near, far } = await pair(t);
    near.pause();
    const server = createTlsServer(identity);
    server.on('secureConnection', (socket: TLSSocket) => {
      socket.on('error', () => {});
      cut(socket, near);
    });
    server.emit('connection', near);
    const client = connectTls({ socket: far, rejectUnauthorized: false });
    const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNRESET');
  }
});
