import assert from 'node:assert/strict';
import { type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { CellgateProcess } from '../support/cellgate-process.ts';
import { findNatsServer, startNatsServer } from '../support/nats-server.ts';
import { RoutePublisher } from '../support/route-publisher.ts';
import { skipFor } from '../support/skip-for.ts';
import { SteadyLoad } from '../support/steady-load.ts';

const ROUTE = 'shop.test';
const DEPLOYMENTS = 100;
const CONNECTIONS = 8;
const WARM_UP_ANSWERS = 1000;
/** Between two deployments. */
const ANSWERS = 10 * CONNECTIONS;
/** Milliseconds after its unregistration in which an application may still be sent a new request. */
const MOST_LATE = 100;
/** The same for the few deployments of a hundred that a busy machine may hold up. */
const HELD_UP = 5;
const MOST_LATE_HELD_UP = 1000;
/** Two are on the route at a time. One that has left comes back three deployments later, so that late answers show. */
const COLOURS = ['blue', 'green', 'indigo', 'teal'];

/** Answers with its colour and the request's token. */
function application(t: TestContext, colour: string): Promise<Backend> {
  return Backend.start(t, ({ start }) => ok(`${colour} ${start.split(' ')[1]!.slice(1)}`));
}

async function deployAHundredTimes(t: TestContext, router: CellgateProcess, busPort: number): Promise<void> {
  const { http } = await router.started();
  const apps = await Promise.all(COLOURS.map((colour) => application(t, colour)));
  const bus = await RoutePublisher.connect(t, busPort);
  const answered = new Map<string, number>();
  const left = new Map<string, { readonly deployment: number; readonly at: number }>();
  /** By deployment: how long after its unregistration the old application was sent a request. */
  const late = new Array<number>(DEPLOYMENTS).fill(0);
  const load = new SteadyLoad(ROUTE, ({ body: colour, sentAt }) => {
    answered.set(colour, (answered.get(colour) ?? 0) + 1);
    const gone = left.get(colour);
    if (gone !== undefined) late[gone.deployment] = Math.max(late[gone.deployment]!, sentAt - gone.at);
  });
  t.onTestFinished(() => load.stop());

  await bus.route(ROUTE, apps[0]!.port, http);
  load.start(http, CONNECTIONS);
  await load.more(WARM_UP_ANSWERS);
  for (let deployment = 0; deployment < DEPLOYMENTS; deployment++) {
    const before = deployment % COLOURS.length;
    const after = (deployment + 1) % COLOURS.length;
    left.delete(COLOURS[after]!);
    bus.register(ROUTE, apps[after]!.port);
    left.set(COLOURS[before]!, { deployment, at: performance.now() });
    bus.unregister(ROUTE, apps[before]!.port);
    await load.more(ANSWERS);
  }
  await load.stop();

  late.sort((a, b) => b - a);
  t.annotate(
    `${load.failures.length} of ${load.answers} requests failed; an application that had left was sent requests for ${late[0]!.toFixed(1)} ms at worst`,
  );
  assert.deepEqual(load.failures, []);
  assert.ok(late[0]! < MOST_LATE_HELD_UP && late[HELD_UP]! < MOST_LATE, `${late.slice(0, 10)} ms`);
  for (const colour of COLOURS) {
    assert.ok(answered.get(colour)! > (DEPLOYMENTS / COLOURS.length) * CONNECTIONS, colour);
  }
}

test('a hundred blue-green deployments under load cost no request on the built-in bus', async (t) => {
  const router = CellgateProcess.router(t);
  await deployAHundredTimes(t, router, (await router.started()).bus!);
});

const skip = findNatsServer() === undefined && 'nats-server is not installed';
test(
  'a hundred blue-green deployments under load cost no request on nats-server',
  skipFor(skip),
  async (t) => {
    const nats = await startNatsServer();
    t.onTestFinished(() => nats.close());
    const hosts = [{ hostname: '127.0.0.1', port: nats.port }];
    await deployAHundredTimes(t, CellgateProcess.router(t, { nats: { hosts } }), nats.port);
  },
);
