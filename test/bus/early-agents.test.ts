import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect } from '@nats-io/transport-node';
import fc from 'fast-check';
import { test } from 'vitest';
import { connectBus } from '../../src/bus/connect-bus.ts';
import { EmbeddedBus } from '../../src/bus/embedded/server.ts';
import { subscribeRoutes } from '../../src/bus/subscriber.ts';
import { RegistryFixture } from '../support/registry-fixture.ts';
import { busOptions } from '../support/route-bus.ts';

const TOKEN = 'known to the router alone';
const STARTS = 200;
/** Milliseconds. */
const MOST_TIME = 15_000;

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await nextTurn();
}

/** What every agent does, once: it is connected, registers, and has been told that the bus knows. */
async function announce(port: number, login: object, uri: string): Promise<void> {
  const agent = await connect({ servers: `127.0.0.1:${port}`, reconnect: false, ...login });
  agent.publish('router.register', JSON.stringify({ host: '10.0.0.1', port: 80, uris: [uri] }));
  await agent.flush();
  await agent.close();
}

test('whoever registers once, from the moment on that the port listens, is in the table when the router has started', async (t) => {
  let starts = 0;
  const start = fc.record({
    /** How many turns of the loop after the port listens each agent comes. */
    agents: fc.array(fc.nat(12), { minLength: 1, maxLength: 4 }),
    beforeConnect: fc.nat(6),
    beforeSubscribe: fc.nat(6),
    beforeOpen: fc.nat(6),
    login: fc.constantFrom({}, { user: 'cell', pass: 'secret' }),
  });
  await fc.assert(
    fc.asyncProperty(start, async ({ agents, beforeConnect, beforeSubscribe, beforeOpen, login }) => {
      const table = new RegistryFixture();
      const bus = await EmbeddedBus.listen({ port: 0, routerToken: TOKEN, ...login });
      const announced = Promise.all(
        agents.map(async (late, i) => {
          await turns(late);
          await announce(bus.port, login, `app-${i}.test`);
        }),
      );
      await turns(beforeConnect);
      const router = await connectBus({ ...busOptions([bus.port]), ...login, token: TOKEN });
      await turns(beforeSubscribe);
      await subscribeRoutes({
        bus: router,
        routes: table.registry,
        startMessage: new Uint8Array(),
        http2: true,
        log: table.log,
        counters: table.tally,
      });
      await turns(beforeOpen);
      bus.open();
      await announced;
      await router.flush();
      const missing = agents.filter((_, i) => table.addresses(`app-${i}.test`)?.[0] !== '10.0.0.1:80');
      await router.close();
      await bus.close();
      starts++;
      assert.deepEqual(missing, []);
    }),
    { numRuns: STARTS, interruptAfterTimeLimit: MOST_TIME },
  );
  t.annotate(`${starts} starts`);
});
