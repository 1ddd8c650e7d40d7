import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import { readSplit, type Split } from '../../src/routing/split.ts';
import type { TcpBackend } from '../../src/tcp/table/route.ts';
import { freePort } from '../support/free-port.ts';
import { TcpClient, TcpServer } from '../support/tcp-echo.ts';
import { TcpEngine, tcpRoute } from '../support/tcp-engine.ts';

/** By the ports of backends. */
function splitOf(weights: Readonly<Record<number, number>>, onEmpty: Split['onEmpty'] = 'spill'): Split {
  const arms = Object.entries(weights).map(([port, weight]) => ({
    selector: `addr:127.0.0.1:${port}`,
    weight,
  }));
  const read = readSplit({ arms, on_empty: onEmpty }, 'tcp:1');
  assert.ok(read.ok, read.ok ? '' : read.error);
  return read.split;
}

/** A server that says its name to whoever comes, then sends back what it gets, and ends when its client does. */
function named(t: TestContext, name: string): Promise<TcpServer> {
  return TcpServer.start(t, (socket) => {
    socket.write(`${name}\n`);
    socket.pipe(socket);
  });
}

/** Who serves the next connection; empty: it is reset. */
async function served(t: TestContext, port: number): Promise<string> {
  const client = new TcpClient(t, port);
  const heard = client.until('\n').then(() => client.received.trim());
  const name = await Promise.race([heard.catch(() => ''), client.closed.then(() => client.received.trim())]);
  client.socket.destroy();
  return name;
}

async function counted(t: TestContext, port: number, connections: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let at = 0; at < connections; at++) {
    const name = await served(t, port);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

describe('a split of a TCP route', () => {
  test('shares its connections out by weights, whatever the arms have of backends', async (t) => {
    const [blue, green] = [await named(t, 'blue'), await named(t, 'green')];
    const engine = await TcpEngine.start(t, {}, tcpRoute('', []));
    const [one, other] = [engine.backend(blue.port), engine.backend(green.port)];
    const split = splitOf({ [blue.port]: 7500, [green.port]: 2500 });
    engine.put(tcpRoute('', [one, other], { split }));
    const { blue: got = 0 } = await counted(t, engine.port, 200);
    // Five standard deviations.
    assert.ok(Math.abs(got - 150) < 31, `${got} of 200`);
    engine.put(tcpRoute('', [one, other], { split: splitOf({ [blue.port]: 10_000, [green.port]: 0 }) }));
    assert.deepEqual(await counted(t, engine.port, 40), { blue: 40 });
    engine.put(tcpRoute('', [one, other]));
    assert.equal(Object.keys(await counted(t, engine.port, 20)).length, 2);
  });

  test('leads a connection whose backend refuses to any arm with weight, and never to one without', async (t) => {
    const [green, red] = [await named(t, 'green'), await named(t, 'red')];
    const dead = await freePort();
    const engine = await TcpEngine.start(t, { failureMarkSeconds: 0 }, tcpRoute('', []));
    const backends = [dead, green.port, red.port].map((port) => engine.backend(port));
    for (const onEmpty of ['spill', 'fail'] as const) {
      const split = splitOf({ [dead]: 9999, [green.port]: 1, [red.port]: 0 }, onEmpty);
      engine.put(tcpRoute('', backends, { split }));
      assert.deepEqual(await counted(t, engine.port, 20), { green: 20 });
    }
    assert.equal(red.accepted, 0);
    assert.ok(engine.ended.some(({ attempts }) => attempts === 2));
  });

  test('resets what its arm has nobody for where it is told to fail, and lets others serve it where not', async (t) => {
    const blue = await named(t, 'blue');
    const nobody = await freePort();
    const engine = await TcpEngine.start(t, {}, tcpRoute('', []));
    const backends = [engine.backend(blue.port)];
    const weights = { [nobody]: 9999, [blue.port]: 1 };
    engine.put(tcpRoute('', backends, { split: splitOf(weights, 'fail') }));
    const { '': failed = 0 } = await counted(t, engine.port, 20);
    assert.ok(failed >= 18, `${failed}`);
    assert.ok(engine.ended.some(({ outcome }) => outcome === 'no-backend'));
    engine.put(tcpRoute('', backends, { split: splitOf(weights) }));
    assert.deepEqual(await counted(t, engine.port, 20), { blue: 20 });
  });

  test('that takes an arm its weight is heeded by connections that are on their way there', async (t) => {
    const green = await named(t, 'green');
    const blue = await named(t, 'blue');
    const engine = await TcpEngine.start(t, {}, tcpRoute('', []));
    const backends: TcpBackend[] = [engine.backend(blue.port), engine.backend(green.port)];
    const towards = (port: number) => {
      const split = splitOf({ [blue.port]: 0, [green.port]: 0, [port]: 1 });
      return tcpRoute('', backends, { split });
    };
    engine.put(towards(green.port));
    // In the very turn in which its backend is dialed.
    engine.onServed = () => engine.put(towards(blue.port));
    assert.equal(await served(t, engine.port), 'blue');
    // And that is open stays where it is.
    engine.onServed = () => {};
    engine.put(towards(green.port));
    const client = new TcpClient(t, engine.port);
    await client.until('green\n');
    engine.put(towards(blue.port));
    assert.equal(await served(t, engine.port), 'blue');
    await client.ask('still there');
  });

  test('that is told to fail lets each connection wait for its own arm, and others pass by', async (t) => {
    const [blue, green] = [await named(t, 'blue'), await named(t, 'green')];
    const engine = await TcpEngine.start(
      t,
      { maxConnectionsPerBackend: 1, queueLength: 100 },
      tcpRoute('', []),
    );
    const backends = [engine.backend(blue.port), engine.backend(green.port)];
    const split = splitOf({ [blue.port]: 5000, [green.port]: 5000 }, 'fail');
    engine.put(tcpRoute('', backends, { split }));
    const clients = Array.from({ length: 12 }, () => new TcpClient(t, engine.port));
    const names: string[] = [];
    await Promise.all(
      clients.map(async (client) => {
        await client.until('\n');
        names.push(client.received.trim());
        client.socket.destroy();
      }),
    );
    assert.equal(names.length, 12);
    assert.ok(Math.max(blue.sockets.size, green.sockets.size) <= 1);
  });
});
