import assert from 'node:assert/strict';
import { type TestContext, test } from 'vitest';
import { Backend } from '../support/backend.ts';
import { findNatsServer, startNatsServer } from '../support/nats-server.ts';
import { get, RawClient, statusOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';
import { skipFor } from '../support/skip-for.ts';

const ROUNDS = 100;
/** Far above what it takes, for busy machines. Milliseconds. */
const MOST_TIME = 1000;

async function measure(t: TestContext, config: object): Promise<void> {
  const router = await TestRouter.start(t, config);
  const app = await Backend.start(t);
  const client = await RawClient.connect(router.port);
  t.onTestFinished(() => client.close());
  /** Milliseconds until requests for the host are, or are no longer, answered 404. */
  const untilRouted = async (host: string, routed: boolean): Promise<number> => {
    const begun = performance.now();
    for (;;) {
      const status = statusOf(await client.send(get(host)).response());
      if ((status !== 404) === routed) return performance.now() - begun;
    }
  };
  const registering: number[] = [];
  const unregistering: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const host = `app-${round}.test`;
    router.register(host, app.port);
    registering.push(await untilRouted(host, true));
    router.unregister(host, app.port);
    unregistering.push(await untilRouted(host, false));
  }
  for (const [what, times] of Object.entries({ registering, unregistering })) {
    times.sort((a, b) => a - b);
    const [median, p99] = [0.5, 0.99].map((share) => times[Math.ceil(share * ROUNDS) - 1]!);
    t.annotate(`${what} took effect after ${median!.toFixed(1)} ms, 99 in 100 within ${p99!.toFixed(1)} ms`);
    assert.ok(median! < MOST_TIME, `${what}: ${median} ms`);
  }
}

test('a registration and its end take effect at once on the built-in bus', (t) => measure(t, {}));

const skip = findNatsServer() === undefined && 'nats-server is not installed';
test('a registration and its end take effect at once on nats-server', skipFor(skip), async (t) => {
  const nats = await startNatsServer();
  t.onTestFinished(() => nats.close());
  await measure(t, { nats: { hosts: [{ hostname: '127.0.0.1', port: nats.port }] } });
});
