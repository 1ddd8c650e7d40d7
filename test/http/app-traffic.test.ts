import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { Account } from '../../src/http/account/account.ts';
import { AppTraffic } from '../../src/http/account/app-traffic.ts';
import { type EndpointTexts, endpointTexts } from '../../src/http/policy/endpoint-texts.ts';
import { appFigures } from '../../src/runtime/show/app-figures.ts';
import { Backend, ok } from '../support/backend.ts';
import { endpointOf } from '../support/endpoint.ts';
import { freePort } from '../support/free-port.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { ask, get, RawClient } from '../support/raw-http.ts';

const STEP = 2000;

function textsOf(app: string, instance: string): EndpointTexts {
  return endpointTexts(endpointOf(3, { appId: app, instanceId: instance, instanceIndex: '0' }));
}

/** One attempt from its beginning to its end. */
function serve(traffic: AppTraffic, texts: EndpointTexts, status: number, ms: number): void {
  const account = new Account();
  account.open(1000, 'id');
  account.texts = texts;
  account.traffic = traffic.begin(texts);
  account.status = status;
  account.close('answered', 1000 + ms);
}

describe('2.11 what applications do is counted by instance', () => {
  test('of those that are named each instance, of the busiest all together', () => {
    const traffic = new AppTraffic(0);
    const [one, two, other, quiet] = [
      textsOf('named', 'n-1'),
      textsOf('named', 'n-2'),
      textsOf('busy', 'b-1'),
      textsOf('quiet', 'q-1'),
    ];
    for (let at = 0; at < 6; at++) serve(traffic, other, 200, 10);
    for (let at = 0; at < 3; at++) serve(traffic, one, at === 0 ? 500 : 200, 100);
    serve(traffic, two, 404, 1);
    serve(traffic, quiet, 200, 1);
    traffic.tick(STEP);
    const told = traffic.tell(new Set(['named']), 1);
    assert.deepEqual(told.seconds, [2, 2, 2]);
    assert.deepEqual(
      told.rows.map(({ app, instance, open, windows }) => [
        app,
        instance,
        open,
        windows[0]!.requests,
        windows[0]!.errors,
      ]),
      [
        ['named', 'n-1', 0, 3, 1],
        ['named', 'n-2', 0, 1, 0],
        ['busy', '', 0, 6, 0],
      ],
    );
    const [busy, named] = appFigures([told, traffic.tell(new Set(), 0)]);
    assert.deepEqual([busy!.app, named!.app], ['busy', 'named']);
    assert.equal(busy!.windows[0]!.perSecond, 3);
    assert.ok(Math.abs(busy!.windows[0]!.p95! - 10) < 0.6);
    assert.ok(Math.abs(named!.windows[1]!.p50! - 100) < 6);
    assert.deepEqual(
      named!.instances.map(({ instance }) => instance),
      ['n-1', 'n-2'],
    );
  });

  test('what has done nothing for long is forgotten, and counted again when it comes back', () => {
    const traffic = new AppTraffic(0);
    const texts = textsOf('app', 'i-1');
    serve(traffic, texts, 200, 5);
    for (let now = STEP; now <= 400_000; now += STEP) traffic.tick(now);
    assert.deepEqual(traffic.tell(new Set(['app']), 0).rows, []);
    serve(traffic, texts, 200, 5);
    traffic.tick(402_000);
    assert.equal(traffic.tell(new Set(['app']), 0).rows[0]?.windows[0]?.requests, 1);
  });

  test('there is room for so many, and the others are told of', () => {
    const traffic = new AppTraffic(0);
    for (let at = 0; at < 5010; at++) serve(traffic, textsOf('app', `i-${at}`), 200, 5);
    traffic.tick(STEP);
    for (let tick = 0; tick < 100; tick++) traffic.tick(STEP + tick);
    const { rows, uncounted } = traffic.tell(new Set(['app']), 0);
    assert.deepEqual([rows.length, uncounted], [5000, 10]);
    assert.ok(rows.every(({ windows }) => windows[2]!.requests === 1));
  });

  test('whatever comes in whatever order, threads add up to what was done', () => {
    const done = fc.record({
      thread: fc.nat(2),
      app: fc.constantFrom('a', 'b', ''),
      instance: fc.constantFrom('1', '2'),
      status: fc.constantFrom(200, 404, 500),
      ms: fc.integer({ min: 0, max: 5000 }),
    });
    fc.assert(
      fc.property(fc.array(done, { maxLength: 60 }), (all) => {
        const threads = [0, 1, 2].map(() => new AppTraffic(0));
        for (const { thread, app, instance, status, ms } of all) {
          serve(threads[thread]!, textsOf(app, instance), status, ms);
        }
        for (const thread of threads) thread.tick(5 * STEP);
        const figures = appFigures(threads.map((thread) => thread.tell(new Set(['a', 'b']), 0)));
        for (const app of ['a', 'b']) {
          const mine = all.filter((each) => each.app === app);
          const found = figures.find((each) => each.app === app);
          const { requests = 0, errors = 0 } = found?.windows[2] ?? {};
          assert.equal(requests, mine.length);
          assert.equal(errors, mine.filter(({ status }) => status === 500).length);
          const sum = found?.instances.reduce((total, { windows }) => total + windows[2]!.requests, 0) ?? 0;
          assert.equal(sum, mine.length);
        }
        assert.ok(figures.every(({ app }) => app !== ''));
      }),
    );
  });
});

describe('2.11 of real requests', () => {
  test('those under way, those answered, and those that came to nothing are told apart', async (t) => {
    const engine = await HttpEngine.start(t);
    const app = await Backend.start(t, ({ start }) => {
      if (start.includes('/slow')) return undefined;
      return start.includes('/bad') ? 'HTTP/1.1 503 Oh\r\nContent-Length: 0\r\n\r\n' : ok();
    });
    engine.routeToEndpoint('app.test', {
      host: '127.0.0.1',
      port: app.port,
      appId: 'app',
      instanceId: 'i-1',
    });
    engine.routeToEndpoint('gone.test', {
      host: '127.0.0.1',
      port: await freePort(),
      appId: 'gone',
      instanceId: 'g-1',
    });
    for (let at = 0; at < 3; at++) await ask(engine.port, get('app.test'));
    await ask(engine.port, get('app.test', '/bad'));
    await ask(engine.port, get('gone.test'));
    const slow = await RawClient.connect(engine.port);
    slow.send(get('app.test', '/slow'));
    await app.until(() => app.requests.length === 5);
    const { apps } = engine.proxy.ledger;
    const told = () => {
      apps.tick(performance.now() + 5000);
      return new Map(
        apps
          .tell(new Set(['app', 'gone']), 0)
          .rows.map(({ app: name, open, windows }) => [
            name,
            [open, windows[2]!.requests, windows[2]!.errors],
          ]),
      );
    };
    const before = told();
    assert.deepEqual(before.get('app'), [1, 4, 1]);
    const [open, requests, errors] = before.get('gone')!;
    assert.equal(open, 0);
    assert.ok(requests! > 0 && requests === errors);
    slow.close();
    await engine.until(() => engine.inFlight === 0);
    apps.tick(performance.now() + 10_000);
    assert.deepEqual(told().get('app')?.slice(0, 2), [0, 5]);
    await engine.isEmpty();
  });
});
