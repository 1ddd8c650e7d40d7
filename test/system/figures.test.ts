import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Backend } from '../support/backend.ts';
import { freePort } from '../support/free-port.ts';
import { findNatsServer, startNatsServer } from '../support/nats-server.ts';
import { ask, get } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';
import { skipFor } from '../support/skip-for.ts';

const NEEDS_NATS = skipFor(findNatsServer() === undefined && 'nats-server is not installed');
const TOKEN = { name: 'eve', secret: 'a-secret-of-whoever-looks', rights: ['read'] };
const SILENT = '7-a-router-that-answers-nobody';

interface Summary {
  readonly verdict: string;
  readonly remarks: readonly { readonly text: string }[];
  readonly all: { readonly requests: number } | null;
  readonly minute: { readonly requests: number } | null;
  readonly routers: readonly {
    readonly id: string;
    readonly answers: boolean;
    readonly minute: { readonly requests: number } | null;
  }[];
}

test('figures are of all routers that answer, and those that do not are named', NEEDS_NATS, async (t) => {
  const nats = await startNatsServer();
  t.onTestFinished(() => nats.close());
  const ports = [await freePort(), await freePort()] as const;
  const routers = await Promise.all(
    ports.map((port) =>
      TestRouter.start(t, {
        nats: { hosts: [{ hostname: '127.0.0.1', port: nats.port }] },
        cellgate: { proxy_threads: 1, admin: { port, tokens: [TOKEN] } },
      }),
    ),
  );
  const app = await Backend.start(t);
  for (const router of routers) await router.route('app.test', app.port);
  const look = async (): Promise<Summary> => {
    const headers = { Authorization: `Bearer ${TOKEN.secret}`, Connection: 'close' };
    return (await fetch(`http://127.0.0.1:${ports[0]}/v1/summary`, { headers })).json() as Promise<Summary>;
  };
  for (let each = 0; each < 30; each++) for (const { port } of routers) await ask(port, get('app.test'));
  let seen = await look();
  while (seen.routers.length < 2 || seen.routers.some(({ minute }) => (minute?.requests ?? 0) < 30))
    seen = await look();
  assert.ok(seen.all!.requests >= 60 && seen.all!.requests >= seen.minute!.requests + 30);
  assert.deepEqual(
    seen.routers.map(({ answers }) => answers),
    [true, true],
  );

  // It has said that it is there, and answers nothing that it is asked.
  routers[0]!.publish('cellgate.v1.roll', {
    ...{ id: SILENT, version: '0.1.0', state: 'serving', address: '' },
    ...{ routes: 1, generation: 1, decisions: 0 },
  });
  while (!seen.routers.some(({ id }) => id === SILENT)) seen = await look();
  const silent = seen.routers.find(({ id }) => id === SILENT)!;
  assert.deepEqual([silent.answers, silent.minute], [false, null]);
  assert.ok(seen.all!.requests >= 60);
  while (!seen.remarks.some(({ text }) => text === `Router ${SILENT} does not answer`)) seen = await look();
  assert.equal(seen.verdict, 'look');
  assert.ok(seen.all!.requests > 0);
});
