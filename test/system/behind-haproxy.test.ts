import assert from 'node:assert/strict';
import { type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { CellgateProcess } from '../support/cellgate-process.ts';
import { findHaproxy, startShippedHaproxy } from '../support/haproxy.ts';
import { RawClient, statusOf } from '../support/raw-http.ts';
import { RoutePublisher } from '../support/route-publisher.ts';
import { skipFor } from '../support/skip-for.ts';
import { SteadyLoad } from '../support/steady-load.ts';

const skip = findHaproxy() === undefined ? 'haproxy is not installed' : false;
const HOST = 'app.test';

interface Behind {
  readonly router: CellgateProcess;
  readonly app: Backend;
}

/** Two routers, each with an application of its own, behind HAProxy as it is shipped. */
async function started(t: TestContext): Promise<{ port: number; routers: [Behind, Behind] }> {
  const start = async () => {
    const router = CellgateProcess.router(t, { cellgate: { proxy_threads: 1 } });
    const { http, health, bus } = await router.started();
    const app = await Backend.start(t, ({ start: line }) => ok(`app ${line.split(' ')[1]!.slice(1)}`));
    const publisher = await RoutePublisher.connect(t, bus!);
    await publisher.route(HOST, app.port, http);
    return { router, app, http, health: health! };
  };
  const routers = [await start(), await start()] as const;
  const port = await startShippedHaproxy(t, routers);
  return { port, routers: [...routers] };
}

test('a router that is killed costs no request that may be sent twice', skipFor(skip), async (t) => {
  const { port, routers } = await started(t);
  const load = new SteadyLoad(HOST);
  t.onTestFinished(() => load.stop());
  load.start(port, 8);
  await load.more(1000);
  const counts = routers.map(({ app }) => app.requests.length);
  assert.ok(
    counts.every((count) => count > 100),
    `both serve: ${counts}`,
  );
  routers[0].router.kill('SIGKILL');
  await load.more(3000);
  await load.stop();
  t.annotate(`${load.failures.length} of ${load.answers} requests failed`);
  assert.deepEqual(load.failures, []);
});

test(
  'a request that may not be sent twice reaches one application, whatever becomes of its router',
  skipFor(skip),
  async (t) => {
    const { port, routers } = await started(t);
    for (const { app } of routers) app.answer = ({ start }) => (start.startsWith('POST ') ? undefined : ok());
    const posts = (): number[] =>
      routers.map(({ app }) => app.requests.filter(({ start }) => start.startsWith('POST ')).length);
    const client = await RawClient.connect(port);
    t.onTestFinished(() => client.close());
    client.send(`POST /order HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 5\r\n\r\nhello`);
    while (posts().every((count) => count === 0)) await new Promise(setImmediate);
    routers[posts().indexOf(1)]!.router.kill('SIGKILL');
    assert.equal(statusOf(await client.response()), 502);
    assert.deepEqual(posts().toSorted(), [0, 1]);
  },
);
