import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { CellgateProcess, temporaryDirectory } from '../support/cellgate-process.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

const APP = '00000000-0000-4000-8000-0000000000a1';

/** A router with two instances of an application behind a route, and how it is commanded. */
async function shop(t: TestContext) {
  const folder = temporaryDirectory(t);
  const socket = join(folder, 'admin.sock');
  const instance = (name: string) => Backend.start(t, () => ok(name));
  const [one, two] = [await instance('one'), await instance('two')];
  const router = await TestRouter.start(t, { cellgate: { state_dir: folder, admin: { socket } } });
  const register = (port: number, index: number) =>
    router.route('shop.test', port, {
      app: APP,
      private_instance_id: `shop-${index}`,
      private_instance_index: String(index),
    });
  await register(one.port, 1);
  await register(two.port, 2);
  const command = async (...args: string[]) => {
    const process = new CellgateProcess(t, ['endpoint', ...args, '--admin', `unix:${socket}`]);
    const [code] = await process.exited;
    return { code, stdout: process.stdout, stderr: process.stderr };
  };
  /** Repeated until the router knows that it decides alone. */
  const order = async (...args: string[]) => {
    for (;;) {
      const done = await command(...args);
      if (!/not known yet|no store yet/.test(done.stderr)) return done;
    }
  };
  const bodies = async (lines: string[] = []) => {
    const found = new Set<string>();
    for (let at = 0; at < 12; at++) found.add((await ask(router.port, get('shop.test', '/', lines))).body);
    return found;
  };
  const until = async (names: readonly string[], lines?: string[]) => {
    while ((await bodies(lines)).symmetricDifference(new Set(names)).size > 0);
  };
  return { router, one, two, order, bodies, until };
}

const SESSION = ['Cookie: JSESSIONID=1; __VCAP_ID__=shop-1'];
const PIN = [`X-CF-APP-INSTANCE: ${APP}:1`];

describe('2.11 an order about an endpoint', () => {
  test('drain leaves its sessions, hold leaves those that name it, and ready takes it back', async (t) => {
    const { one, order, until, bodies } = await shop(t);
    const drained = await order('drain', 'shop-1', '--ttl', '30m');
    assert.match(drained.stdout, /^shop-1 gets no new requests on shop\.test, until 20\d\d-.*Z\n$/);
    await until(['two']);
    assert.deepEqual(await bodies(SESSION), new Set(['one']));
    assert.deepEqual(await bodies(PIN), new Set(['one']));
    const listed = await order('list');
    assert.match(listed.stdout, /^shop-1 +drain +all +\S+ +20\d\d-/m);

    assert.equal((await order('hold', `127.0.0.1:${one.port}`, '--route', 'SHOP.test')).code, 0);
    await until(['two'], SESSION);
    assert.deepEqual(await bodies(PIN), new Set(['one']));

    assert.equal((await order('ready', 'shop-1')).stdout, 'shop-1 gets requests again\n');
    assert.equal((await order('ready', `127.0.0.1:${one.port}`, '--route', 'shop.test')).code, 0);
    await until(['one', 'two']);
    assert.match((await order('list')).stdout, /^nothing is ordered/);
  });

  test('that would leave a route without anybody, or is about nobody, is refused unless it is meant', async (t) => {
    const { router, one, two, order, until } = await shop(t);
    const unknown = await order('drain', '10.0.0.1:80');
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /this router has no endpoint 10\.0\.0\.1:80: name an address/);
    assert.equal((await order('hold', `127.0.0.1:${one.port}`)).code, 0);
    await until(['two']);
    const last = await order('hold', `127.0.0.1:${two.port}`);
    assert.equal(last.code, 1);
    assert.match(last.stderr, /shop\.test would have no other endpoint for new requests: start another one/);
    assert.equal((await order('hold', `127.0.0.1:${two.port}`, '--force', '--ttl', '1s')).code, 0);
    while (statusOf(await ask(router.port, get('shop.test'))) !== 502);
    // It ends by itself.
    await until(['two']);
    assert.equal((await order('pause', 'shop-1')).code, 64);
    assert.equal((await order('ready', 'nobody')).code, 1);
  });
});
