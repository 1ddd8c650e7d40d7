import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { freePort } from '../support/free-port.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { ask, get, RawClient, statusOf, valuesOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

async function backends(t: TestContext, count: number): Promise<Backend[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => Backend.start(t, () => ok(String(index)))));
}

async function answers(engine: HttpEngine, requests: readonly string[]): Promise<string[]> {
  const client = await engine.connect();
  const bodies: string[] = [];
  for (const request of requests) bodies.push((await client.send(request).response()).body);
  client.close();
  return bodies;
}

test('§2.5 hash leads a header value to one instance, and requests without it in turn', async (t) => {
  const engine = await HttpEngine.start(t);
  const instances = (await backends(t, 4)).map(({ port }) => ({ host: '127.0.0.1', port }));
  engine.routeWith({ loadBalancing: 'hash', hashHeader: 'x-user' }, 'app.test', ...instances);
  const as = (user: string) => `GET / HTTP/1.1\r\nHost: app.test\r\nX-User: ${user}\r\n\r\n`;
  const seen = new Set<string>();
  for (let user = 0; user < 40; user++) {
    const bodies = await answers(engine, new Array<string>(3).fill(as(`user-${user}`)));
    assert.equal(new Set(bodies).size, 1);
    seen.add(bodies[0]!);
  }
  assert.equal(seen.size, 4);
  const inTurn = await answers(engine, new Array<string>(4).fill(get('app.test')));
  assert.deepEqual(inTurn.sort(), ['0', '1', '2', '3']);
});

describe('§2.5 with a preference for its own zone', () => {
  const zones = ['z1', 'z2', 'z1', 'z2'];
  for (const loadBalancing of ['round-robin', 'least-connection'] as const) {
    test(`${loadBalancing} takes local endpoints, and others once those are dead`, async (t) => {
      const engine = await HttpEngine.start(t, { preferredZone: 'z1' });
      const all = await backends(t, 4);
      engine.routeWith(
        { loadBalancing },
        'app.test',
        ...all.map(({ port }, index) => ({ host: '127.0.0.1', port, availabilityZone: zones[index]! })),
      );
      const local = await answers(engine, new Array<string>(30).fill(get('app.test')));
      assert.deepEqual([...new Set(local)].sort(), ['0', '2']);
      await Promise.all([all[0]!.stop(), all[2]!.stop()]);
      const far = await answers(engine, new Array<string>(10).fill(get('app.test')));
      assert.deepEqual([...new Set(far)].sort(), ['1', '3']);
    });
  }
});

describe('§2.7 endpoints that refuse connections', () => {
  /** Ports that the kernel gives to nobody, so that no test beside this one comes to listen there. */
  async function dead(count: number): Promise<number[]> {
    const ports = new Set<number>();
    while (ports.size < count) ports.add(await freePort());
    return [...ports];
  }

  test('never hide a healthy one, however many they are (routing-release#285)', async (t) => {
    const [healthy] = await backends(t, 1);
    const ports = await dead(12);
    for (let round = 0; round < 6; round++) {
      const engine = await HttpEngine.start(t, { maxAttempts: 3 });
      engine.route(`app${round}.test`, ...ports, healthy!.port);
      assert.deepEqual(await answers(engine, [get(`app${round}.test`)]), ['0']);
    }
  });

  test('are each tried once at most, and marked', async (t) => {
    const engine = await HttpEngine.start(t, { maxAttempts: 3 });
    engine.route('app.test', ...(await dead(5)));
    const client = await engine.connect();
    const response = await client.send(get('app.test')).response();
    client.close();
    assert.equal(statusOf(response), 502);
    const tried = engine.log.filter(([message]) => message === 'backend-endpoint-failed');
    assert.equal(new Set(tried.map(([, data]) => JSON.stringify(data['route-endpoint']))).size, 5);
    assert.equal(tried.length, 5);
    assert.equal(engine.log.filter(([message]) => message === 'endpoint-marked-as-ineligible').length, 5);
  });

  test('are told apart by max_attempts: 1, which is one attempt', async (t) => {
    const engine = await HttpEngine.start(t, { maxAttempts: 1 });
    engine.route('app.test', ...(await dead(3)));
    const client = await engine.connect();
    await client.send(get('app.test')).response();
    client.close();
    assert.equal(engine.log.filter(([message]) => message === 'backend-endpoint-failed').length, 1);
  });

  test('§2.6 leave their pool when they have TLS', async (t) => {
    const engine = await HttpEngine.start(t);
    const [port] = await dead(1);
    engine.routeToEndpoint('app.test', { host: '127.0.0.1', port: port!, tls: true });
    const client = await engine.connect();
    assert.equal(statusOf(await client.send(get('app.test')).response()), 502);
    client.close();
    assert.deepEqual(engine.pruned, [
      { pool: 1, routeKey: 'app.test', address: `127.0.0.1:${port}`, seat: 0 },
    ]);
  });
});

test('§2.6 a TLS endpoint that is not there leaves the table, until its next unchanged heartbeat', async (t) => {
  const router = await TestRouter.start(t, { empty_pool_response_code_503: true });
  const gone = await Backend.start(t);
  const { port } = gone;
  await gone.stop();
  const answer = async () => {
    const response = await ask(router.port, get('app.test'));
    return valuesOf(response, 'X-Cf-RouterError')[0]!.split(' ')[0]!;
  };
  const until = async (wanted: string) => {
    while ((await answer()) !== wanted) await delay(10);
  };
  for (let heartbeat = 0; heartbeat < 3; heartbeat++) {
    router.register('app.test', 0, { tls_port: port });
    await until('endpoint_failure');
    await until('no_endpoints');
  }
});

describe('§2.5 backends.max_conns', () => {
  const LIMIT = 'Connection Limit Reached';

  test('counts until response headers: a body under way takes no place', async (t) => {
    const engine = await HttpEngine.start(t, { maxAwaitedPerBackend: 1 });
    const app = await Backend.start(t, () => 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab');
    engine.route('app.test', app.port);
    const first = await engine.connect();
    first.send(get('app.test'));
    await app.until(() => app.requests.length === 1);
    await engine.until(() => !engine.proxy.destinations.cells.isFull(0));
    const second = await engine.connect();
    second.send(get('app.test'));
    await app.until(() => app.requests.length === 2);
    // A closed one might still be reading, for all that can be told before the body goes on.
    for (const { socket } of [first, second]) socket.resetAndDestroy();
    await engine.isEmpty();
  });

  test('is 503 when every endpoint is at it, and gives the place back at the end', async (t) => {
    const engine = await HttpEngine.start(t, { maxAwaitedPerBackend: 1 });
    const app = await Backend.start(t, () => undefined);
    engine.route('app.test', app.port);
    const first = await engine.connect();
    first.send(get('app.test'));
    await app.until(() => app.requests.length === 1);
    const second = await engine.connect();
    const refused = await second.send(get('app.test')).response();
    assert.equal(refused.start, 'HTTP/1.1 503 Service Unavailable');
    assert.deepEqual(valuesOf(refused, 'X-Cf-RouterError'), [LIMIT]);
    assert.equal(
      refused.body,
      "503 Service Unavailable: Requested route ('app.test') has reached the connection limit.\n",
    );
    first.close();
    await engine.until(() => !engine.proxy.destinations.cells.isFull(0));
    app.answer = () => ok();
    assert.equal(statusOf(await second.send(get('app.test')).response()), 200);
    second.close();
    await engine.isEmpty();
  });

  test('is one count for all threads', async (t) => {
    const router = await TestRouter.start(t, {
      backends: { max_conns: 3 },
      cellgate: { proxy_threads: 2 },
    });
    const app = await Backend.start(t);
    await router.route('app.test', app.port);
    app.requests.length = 0;
    app.answer = () => undefined;
    // Enough that each thread gets some.
    const clients = await Promise.all(Array.from({ length: 24 }, () => RawClient.connect(router.port)));
    t.onTestFinished(() => clients.forEach((client) => void client.close()));
    let refused = 0;
    let served = 0;
    const settled = clients.map(async (client) => {
      const status = statusOf(await client.send(get('app.test')).response());
      if (status === 503) refused++;
      else if (status === 200) served++;
    });
    while (refused + app.requests.length < clients.length) await delay(20);
    assert.equal(app.requests.length, 3);
    for (const { socket } of app.connections) if (!socket.destroyed) socket.write(ok());
    await Promise.all(settled);
    assert.deepEqual([served, refused], [3, 21]);
  });
});

for (const loadBalancing of ['round-robin', 'least-connection', 'hash'] as const) {
  test(`an instance that is registered anew after an attempt is no other one (${loadBalancing})`, async (t) => {
    const engine = await HttpEngine.start(t);
    const pool = () => engine.proxy.routes.match('app.test', '/')!;
    const app = await Backend.start(t, (_, { socket }) => {
      const [endpoint] = pool().endpoints;
      pool().replace(0, { ...endpoint!, tags: { attempt: String(app.requests.length) } });
      socket.destroy();
      return undefined;
    });
    const hashHeader = loadBalancing === 'hash' ? 'x-user' : '';
    engine.routeWith({ loadBalancing, hashHeader }, 'app.test', { host: '127.0.0.1', port: app.port });
    assert.equal(statusOf(await ask(engine.port, get('app.test', '/', ['X-User: me']))), 502);
    assert.equal(app.requests.length, 1);
    await engine.isEmpty();
  });
}
