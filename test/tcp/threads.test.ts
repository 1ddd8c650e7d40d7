import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'vitest';
import { EndpointCells } from '../../src/routing/endpoint-cells.ts';
import { LiveRoute } from '../../src/tcp/policy/live-route.ts';
import { samplesOf } from '../support/operator-page.ts';
import { TcpClient, TcpServer, untilServed } from '../support/tcp-echo.ts';
import { announce, startTcp, type TcpFixture } from '../support/tcp-routed.ts';

function connectionsByThread({ router }: TcpFixture): Promise<number[]> {
  return samplesOf(router.router.addresses.health!, 'cellgate_thread_connections');
}

/** No connection is open any more, on any thread. */
async function idle(t: TestContext, fixture: TcpFixture): Promise<void> {
  while (Math.max(...(await connectionsByThread(fixture))) > 0) t.signal.throwIfAborted();
}

test('few and long connections of a TCP port are spread fairly over the threads', async (t) => {
  const server = await TcpServer.start(t);
  const fixture = await startTcp(t);
  announce(fixture, server.port);
  await untilServed(t, fixture.port);
  await idle(t, fixture);
  const clients: TcpClient[] = [];
  for (let each = 0; each < 8; each++) {
    const client = new TcpClient(t, fixture.port);
    await client.ask(`hello ${each}`);
    clients.push(client);
  }
  const spread = await connectionsByThread(fixture);
  assert.equal(spread[0]! + spread[1]!, 8);
  assert.ok(Math.abs(spread[0]! - spread[1]!) <= 2, spread.join(' and '));
  // Those that were handed over are as good as others, to both sides' last word.
  for (const client of clients) {
    client.socket.end(' bye');
    await client.closed;
    assert.equal(client.error, '');
    assert.ok(client.received.endsWith(' bye'));
  }
  await idle(t, fixture);
});

test('the limit of a backend holds over all threads together', async (t) => {
  const server = await TcpServer.start(t);
  const fixture = await startTcp(t, { max_connections_per_backend: 3, queue_length: 0 });
  announce(fixture, server.port);
  await untilServed(t, fixture.port);
  await idle(t, fixture);
  while (server.sockets.size > 0) await once([...server.sockets][0]!, 'close');
  let most = 0;
  const clients = Array.from({ length: 12 }, () => new TcpClient(t, fixture.port));
  const outcomes = await Promise.all(
    clients.map(async (client) => {
      const outcome = await client.ask('hello').then(
        () => 'served',
        () => client.error,
      );
      most = Math.max(most, server.sockets.size);
      return outcome;
    }),
  );
  assert.equal(outcomes.filter((outcome) => outcome === 'served').length, 3);
  assert.equal(outcomes.filter((outcome) => outcome === 'ECONNRESET').length, 9);
  assert.equal(most, 3);
});

test('least-connections counts what other threads have open', () => {
  const bytes = 64 * 4 * Int32Array.BYTES_PER_ELEMENT;
  const memory = {
    cells: new SharedArrayBuffer(bytes),
    shares: [new SharedArrayBuffer(bytes), new SharedArrayBuffer(bytes)],
  };
  const backends = [0, 1, 2].map((seat) => ({
    seat,
    address: `10.0.0.${seat}:80`,
    host: `10.0.0.${seat}`,
    port: 80,
    instanceId: '',
    tls: null,
    sendProxy: 'default' as const,
  }));
  const threads = [0, 1].map((thread) => ({
    cells: new EndpointCells(memory, thread),
    route: new LiveRoute(
      { sni: '', terminates: false, alpns: [], split: null, backends },
      'least-connection',
      0,
      thread,
    ),
  }));
  // A few each, one thread after the other, so that each thread alone would be even long before all are.
  for (const [thread, count] of [
    [0, 4],
    [1, 1],
    [0, 2],
    [1, 5],
    [0, 6],
  ] as const) {
    const { cells, route } = threads[thread]!;
    for (let each = 0; each < count; each++) {
      const chosen = route.choose({ source: 'c', tried: [], draw: 0 }, cells, 1);
      assert.ok(typeof chosen !== 'string');
      cells.begin(chosen.seat);
      const loads = backends.map(({ seat }) => cells.inFlight(seat));
      assert.ok(Math.max(...loads) - Math.min(...loads) <= 1, loads.join(' '));
    }
  }
});
