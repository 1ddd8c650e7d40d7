import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { CellgateProcess, temporaryDirectory } from '../support/cellgate-process.ts';
import { freePort } from '../support/free-port.ts';
import { ask, get } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

/** A router with routes, and what it shows of them. */
async function fixture(t: TestContext) {
  const folder = temporaryDirectory(t);
  const socket = join(folder, 'admin.sock');
  const router = await TestRouter.start(t, { cellgate: { state_dir: folder, admin: { socket } } });
  const backend = await Backend.start(t, () => ok('one'));
  await router.route('shop.test', backend.port, { app: 'shop', private_instance_id: 'shop-1' });
  await router.route('shop.test/cart', backend.port, { app: 'cart', private_instance_id: 'cart-1' });
  const show = async (...args: string[]) => {
    const command = new CellgateProcess(t, ['show', ...args, '--admin', `unix:${socket}`]);
    const [code] = await command.exited;
    return { code, stdout: command.stdout, stderr: command.stderr };
  };
  return { router, backend, show, socket };
}

describe('2.11 cellgate show', () => {
  test('shows the router, its routes and endpoints, with states and where they come from', async (t) => {
    const { show, backend, router } = await fixture(t);
    const overview = await show('overview');
    assert.match(overview.stdout, /^table +2 routes, 2 endpoints, 2 backends$/m);
    assert.match(overview.stdout, /^health +healthy: it serves$/m);
    const routes = await show('routes');
    assert.match(routes.stdout, /^shop\.test +1 +ready 1 +round-robin +-$/m);
    assert.match(routes.stdout, /^shop\.test\/cart +1 +ready 1 /m);
    const endpoints = await show('endpoints', '--app', 'cart');
    assert.match(
      endpoints.stdout,
      new RegExp(
        `^shop\\.test/cart +127\\.0\\.0\\.1:${backend.port} +cart +cart-1 +ready +nats router\\.register +\\d+ s ago$`,
        'm',
      ),
    );
    assert.doesNotMatch(endpoints.stdout, /shop-1/);
    const json = JSON.parse((await show('endpoints', 'cart', '--json')).stdout);
    assert.equal(json.next, null);
    assert.equal(json.endpoints.length, 1);
    assert.ok(Date.parse(json.endpoints[0].first_seen) <= Date.parse(json.endpoints[0].last_seen));
    // Nobody is there, so that it is marked.
    router.register('gone.test', await freePort(), { app: 'gone', private_instance_id: 'gone-1' });
    while (!(await show('endpoints', 'gone.test', '--state', 'failed')).stdout.includes('gone-1')) {
      await ask(router.port, get('gone.test'));
    }
    const failures = await show('failures');
    assert.match(failures.stdout, /^ {2}request {2}GET \/ HTTP\/1\.1 for gone\.test/m);
  });

  test('goes through long lists page by page, and refuses what means nothing', async (t) => {
    const { show, router } = await fixture(t);
    const uris = Array.from({ length: 150 }, (_, at) => `many-${at}.test`);
    for (const uri of uris) router.register(uri, 1, { app: 'many' });
    while (!JSON.parse((await show('routes', 'many-149', '--json')).stdout).routes.length);
    const seen: string[] = [];
    const first = JSON.parse((await show('routes', 'many-', '--json')).stdout);
    seen.push(...first.routes.map(({ route }: { route: string }) => route));
    assert.deepEqual([first.routes.length, first.next], [100, 100]);
    assert.match((await show('routes', 'many-')).stdout, /there are more: --limit, or part of a name\n$/);
    const all = JSON.parse((await show('routes', 'many-', '--limit', '500', '--json')).stdout);
    assert.equal(all.next, null);
    assert.deepEqual(new Set(all.routes.map(({ route }: { route: string }) => route)), new Set(uris));
    assert.equal((await show('routes', 'nothing-like-it')).stdout, 'there are none\n');
    const bad = await show('routes', '--limit', '7000');
    assert.equal(bad.code, 1);
    assert.match(bad.stderr, /limit: /);
    for (const args of [
      [],
      ['rooms'],
      ['overview', 'x'],
      ['routes', '--state', 'ready'],
      ['routes', 'a', 'b'],
    ]) {
      assert.equal((await show(...args)).code, 64, args.join(' '));
    }
  });

  test('watches, a line of JSON each time', async (t) => {
    const { socket } = await fixture(t);
    const watching = new CellgateProcess(t, [
      'show',
      'overview',
      '--watch',
      '--json',
      '--admin',
      `unix:${socket}`,
    ]);
    while (watching.stdout.split('\n').length < 3)
      await new Promise((resolve) => watching.child.stdout!.once('data', resolve));
    for (const line of watching.stdout.trim().split('\n')) assert.equal(JSON.parse(line).table.routes, 2);
  });
});
