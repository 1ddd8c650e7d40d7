import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { freePort } from '../support/free-port.ts';
import { JetStreamServer } from '../support/jetstream.ts';
import { findNatsServer } from '../support/nats-server.ts';
import { ask, get } from '../support/raw-http.ts';
import { startRouterOf } from '../support/restarted-router.ts';
import { RoutePublisher } from '../support/route-publisher.ts';
import { TestRouter } from '../support/router.ts';
import { skipFor } from '../support/skip-for.ts';

const NEEDS_NATS = skipFor(findNatsServer() === undefined && 'nats-server is not installed');
const TOKEN = { name: 'ops', secret: 'a-secret-of-the-operators', rights: ['read', 'operate'] };
const HEADERS = { Authorization: `Bearer ${TOKEN.secret}`, 'Content-Type': 'application/json' };

test(
  '2.2.7 what is decided on one router holds on all of them within a second, and when the store is away and one starts again',
  NEEDS_NATS,
  async (t) => {
    const store = await JetStreamServer.start(t);
    const nats = { hosts: [{ hostname: '127.0.0.1', port: store.port }] };
    const folder = temporaryDirectory(t);
    const ports = [await freePort(), await freePort(), await freePort()];
    const config = (at: number) => ({
      nats,
      suspend_pruning_if_nats_unavailable: true,
      cellgate: { admin: { port: ports[at], tokens: [TOKEN] }, ...(at === 0 && { state_dir: folder }) },
    });
    const first = await startRouterOf(t, config(0));
    for (const at of [1, 2]) await TestRouter.start(t, config(at));
    const agent = await RoutePublisher.connect(t, store.port);
    const [blue, green] = [
      await Backend.start(t, () => ok('blue')),
      await Backend.start(t, () => ok('green')),
    ];
    agent.register('shop.test', blue.port, { app: 'b' });
    agent.register('shop.test', green.port, { app: 'g' });
    const decide = async (at: number, weights: readonly [number, number], expected?: number) => {
      const arms = ['app:b', 'app:g'].map((selector, arm) => ({ selector, weight: weights[arm] }));
      const body = JSON.stringify({ arms, ...(expected !== undefined && { expected }) });
      return fetch(`http://127.0.0.1:${ports[at]}/v1/splits/shop.test`, {
        method: 'PUT',
        headers: HEADERS,
        body,
      });
    };
    const revisionAt = async (at: number): Promise<number> => {
      const shown = await fetch(`http://127.0.0.1:${ports[at]}/v1/splits/shop.test`, { headers: HEADERS });
      return ((await shown.json()) as { revision?: number }).revision ?? 0;
    };
    // It is not decided before routers know of each other.
    while ((await decide(1, [1, 1])).status !== 200);

    const begun = performance.now();
    const { revision } = (await (await decide(1, [10_000, 0])).json()) as { revision: number };
    for (const at of [0, 1, 2]) while ((await revisionAt(at)) < revision);
    const took = performance.now() - begun;
    t.annotate(`on all three routers after ${took.toFixed(0)} ms`);
    assert.ok(took < 1000);

    const both = await Promise.all([decide(1, [9000, 0], revision), decide(2, [8000, 0], revision)]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);

    const bodies = async (port: number) => {
      const answers = [];
      for (let at = 0; at < 30; at++) answers.push((await ask(port, get('shop.test'))).body);
      return new Set(answers);
    };
    assert.deepEqual(await bodies(first.addresses.http), new Set(['blue']));
    await first.stop();
    await store.kill();
    const again = await startRouterOf(t, config(0));
    assert.deepEqual(await bodies(again.addresses.http), new Set(['blue']));
    const health = await (await fetch(`http://127.0.0.1:${again.addresses.health}/health`)).text();
    assert.match(health, /^ok\n.*store of decisions away, decisions \d+ s old\n$/s);
    const refused = await decide(0, [0, 10_000]);
    assert.equal(refused.status, 503);
    assert.deepEqual(await bodies(again.addresses.http), new Set(['blue']));
  },
);
