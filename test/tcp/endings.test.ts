import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'vitest';
import { CellgateProcess } from '../support/cellgate-process.ts';
import { freePort } from '../support/free-port.ts';
import { TcpClient, TcpServer, untilServed } from '../support/tcp-echo.ts';
import { announce, startTcp } from '../support/tcp-routed.ts';

/** Far above what the system's own buffers for two connections hold. */
const MUCH = 256 << 20;
const PIECE = Buffer.alloc(256 << 10, 'x');

interface Pair {
  readonly port: number;
  readonly client: TcpClient;
  readonly backend: Socket;
}

/** A client and, at the other end, the backend's side of its connection. */
async function pair(t: TestContext, tcp: object = {}): Promise<Pair> {
  const server = await TcpServer.start(t);
  const fixture = await startTcp(t, tcp);
  announce(fixture, server.port);
  await untilServed(t, fixture.port);
  while (server.sockets.size > 0) await once([...server.sockets][0]!, 'close');
  const client = new TcpClient(t, fixture.port);
  await client.ask('hello');
  const [backend] = server.sockets;
  backend!.unpipe();
  return { port: fixture.port, client, backend: backend! };
}

/** Sends until nothing goes out any more, or all is out; resolves with the bytes that were taken. */
async function fill(socket: Socket): Promise<number> {
  let quiet = 0;
  let before = -1;
  const taken = () => socket.bytesWritten - socket.writableLength;
  const begun = taken();
  while (quiet < 10 && taken() - begun < MUCH) {
    while (socket.writableLength < PIECE.length) socket.write(PIECE);
    await new Promise((resolve) => setTimeout(resolve, 50));
    quiet = taken() === before ? quiet + 1 : 0;
    before = taken();
  }
  return taken() - begun;
}

test('a backend that has ended still gets what the client says', async (t) => {
  const { client, backend } = await pair(t);
  let heard = '';
  backend.on('data', (bytes) => {
    heard += bytes;
  });
  backend.resume();
  backend.end('last words');
  await once(client.socket, 'end');
  client.socket.end('an answer');
  await once(backend, 'end');
  await client.closed;
  assert.deepEqual([client.received, heard, client.error], ['hellolast words', 'an answer', '']);
});

test('a reset behind an end is still a reset', async (t) => {
  const { client, backend } = await pair(t);
  backend.resume();
  client.socket.end('all');
  await once(backend, 'end');
  backend.resetAndDestroy();
  await client.closed;
  assert.equal(client.error, 'ECONNRESET');
});

for (const [who, whom] of [
  ['client', 'backend'],
  ['backend', 'client'],
] as const) {
  test(`a ${who} that sends without end fills no memory when the ${whom} does not read`, async (t) => {
    const { client, backend } = await pair(t, { idle_timeout: '0s' });
    const [sender, reader] = who === 'client' ? [client.socket, backend] : [backend, client.socket];
    reader.pause();
    const taken = await fill(sender);
    assert.ok(taken < MUCH / 4, `${taken} bytes were taken`);
    // And once it is read, the rest comes.
    const end = once(reader, 'end');
    let length = 0;
    reader.on('data', (bytes: Buffer | string) => {
      length += bytes.length;
    });
    sender.end();
    const sent = sender.bytesWritten - 'hello'.length;
    reader.resume();
    await end;
    assert.equal(length, sent);
  });
}

test('a silent connection is kept alive by TCP on both sides', async (t) => {
  const { port, client, backend } = await pair(t, { keep_alive_interval: '30s' });
  assert.equal(timerOf(port, client.socket.localPort!), KEEP_ALIVE);
  assert.equal(timerOf(backend.remotePort!, backend.localPort!), KEEP_ALIVE);
});

test('a port of the configuration without backends is open, and resets connections', async (t) => {
  const port = await freePort();
  await startTcp(t, { reservable_ports: String(port), routes: [{ port, backends: [] }] });
  for (;;) {
    const client = new TcpClient(t, port);
    await client.closed;
    if (client.error === 'ECONNREFUSED') continue;
    assert.equal(client.error, 'ECONNRESET');
    return;
  }
});

test('§7.5 a drain closes the ports, waits for connections and says how many it cut', async (t) => {
  const server = await TcpServer.start(t);
  const port = await freePort();
  const route = { port, backends: [`127.0.0.1:${server.port}`] };
  const router = CellgateProcess.router(t, {
    drain_wait: '0s',
    drain_timeout: '3s',
    cellgate: { tcp: { listen_host: '127.0.0.1', reservable_ports: String(port), routes: [route] } },
  });
  await router.started();
  await untilServed(t, port);
  const [patient, leaving] = [new TcpClient(t, port), new TcpClient(t, port)];
  await Promise.all([patient.ask('hello'), leaving.ask('hello')]);
  router.kill('SIGUSR1');
  for (;;) {
    const late = connect({ port, host: '127.0.0.1' });
    const error = await new Promise((resolve) => {
      late.on('error', resolve);
      late.on('connect', () => resolve(null));
    });
    late.destroy();
    if (error !== null) break;
  }
  await patient.ask(' still here');
  leaving.socket.end(' bye');
  await leaving.closed;
  assert.deepEqual([leaving.received, leaving.error], ['hello bye', '']);
  await patient.closed;
  assert.equal(patient.error, 'ECONNRESET');
  assert.deepEqual(await router.exited, [0, null]);
  const cut = [...router.stdout.matchAll(/"tcp-connections-cut".*?"connections":(\d+)/g)];
  assert.deepEqual(
    cut.map(([, count]) => count),
    ['1'],
  );
});

const KEEP_ALIVE = '02';

/** Which timer the kernel has for a connection, by its two ports (proc_net_tcp.txt). */
function timerOf(local: number, remote: number): string | undefined {
  const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');
  const line = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((each) => each.trim().split(/\s+/))
    .find(([, from, to]) => from?.endsWith(`:${hex(local)}`) && to?.endsWith(`:${hex(remote)}`));
  return line?.[5]?.slice(0, 2);
}
