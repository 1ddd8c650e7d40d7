import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { freePort } from '../support/free-port.ts';
import { JetStreamServer } from '../support/jetstream.ts';
import { findNatsServer } from '../support/nats-server.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';
import { startRouterOf } from '../support/restarted-router.ts';
import { RoutePublisher } from '../support/route-publisher.ts';
import { skipFor } from '../support/skip-for.ts';
import { TcpForwarder } from '../support/tcp-forwarder.ts';

const NEEDS_NATS = skipFor(findNatsServer() === undefined && 'nats-server is not installed');
const TOKEN = { name: 'ops', secret: 'a-secret-of-the-operators', rights: ['read', 'operate'] };
/** For which the store does not answer; a router waits twice as long for it. */
const SLOW_MS = 1000;

test(
  '2.2.7 the first request to a router finds in force what is decided, though its store answers late',
  NEEDS_NATS,
  async (t) => {
    const store = await JetStreamServer.start(t);
    const nats = { hosts: [{ hostname: '127.0.0.1', port: store.port }] };
    const adminPort = await freePort();
    await startRouterOf(t, { nats, cellgate: { admin: { port: adminPort, tokens: [TOKEN] } } });
    const arms = [
      { selector: 'app:g', weight: 10_000 },
      { selector: 'app:b', weight: 0 },
    ];
    const decide = async () => {
      const { status } = await fetch(`http://127.0.0.1:${adminPort}/v1/splits/shop.test`, {
        method: 'PUT',
        headers: { Authorization: `Bearer ${TOKEN.secret}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ arms }),
      });
      return status;
    };
    while ((await decide()) !== 200);

    const [blue, green] = [
      await Backend.start(t, () => ok('blue')),
      await Backend.start(t, () => ok('green')),
    ];
    const agent = await RoutePublisher.connect(t, store.port);
    const late = await TcpForwarder.start(t, store.port);
    const { reached, release } = late.hold();
    t.onTestFinished(release);
    const starting = startRouterOf(t, {
      nats,
      cellgate: { decisions: { hosts: [{ hostname: '127.0.0.1', port: late.port }] } },
    });
    const bodies = async (): Promise<Set<string>> => {
      const { http } = (await starting).addresses;
      while (statusOf(await ask(http, get('shop.test'))) === 404) {
        agent.register('shop.test', green.port, { app: 'g' });
        agent.register('shop.test', blue.port, { app: 'b' });
      }
      const answers = new Set<string>();
      for (let at = 0; at < 20; at++) answers.add((await ask(http, get('shop.test'))).body);
      return answers;
    };
    const first = bodies();
    await Promise.race([first, reached.then(() => delay(SLOW_MS))]);
    release();
    assert.deepEqual(await first, new Set(['green']));
  },
);
