import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import { connectBus } from '../../src/bus/connect-bus.ts';
import { EmbeddedBus } from '../../src/bus/embedded/server.ts';
import { RollCall, type RollCallOptions } from '../../src/roll-call/roll-call.ts';
import type { RollMessage } from '../../src/roll-call/roll-message.ts';
import { AwaitedLog } from '../support/awaited-log.ts';
import { findNatsServer, startNatsServer } from '../support/nats-server.ts';
import { busOptions } from '../support/route-bus.ts';
import { skipFor } from '../support/skip-for.ts';

const ABOUT: Omit<RollMessage, 'id'> = {
  version: '0.1.0',
  address: '10.0.0.1:8080',
  routes: 3,
  generation: 5,
  decisions: 2,
  state: 'serving',
};

const kinds = [
  {
    name: 'nats-server',
    skip: findNatsServer() === undefined && 'nats-server is not installed',
    start: (port = 0) => startNatsServer({ port }),
  },
  { name: 'the embedded bus', skip: false as const, start: (port = 0) => EmbeddedBus.listen({ port }) },
];

async function router(t: TestContext, port: number, id: string, more: Partial<RollCallOptions> = {}) {
  const log = new AwaitedLog();
  const bus = await connectBus(busOptions([port], { pingInterval: 500, reconnectWait: 20 }));
  const call = new RollCall({ id, about: () => ABOUT, log, ...more });
  t.onTestFinished(async () => {
    await call.stop();
    await bus.close();
  });
  call.connect(bus);
  return { bus, call, log, ids: () => call.known().map(({ said }) => said.id) };
}

/** Three that know of each other. */
async function three(t: TestContext, port: number, more: Partial<RollCallOptions> = {}) {
  const routers = [];
  for (const id of ['a', 'b', 'c']) routers.push(await router(t, port, id, more));
  await Promise.all(routers.map(({ log }) => log.line('router-joined', 2)));
  return routers as [Router, Router, Router];
}

type Router = Awaited<ReturnType<typeof router>>;

for (const { name, skip, start } of kinds) {
  describe(`the roll-call over ${name}`, { concurrent: true }, () => {
    test(
      'the one whose place a router has taken is gone, however it has ended, also for who was cut off meanwhile',
      skipFor(skip),
      async (t) => {
        const server = await start();
        t.onTestFinished(() => server.close());
        const [a, b, c] = await three(t, server.port);
        await c.bus.close();
        const successor = await connectBus(busOptions([server.port], {}));
        const call = new RollCall({ id: 'd', about: () => ABOUT, log: new AwaitedLog() });
        t.onTestFinished(async () => {
          await call.stop();
          await successor.close();
        });
        assert.equal(a.call.hasLeft('c'), false);
        call.succeed('c');
        call.connect(successor);
        await Promise.all([a, b].map(({ log }) => log.line('router-joined', 3)));
        assert.deepEqual(
          [a.ids().sort(), b.ids().sort()],
          [
            ['b', 'd'],
            ['a', 'd'],
          ],
        );
        assert.ok(a.call.hasLeft('c') && b.call.hasLeft('c') && !a.call.hasLeft('d'));
        assert.ok(call.hasLeft('c'));
        // Somebody who has heard of neither until now.
        const late = await router(t, server.port, 'e');
        await late.log.line('router-joined', 3);
        assert.deepEqual(late.ids().sort(), ['a', 'b', 'd']);
        assert.ok(late.call.hasLeft('c'));
      },
    );

    test('three routers know of each other as soon as they have started', skipFor(skip), async (t) => {
      const server = await start();
      t.onTestFinished(() => server.close());
      const [a, b, c] = await three(t, server.port);
      assert.deepEqual(
        [a.ids().sort(), b.ids().sort(), c.ids().sort()],
        [
          ['b', 'c'],
          ['a', 'c'],
          ['a', 'b'],
        ],
      );
      assert.deepEqual(a.call.known()[0]!.said, { id: a.ids()[0], ...ABOUT });
      assert.equal(a.call.known()[0]!.standing, 'present');
      assert.equal(a.call.others, 2);
    });

    test('a question is answered by all who are there, with what they are now', skipFor(skip), async (t) => {
      const server = await start();
      t.onTestFinished(() => server.close());
      const [a, b, c] = await three(t, server.port);
      await c.call.stop();
      await a.log.line('router-left');
      assert.deepEqual(a.ids(), ['b']);
      assert.deepEqual(await a.call.ask(300), [{ id: 'b', ...ABOUT }]);
      assert.deepEqual(await c.call.ask(10_000), []);
      assert.deepEqual(b.ids(), ['a']);
    });

    test(
      'who has asked waits no longer than until the end, and nobody is known before a bus is',
      skipFor(skip),
      async (t) => {
        const server = await start();
        t.onTestFinished(() => server.close());
        const { bus } = await router(t, server.port, 'a');
        const late = new RollCall({ id: 'late', about: () => ABOUT, log: new AwaitedLog() });
        assert.deepEqual([late.known(), late.others, late.gorouters()], [[], null, []]);
        assert.deepEqual(await late.ask(10_000), []);
        late.announce();
        const answered = Promise.withResolvers<void>();
        bus.subscribe('cellgate.v1.roll.answer.>', (subject) => {
          if (subject.endsWith('.1')) answered.resolve();
        });
        await bus.flush();
        const own = await connectBus(busOptions([server.port]));
        t.onTestFinished(() => own.close());
        late.connect(own);
        const asked = late.ask(60_000);
        await answered.promise;
        await own.flush();
        await late.stop();
        assert.deepEqual(
          (await asked).map(({ id }) => id),
          ['a'],
        );
        late.connect(own);
        assert.deepEqual(await late.ask(10_000), []);
      },
    );

    test('any client of the bus may ask', skipFor(skip), async (t) => {
      const server = await start();
      t.onTestFinished(() => server.close());
      const { bus } = await router(t, server.port, 'a');
      const answer = await bus.connection.request('cellgate.v1.roll.ask', '', { timeout: 5000 });
      assert.deepEqual(answer.json(), { id: 'a', ...ABOUT });
    });

    test('a change is announced without waiting for the next round', skipFor(skip), async (t) => {
      const server = await start();
      t.onTestFinished(() => server.close());
      const [a, b] = await three(t, server.port);
      const said = Promise.withResolvers<string>();
      a.bus.subscribe('cellgate.v1.roll', (_subject, payload) =>
        said.resolve(Buffer.from(payload).toString()),
      );
      await a.bus.flush();
      b.call.announce();
      assert.equal(JSON.parse(await said.promise).id, 'b');
    });

    test('with the bus away nobody is late, and after it all are there again', skipFor(skip), async (t) => {
      const server = await start();
      const [a, b, c] = await three(t, server.port, { interval: 100 });
      const back = [a, b, c].map(({ bus }) => new Promise<void>((resolve) => bus.onReconnect(resolve)));
      await server.close();
      // Long enough to be late, and to be forgotten, if time without a bus counted.
      await b.call.ask(1500);
      assert.deepEqual(a.ids().sort(), ['b', 'c']);
      assert.deepEqual(
        a.call.known().map(({ standing }) => standing),
        ['present', 'present'],
      );
      const again = await start(server.port);
      t.onTestFinished(() => again.close());
      await Promise.all(back);
      // The server must have seen their subscriptions before the question.
      await Promise.all([a, b, c].map(({ bus }) => bus.flush()));
      assert.deepEqual((await a.call.ask(1000)).map(({ id }) => id).sort(), ['b', 'c']);
    });

    test('a router that falls silent is late, then forgotten', skipFor(skip), async (t) => {
      const server = await start();
      t.onTestFinished(() => server.close());
      const [a, , c] = await three(t, server.port, { interval: 100 });
      await c.bus.close();
      const standing = () => a.call.known().find(({ said }) => said.id === 'c')?.standing;
      const seen = new Set<string | undefined>();
      while (standing() !== undefined) {
        await a.call.ask(50);
        seen.add(standing());
      }
      assert.deepEqual([...seen].slice(-2), ['late', undefined]);
      assert.deepEqual(a.ids(), ['b']);
    });

    test('a router that answers greetings and no roll-call is a gorouter', skipFor(skip), async (t) => {
      const server = await start();
      t.onTestFinished(() => server.close());
      const gorouter = await connectBus(busOptions([server.port]));
      t.onTestFinished(() => gorouter.close());
      const greeted = Promise.withResolvers<void>();
      gorouter.subscribe('router.greet', (_subject, _payload, reply) => {
        gorouter.publish(reply, Buffer.from('{"id":"0-gorouter","hosts":["10.0.0.2"]}'));
        greeted.resolve();
      });
      await gorouter.flush();
      let now = 0;
      const a = await router(t, server.port, 'a', { now: () => now });
      await greeted.promise;
      await gorouter.flush();
      await a.bus.flush();
      assert.deepEqual(a.call.gorouters(), []);
      now += 2000;
      assert.deepEqual(a.call.gorouters(), ['0-gorouter']);
    });

    test(
      'messages that are none are counted, said once in the log, and change nothing',
      skipFor(skip),
      async (t) => {
        const server = await start();
        t.onTestFinished(() => server.close());
        const [a, b] = await three(t, server.port);
        for (const text of ['', '{}', '{"id":"b"}', 'x'.repeat(100_000)]) {
          b.bus.publish('cellgate.v1.roll', Buffer.from(text));
        }
        await b.bus.flush();
        await a.bus.flush();
        assert.equal(a.call.refusedMessages, 4);
        assert.equal(a.log.count('roll-call-refused'), 1);
        assert.deepEqual(a.ids().sort(), ['b', 'c']);
      },
    );
  });
}
