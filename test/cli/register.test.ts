import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type TestContext, test } from 'vitest';
import { EmbeddedBus } from '../../src/bus/embedded/server.ts';
import { register } from '../../src/cli/register.ts';
import { parseRegister, type RegisterCommand } from '../../src/cli/register-arguments.ts';

/** The router's side of the bus. */
interface Router {
  readonly connection: NatsConnection;
  /** The next `router.register` or `router.unregister`, as `verb uri`. */
  next(): Promise<string>;
}

async function listen(t: TestContext, port = 0): Promise<EmbeddedBus> {
  const bus = await EmbeddedBus.listen({ port });
  t.onTestFinished(() => bus.close());
  return bus;
}

async function router(t: TestContext, bus: EmbeddedBus, interval?: number): Promise<Router> {
  const connection = await connect({ servers: `127.0.0.1:${bus.port}` });
  t.onTestFinished(() => connection.close());
  const messages = connection.subscribe('router.*')[Symbol.asyncIterator]();
  if (interval !== undefined) {
    connection.subscribe('router.greet', {
      callback: (_error, greet) => void greet.respond(start(interval)),
    });
  }
  await connection.flush();
  return {
    connection,
    async next() {
      for (;;) {
        const { value } = await messages.next();
        const verb = value.subject.replace('router.', '');
        if (verb.endsWith('register')) return `${verb} ${value.json().uris.join()}`;
      }
    },
  };
}

function start(seconds: number, forgets?: number): string {
  return JSON.stringify({
    minimumRegisterIntervalInSeconds: seconds,
    pruneThresholdInSeconds: forgets,
  });
}

/** A running agent and what it says. */
function agent(t: TestContext, port: number, ...options: string[]) {
  const command = parseRegister([
    'app.localhost',
    '127.0.0.1:3000',
    '--bus',
    `nats://127.0.0.1:${port}`,
    ...options,
  ]);
  const stop = new AbortController();
  const lines: string[] = [];
  let heard = () => {};
  const say = (line: string) => {
    // No application listens in most of these tests.
    if (line.startsWith('nothing listens ')) return;
    lines.push(line);
    heard();
  };
  const code = register(command as RegisterCommand, stop.signal, { out: say, error: say });
  t.onTestFinished(async () => {
    stop.abort();
    await code;
  });
  return {
    lines,
    async says(line: string) {
      while (!lines.includes(line)) await new Promise<void>((resolve) => (heard = resolve));
    },
    stop() {
      stop.abort();
      return code;
    },
    code,
  };
}

test('§1.9 registers at once, repeats it as often as the router asks, and unregisters when stopped', async (t) => {
  const bus = await listen(t);
  const { next } = await router(t, bus, 1);
  const { lines, says, stop } = agent(t, bus.port);
  assert.equal(await next(), 'register app.localhost');
  await says('heartbeat every 1 s');
  assert.equal(await next(), 'register app.localhost');
  const unregistered = next();
  assert.equal(await stop(), 0);
  assert.equal(await unregistered, 'unregister app.localhost');
  assert.deepEqual(lines, [
    `registered app.localhost for 127.0.0.1:3000 on the bus at 127.0.0.1:${bus.port}`,
    'heartbeat every 1 s',
    'unregistered app.localhost for 127.0.0.1:3000',
  ]);
});

test('registers again whenever a router starts, and takes the smaller interval it asks for', async (t) => {
  const bus = await listen(t);
  const { connection, next } = await router(t, bus, 15);
  const { says, stop } = agent(t, bus.port);
  assert.equal(await next(), 'register app.localhost');
  await says('heartbeat every 15 s');
  connection.publish('router.start', start(30));
  assert.equal(await next(), 'register app.localhost');
  connection.publish('router.start', '{"minimumRegisterIntervalInSeconds":');
  assert.equal(await next(), 'register app.localhost');
  connection.publish('router.start', start(7));
  await says('heartbeat every 7 s');
  assert.equal(await next(), 'register app.localhost');
  await stop();
});

test('without a router it keeps to 20 seconds, and to an interval given it keeps in any case', async (t) => {
  const bus = await listen(t);
  const lonely = agent(t, bus.port);
  await lonely.says('heartbeat every 20 s');
  await lonely.stop();
  const { connection, next } = await router(t, bus, 5);
  const fixed = agent(t, bus.port, '--interval', '40');
  assert.equal(await next(), 'register app.localhost');
  await fixed.says('heartbeat every 40 s');
  connection.publish('router.start', start(2));
  assert.equal(await next(), 'register app.localhost');
  await fixed.stop();
  assert.ok(!fixed.lines.includes('heartbeat every 2 s'));
});

test('an interval at which the router would forget the routes is cut to half of what it allows, and that is said', async (t) => {
  const bus = await listen(t);
  const seldom = agent(t, bus.port, '--interval', '3600');
  await seldom.says('every 3600 s is too seldom: the router forgets routes after 120 s');
  await seldom.says('heartbeat every 60 s');
  const { connection, next } = await router(t, bus);
  connection.publish('router.start', start(20, 30));
  assert.equal(await next(), 'register app.localhost');
  await seldom.says('heartbeat every 15 s');
  await seldom.stop();
  connection.subscribe('router.greet', {
    callback: (_error, greet) => void greet.respond(start(20, 10_000)),
  });
  await connection.flush();
  const patient = agent(t, bus.port, '--interval', '3600');
  await patient.says('heartbeat every 3600 s');
  await patient.stop();
});

test('registers again as soon as a lost bus is back', async (t) => {
  const first = await listen(t);
  const { port } = first;
  const { says, stop } = agent(t, port, '--interval', '60');
  await says('heartbeat every 60 s');
  await first.close();
  await says('lost the bus, trying to reach it again');
  const second = await listen(t, port);
  const { next } = await router(t, second);
  assert.equal(await next(), 'register app.localhost');
  await says('reached the bus again');
  await stop();
});

test('stopped while the bus is gone it says that the routes are left behind', async (t) => {
  const bus = await listen(t);
  const { lines, says, stop } = agent(t, bus.port, '--interval', '60');
  await says('heartbeat every 60 s');
  await bus.close();
  await says('lost the bus, trying to reach it again');
  assert.equal(await stop(), 1);
  assert.match(lines.at(-1) ?? '', /^stopped without unregistering/);
});

test('a bus that cannot be reached is one sentence with the next step', async (t) => {
  const bus = await listen(t);
  const { port } = bus;
  await bus.close();
  const { lines, code } = agent(t, port);
  assert.equal(await code, 1);
  assert.deepEqual(lines, [
    `cannot reach the bus at 127.0.0.1:${port} (connection refused): start a router with "cellgate", or name another bus with --bus nats://HOST:PORT`,
  ]);
});

test('a refused password is said without repeating it', async (t) => {
  const bus = await EmbeddedBus.listen({ port: 0, user: 'me', pass: 'right' });
  t.onTestFinished(() => bus.close());
  const { lines, code } = agent(t, bus.port, '--bus', `nats://me:wrong@127.0.0.1:${bus.port}`);
  assert.equal(await code, 1);
  assert.deepEqual(lines, [
    `the bus at 127.0.0.1:${bus.port} wants another user name and password: give them with --bus nats://USER:PASS@HOST:PORT`,
  ]);
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`the command unregisters and ends with 0 on ${signal}`, async (t) => {
    const bus = await listen(t);
    const { next } = await router(t, bus, 5);
    const launcher = fileURLToPath(new URL('../../bin/cellgate', import.meta.url));
    const child = spawn(launcher, [
      'register',
      'app.localhost',
      '[::1]:3000',
      '--bus',
      `nats://127.0.0.1:${bus.port}`,
    ]);
    t.onTestFinished(() => void child.kill('SIGKILL'));
    const exited = once(child, 'exit');
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    assert.equal(await next(), 'register app.localhost');
    child.kill(signal);
    assert.equal(await next(), 'unregister app.localhost');
    assert.deepEqual(await exited, [0, null]);
    assert.equal(lines.at(0), `registered app.localhost for [::1]:3000 on the bus at 127.0.0.1:${bus.port}`);
    assert.equal(lines.at(-1), 'unregistered app.localhost for [::1]:3000');
  });
}
