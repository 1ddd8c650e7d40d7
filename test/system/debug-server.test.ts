import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { CellgateProcess } from '../support/cellgate-process.ts';
import { freePort } from '../support/free-port.ts';
import { ask, get, RawClient, statusOf, valuesOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

const DEBUG = { debug_addr: '127.0.0.1:0' };

function answers(port: number): Promise<boolean> {
  return ask(port, get('nobody.test')).then(
    () => true,
    () => false,
  );
}

/** The files of a profile's functions. */
function filesOf(profile: string): string {
  const { nodes, samples } = JSON.parse(profile) as {
    nodes: { callFrame: { url: string } }[];
    samples: unknown[];
  };
  assert.ok(samples.length > 0);
  return nodes.map(({ callFrame }) => callFrame.url).join('\n');
}

test('§6.4 a profile shows what the chosen thread spends its time on', async (t) => {
  const router = await TestRouter.start(t, DEBUG);
  const debug = router.router.addresses.debug!;
  const backend = await Backend.start(t, () => ok());
  await router.route('app.test', backend.port);
  const clients = await Promise.all(Array.from({ length: 8 }, () => RawClient.connect(router.port)));
  const profiles = Promise.all(
    [0, 1].map(async (thread) =>
      fetch(`http://127.0.0.1:${debug}/debug/pprof/profile?thread=${thread}&seconds=1`),
    ),
  );
  let state: 'busy' | 'done' = 'busy';
  void profiles.finally(() => {
    state = 'done';
  });
  while (state === 'busy')
    await Promise.all(clients.map((client) => client.send(get('app.test')).response()));
  const [first, second] = await profiles;
  assert.deepEqual([first!.status, second!.status].sort(), [200, 409], 'one at a time');
  const taken = first!.status === 200 ? first! : second!;
  assert.match(taken.headers.get('Content-Disposition')!, /filename="cellgate-[01]\.cpuprofile"/);
  assert.match(filesOf(await taken.text()), /\/http\/exchange\/exchange\.ts$/m);
  const control = await fetch(`http://127.0.0.1:${debug}/debug/pprof/profile?thread=control&seconds=1`);
  assert.doesNotMatch(filesOf(await control.text()), /\/http\/exchange\/exchange\.ts$/m);
});

test('§6.4 a heap snapshot of each thread is sent whole, one after the other', async (t) => {
  const router = await TestRouter.start(t, DEBUG);
  for (const thread of ['control', '0', '1']) {
    const answer = await fetch(
      `http://127.0.0.1:${router.router.addresses.debug}/debug/pprof/heap?thread=${thread}`,
    );
    assert.equal(answer.status, 200);
    const { snapshot, nodes } = (await answer.json()) as {
      snapshot: { node_count: number; meta: { node_fields: unknown[] } };
      nodes: unknown[];
    };
    assert.equal(nodes.length, snapshot.node_count * snapshot.meta.node_fields.length);
  }
});

test('§6.4 the index says what there is; a wrong question gets an answer that says what is right', async (t) => {
  const router = await TestRouter.start(t, DEBUG);
  const debug = router.router.addresses.debug!;
  const page = (path: string, host = 'localhost') => ask(debug, get(host, path));
  const index = await page('/debug/pprof/');
  assert.equal(statusOf(index), 200);
  assert.match(index.body, /^Threads: control, 0, 1$/m);
  for (const path of ['profile?thread=2', 'profile?thread=x', 'heap?thread=2']) {
    const refused = await page(`/debug/pprof/${path}`);
    assert.equal(statusOf(refused), 400);
    assert.equal(refused.body, 'thread must be one of control, 0, 1\n');
  }
  for (const seconds of ['0', '121', 'x', '1.5', '-1']) {
    const refused = await page(`/debug/pprof/profile?seconds=${seconds}`);
    assert.deepEqual([statusOf(refused), refused.body], [400, 'seconds must be 1 to 120\n']);
  }
  assert.equal(statusOf(await page('/debug/pprof/', 'evil.example')), 403, 'a name made to point here');
  assert.equal(statusOf(await page('/debug/pprof/goroutine')), 404);
  const posted = await ask(debug, get('localhost', '/log-level').replace('GET', 'POST'));
  assert.deepEqual([statusOf(posted), valuesOf(posted, 'Allow')], [405, ['GET, PUT']]);
});

test('§6.4 PUT /log-level changes the level on all threads', async (t) => {
  const [http, debug] = [await freePort(), await freePort()];
  const router = CellgateProcess.router(t, {
    port: http,
    debug_addr: `127.0.0.1:${debug}`,
    logging: { level: 'error' },
  });
  // Nothing that is told of a start is an error.
  while (!(await answers(http))) await delay(20);
  const level = (body?: string) =>
    fetch(`http://127.0.0.1:${debug}/log-level`, body === undefined ? {} : { method: 'PUT', body });
  assert.equal(await (await level()).text(), 'error\n');
  await ask(http, 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n');
  const wrong = await level('loud');
  assert.equal(wrong.status, 400);
  assert.equal(await wrong.text(), 'the level must be one of debug, info, warn, error, fatal\n');
  assert.equal(await (await level(' Info\n')).text(), 'info\n');
  assert.deepEqual(await router.logged('log-level-changed'), { level: 'info' });
  const refusals = () => router.stdout.match(/"message":"request-refused".*"fault":"\w+"/g) ?? [];
  while (refusals().length === 0) {
    await ask(http, 'GET / HTTP/1.1\r\n\r\n');
    await delay(5);
  }
  assert.match(refusals()[0]!, /"fault":"missing_host"/);
  assert.doesNotMatch(router.stdout, /"fault":"bad_host"/, 'refused before');
});

test('§5.4 §6.4 a debug server that cannot listen is only logged', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.onTestFinished(() => void taken.close());
  const { port } = taken.address() as { port: number };
  const router = CellgateProcess.router(t, { debug_addr: `127.0.0.1:${port}` });
  const { http, debug } = await router.started();
  assert.equal(debug, null);
  const { error } = (await router.logged('failed-to-start-debug-server')) as { error: string };
  assert.equal(error, `debug port ${port} is in use (127.0.0.1:${port}): choose another with debug_addr`);
  assert.equal(statusOf(await ask(http, get('nobody.test'))), 404);
});
