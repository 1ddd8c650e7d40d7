import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { type TestContext, test } from 'vitest';
import { overlay } from '../../src/config/defaults.ts';
import { Backend } from '../support/backend.ts';
import { CellgateProcess, configFile } from '../support/cellgate-process.ts';
import { get, RawClient, statusOf } from '../support/raw-http.ts';
import { RoutePublisher } from '../support/route-publisher.ts';
import { LOCAL } from '../support/router.ts';

const HOST = 'app.test';

interface Scene {
  readonly router: CellgateProcess;
  readonly http: number;
  /** Writes the file anew and sends SIGHUP. */
  reload(text: string): void;
  change(config: object): void;
}

async function scene(t: TestContext, config: object = {}): Promise<Scene> {
  const base = overlay(overlay(LOCAL, { logging: { level: 'info' }, ...config }), config);
  const file = configFile(t, JSON.stringify(base));
  const router = new CellgateProcess(t, ['-c', file]);
  const { http, bus } = await router.started();
  const app = await Backend.start(t);
  await (await RoutePublisher.connect(t, bus!)).route(HOST, app.port, http);
  const reload = (text: string) => {
    writeFileSync(file, text);
    router.kill('SIGHUP');
  };
  return { router, http, reload, change: (more) => reload(JSON.stringify(overlay(base, more))) };
}

function withHeaders(count: number): string {
  const lines = Array.from({ length: count }, (_, i) => `X-${i}: 1\r\n`).join('');
  return `GET / HTTP/1.1\r\nHost: ${HOST}\r\n${lines}\r\n`;
}

test('§5.5 SIGHUP puts new limits in force on connections that stay open', async (t) => {
  const { router, http, change } = await scene(t);
  const clients = await Promise.all(Array.from({ length: 6 }, () => RawClient.connect(http)));
  for (const client of clients) {
    assert.equal(statusOf(await client.send(withHeaders(20)).response()), 200);
  }
  change({ max_request_headers: 10 });
  assert.deepEqual(await router.logged('configuration-reloaded'), { changed: ['max_request_headers'] });
  for (const client of clients) {
    // The threads learn of it in their next turn.
    let status = 200;
    for (let i = 0; status === 200 && i < 1000; i++) {
      assert.equal(statusOf(await client.send(get(HOST)).response()), 200);
      status = statusOf(await client.send(withHeaders(20)).response());
    }
    assert.equal(status, 431);
  }
});

test('SIGHUP shortens the time that an idle connection already waits for', async (t) => {
  const { router, http, change } = await scene(t, { frontend_idle_timeout: '900s' });
  const client = await RawClient.connect(http);
  assert.equal(statusOf(await client.send(get(HOST)).response()), 200);
  change({ frontend_idle_timeout: '100ms' });
  await router.logged('configuration-reloaded');
  assert.equal(await client.closed, 'end');
});

test('SIGHUP changes the log level', async (t) => {
  const { router, change } = await scene(t);
  assert.ok(!router.stdout.includes('"uri-added"'));
  change({ logging: { level: 'debug' }, prune_stale_droplets_interval: '30s' });
  assert.deepEqual(await router.logged('configuration-reloaded'), { changed: ['logging.level'] });
});

test('SIGHUP names keys that need a restart, and leaves them as they are', async (t) => {
  const { router, http, change } = await scene(t);
  change({ port: 1, nats: { pass: 'hunter2' }, endpoint_timeout: '7s' });
  assert.deepEqual(await router.logged('configuration-reloaded'), {
    changed: ['drain_timeout', 'endpoint_timeout', 'http_1_endpoint_timeout', 'http_2_endpoint_timeout'],
  });
  assert.deepEqual(await router.logged('configuration-needs-restart'), { keys: ['nats.pass', 'port'] });
  const client = await RawClient.connect(http);
  assert.equal(statusOf(await client.send(get(HOST)).response()), 200);
  assert.ok(!router.stdout.includes('hunter2'));
});

test('SIGHUP with a bad file changes nothing and names the key', async (t) => {
  const { router, http, reload, change } = await scene(t);
  const client = await RawClient.connect(http);
  assert.equal(statusOf(await client.send(get(HOST)).response()), 200);
  reload('max_request_headers: lots\n');
  const { error } = (await router.logged('configuration-reload-failed')) as { error: string };
  assert.match(error, /cellgate\.yml:1: max_request_headers: expected an integer/);
  reload('max_request_headers: [\n');
  reload('');
  assert.equal(statusOf(await client.send(withHeaders(20)).response()), 200);
  change({ max_request_headers: 10 });
  await router.logged('configuration-reloaded');
});
