import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { freePort } from '../support/free-port.ts';
import { JetStreamServer } from '../support/jetstream.ts';
import { findNatsServer } from '../support/nats-server.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';
import { startRouterOf } from '../support/restarted-router.ts';
import { RoutePublisher } from '../support/route-publisher.ts';
import { skipFor } from '../support/skip-for.ts';

const NEEDS_NATS = skipFor(findNatsServer() === undefined && 'nats-server is not installed');
const TOKEN = { name: 'ops', secret: 'a-secret-of-the-operators', rights: ['read', 'operate'] };
const HEADERS = { Authorization: `Bearer ${TOKEN.secret}`, 'Content-Type': 'application/json' };

interface Shown {
  readonly by?: string;
  readonly arms?: readonly {
    readonly selector: string;
    readonly weight: number;
    readonly endpoints: number;
  }[];
}

test(
  '2.4 what is newly mapped gets no request on any router, also on one that starts again, until it is let in',
  NEEDS_NATS,
  async (t) => {
    const store = await JetStreamServer.start(t);
    const folder = temporaryDirectory(t);
    const ports = [await freePort(), await freePort()];
    const config = (at: number) => ({
      nats: { hosts: [{ hostname: '127.0.0.1', port: store.port }] },
      cellgate: {
        hold_new_apps: true,
        admin: { port: ports[at], tokens: [TOKEN] },
        ...(at === 0 && { state_dir: folder }),
      },
    });
    const agent = await RoutePublisher.connect(t, store.port);
    const serve = (name: string) => Backend.start(t, () => ok(name));
    const [blue, green, red] = [await serve('blue'), await serve('green'), await serve('red')];
    const map = (app: Backend, name: string) => agent.register('shop.test', app.port, { app: name });
    const asked = async (router: number) => {
      const names = new Set<string>();
      for (let at = 0; at < 40; at++) names.add((await ask(router, get('shop.test'))).body);
      return names;
    };
    const shown = async (at: number): Promise<Shown> => {
      const answer = await fetch(`http://127.0.0.1:${ports[at]}/v1/splits/shop.test`, { headers: HEADERS });
      return (await answer.json()) as Shown;
    };
    const isHeld = ({ by, arms }: Shown, app: string) =>
      by === 'hold_new_apps' && arms?.[0]?.selector === `app:${app}` && arms[1]?.endpoints === 1;

    // One that has heard of nothing yet says of nobody that the route is theirs.
    const before = await startRouterOf(t, config(0));
    map(blue, 'b');
    while (statusOf(await ask(before.addresses.http, get('shop.test'))) !== 200);
    await before.stop();
    const first = await startRouterOf(t, config(0));
    const second = await startRouterOf(t, config(1));
    map(blue, 'b');
    map(green, 'g');
    // By its table the first decides, and the second, which has just started, follows.
    for (const at of [0, 1]) while (!isHeld(await shown(at), 'b'));
    for (const { addresses } of [first, second]) {
      assert.deepEqual(await asked(addresses.http), new Set(['blue']));
    }

    await first.stop();
    const again = await startRouterOf(t, config(0));
    assert.deepEqual(await asked(again.addresses.http), new Set(['blue']));
    map(blue, 'b');
    map(green, 'g');
    assert.deepEqual(await asked(again.addresses.http), new Set(['blue']));

    assert.equal(green.requests.length, 0);

    const cleared = await fetch(`http://127.0.0.1:${ports[1]}/v1/splits/shop.test`, {
      method: 'DELETE',
      headers: HEADERS,
    });
    assert.equal(cleared.status, 200);
    for (const { addresses } of [again, second]) while ((await asked(addresses.http)).size < 2);
    // It is not held again for those that are there.
    map(green, 'g');
    map(blue, 'b');
    assert.equal((await asked(again.addresses.http)).size, 2);

    agent.unregister('shop.test', blue.port);
    while ((await asked(again.addresses.http)).has('blue'));
    map(red, 'r');
    while (!isHeld(await shown(0), 'g'));
    assert.deepEqual(await asked(again.addresses.http), new Set(['green']));
  },
);
