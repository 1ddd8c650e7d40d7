import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { CellgateProcess, temporaryDirectory } from '../support/cellgate-process.ts';
import { freePort } from '../support/free-port.ts';
import { ask, get, RawClient, statusOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';
import { shower } from '../support/shown.ts';
import { TcpClient, TcpServer } from '../support/tcp-echo.ts';
import { startWebSocketServer } from '../support/websocket-server.ts';

const UPGRADE = [
  ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

/** A router, and an application behind `app.test` that leaves `/slow` unanswered and never ends `/stream`. */
async function fixture(t: TestContext, more: object = {}) {
  const folder = temporaryDirectory(t);
  const socket = join(folder, 'admin.sock');
  const cellgate = { state_dir: folder, admin: { socket }, proxy_threads: 2, ...more };
  const router = await TestRouter.start(t, { cellgate });
  const backend = await Backend.start(t, ({ start }) => {
    if (start.includes(' /slow ')) return undefined;
    const streams = start.includes(' /stream ');
    return streams ? 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n' : ok();
  });
  await router.route('app.test', backend.port, { app: 'shop', private_instance_id: 'shop-1' });
  return { router, backend, socket, ...shower(socket) };
}

function fits(text: string): void {
  for (const line of text.split('\n')) assert.ok(line.length <= 100, line);
}

function sum(items: readonly Record<string, number>[], name: string): number {
  return items.reduce((total, item) => total + item[name]!, 0);
}

test('2.11 cellgate show threads has every proxy thread, with what it carries', async (t) => {
  const { router, backend, show, json } = await fixture(t);
  const clients = await Promise.all(Array.from({ length: 6 }, () => RawClient.connect(router.port)));
  for (const client of clients) client.send(get('app.test', '/slow'));
  await backend.until(() => backend.requests.filter(({ start }) => start.includes('/slow')).length === 6);
  const { threads, replaced, stuck } = await json('threads');
  assert.deepEqual([threads.length, replaced, stuck], [2, 0, 0]);
  assert.equal(sum(threads, 'in_flight'), 6);
  assert.ok(sum(threads, 'connections') >= 6);
  assert.ok(sum(threads, 'requests') >= 6);
  for (const thread of threads) {
    assert.deepEqual([thread.state, thread.starts, thread.answers], ['serving', 1, true]);
    assert.ok(thread.cpu >= 0, String(thread.cpu));
    assert.ok(thread.heap_bytes > 1e6 && thread.heap_bytes < thread.heap_limit_bytes);
    assert.ok(thread.loop_delay_ms.p50 <= thread.loop_delay_ms.p99);
    assert.ok(thread.loop_delay_ms.p99 <= thread.loop_delay_ms.max);
  }
  const text = await show('threads');
  fits(text);
  assert.match(text, /^THREAD +STATE +UP +STARTS +CONNS +IN FLIGHT +REQ\/S +CPU +LATE P99 +HEAP$/m);
  assert.match(text, /^ *0 +serving +\d+ s +1 +\d+ +\d+ +[\d.]+ +\d+ % +[\d.]+ ms +[\d.]+ MB$/m);
  assert.match(text, /^0 replaced, 0 of them stood still$/m);
  for (const client of clients) client.close();
});

test('2.11 cellgate show errors has what the router answered itself, by error, route and endpoint', async (t) => {
  const { router, show, json } = await fixture(t);
  const port = await freePort();
  router.register('gone.test', port, { app: 'gone' });
  while (statusOf(await ask(router.port, get('gone.test'))) !== 502);
  for (let at = 0; at < 3; at++) await ask(router.port, get('lost.test'));
  const bad = await RawClient.connect(router.port);
  bad.send('GET / HTTP/1.1\r\n\r\n');
  await bad.closed;
  const text = await show('errors');
  fits(text);
  assert.match(
    text,
    new RegExp(`^ *502 +endpoint_failure \\(.*gone\\.test +127\\.0\\.0\\.1:${port} +\\d+ +\\d+ s ago`, 'm'),
  );
  assert.match(text, /^ *404 +unknown_route +lost\.test +- +3 +\d+ s ago/m);
  assert.match(text, /^ *400 +missing_host +- +- +1 +\d+ s ago +-$/m);
  const { errors, not_asked: others } = await json('errors', '--route', 'gone.test');
  assert.deepEqual(others, []);
  const [bad502] = errors.filter(({ status }: { status: number }) => status === 502);
  assert.match(bad502.last_id, /^[0-9a-f-]{36}$/);
  assert.match(await show('errors', '--route', 'other.test'), /^there are none since \S+Z\n$/);
});

describe('2.6 cellgate show sessions', () => {
  test('has WebSockets, responses that go on and TCP, whose they are and what has passed', async (t) => {
    const port = await freePort();
    const { router, show, json } = await fixture(t, { tcp: { reservable_ports: String(port) } });
    await router.route('ws.test', await startWebSocketServer(t), { app: 'ws', private_instance_id: 'ws-1' });
    const echo = await TcpServer.start(t);
    const route = { protocol: 'tcp', external_port: port };
    router.publish('router.register', { host: '127.0.0.1', port: echo.port, ...route });

    const upgraded = await RawClient.connect(router.port);
    upgraded.send(get('ws.test', '/chat?token=x', UPGRADE));
    await upgraded.until(' 101 ');
    const streaming = await RawClient.connect(router.port);
    streaming.send(get('app.test', '/stream'));
    await streaming.until('hello');
    while (echo.accepted === 0) {
      const client = new TcpClient(t, port);
      client.socket.write('12345678');
      await Promise.race([client.closed, new Promise((resolve) => client.socket.once('data', resolve))]);
    }
    const all = async () => (await json('sessions', '--older', '0s')).sessions.length;
    while ((await all()) !== 3);
    const text = await show('sessions', '--older', '0s');
    fits(text);
    assert.match(
      text,
      /^\d+ s +websocket +ws\.test +127\.0\.0\.1:\d+ +ws-1 +127\.0\.0\.1:\d+ +0 B +[1-9]\d* B$/m,
    );
    assert.match(
      text,
      /^\d+ s +http\/1\.1 +app\.test +127\.0\.0\.1:\d+ +shop-1 +127\.0\.0\.1:\d+ +0 B +5 B$/m,
    );
    assert.match(
      text,
      new RegExp(`^\\d+ s +tcp +tcp:${port} +127\\.0\\.0\\.1:${echo.port} .* 8 B +8 B$`, 'm'),
    );
    const { sessions } = await json('sessions', '--older', '0s', '--app', 'ws');
    assert.deepEqual(
      sessions.map(({ kind, app, line }: Record<string, string>) => [kind, app, line]),
      [['websocket', 'ws', 'GET /chat?token=x HTTP/1.1']],
    );
    const { sessions: ofRoute } = await json('sessions', '--older', '0s', '--route', `tcp:${port}`);
    assert.deepEqual(ofRoute.length, 1);
    assert.equal(await show('sessions', '--older', '10h'), 'there are none\n');
    const limited = await show('sessions', '--older', '0s', '--limit', '1');
    assert.match(limited, /^2 more: --limit, --older, --route, --app$/m);
    for (const client of [upgraded, streaming]) client.close();
    while ((await all()) !== 1);
  });
});

test('2.11 cellgate show splits has the parts of a route, their weights and what they took', async (t) => {
  const { router, socket, show, json } = await fixture(t);
  assert.equal(await show('splits'), 'there are none\n');
  const broken = await Backend.start(t, () => 'HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n');
  await router.route('app.test', broken.port, { app: 'other', private_instance_id: 'other-1' });
  const split = ['split', 'set', 'app.test', 'app:shop=7500', 'app:other=2500'];
  for (;;) {
    const command = new CellgateProcess(t, [...split, '--admin', `unix:${socket}`]);
    const [code] = await command.exited;
    if (code === 0) break;
    assert.match(command.stderr, /not known yet whether there are other routers|no store yet/);
  }
  const taken = async (): Promise<number> => {
    const { splits } = await json('splits');
    return sum(
      splits.flatMap(({ arms }: { arms: { taken: object }[] }) => arms.map((arm) => arm.taken)),
      'answered',
    );
  };
  while ((await taken()) < 3) await ask(router.port, get('app.test'));
  const text = await show('splits');
  fits(text);
  assert.match(text, /^ROUTE +ARM +WEIGHT +ENDPOINTS +UNDER WAY +ANSWERED +ERRORS +P50 +P95$/m);
  assert.match(text, /^app\.test +app:shop +7500 +1 +\d+ +\d+ +0 +[\d.]+ ms +[\d.]+ ms$/m);
  assert.match(text, /^app\.test +app:other +2500 +1 +\d+ +0 +\d+ +(?:[\d.]+ ms|-) +(?:[\d.]+ ms|-)$/m);
});
