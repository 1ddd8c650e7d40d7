import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { CellgateProcess, temporaryDirectory } from '../support/cellgate-process.ts';
import { ask, get, type RawMessage, statusOf, valuesOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

const BLUE = '00000000-0000-4000-8000-0000000000b1';
const GREEN = '00000000-0000-4000-8000-0000000000e2';

/** A router with two applications behind a route, and how it is commanded. */
async function shop(t: TestContext) {
  const folder = temporaryDirectory(t);
  const socket = join(folder, 'admin.sock');
  const app = (name: string) => Backend.start(t, () => ok(name));
  const [blue, green] = [await app('blue'), await app('green')];
  const router = await TestRouter.start(t, { cellgate: { state_dir: folder, admin: { socket } } });
  await router.route('shop.test', blue.port, { app: BLUE, private_instance_id: 'blue-1' });
  const split = async (...args: string[]) => {
    const command = new CellgateProcess(t, ['split', ...args, '--admin', `unix:${socket}`]);
    const [code] = await command.exited;
    return { code, stdout: command.stdout, stderr: command.stderr };
  };
  const mapGreen = () =>
    router.register('shop.test', green.port, {
      app: GREEN,
      private_instance_id: 'green-1',
      private_instance_index: '0',
    });
  const answers = async (
    count: number,
    lines: (at: number) => string[] = () => [],
  ): Promise<RawMessage[]> => {
    const all: RawMessage[] = [];
    for (let at = 0; at < count; at++) all.push(await ask(router.port, get('shop.test', '/', lines(at))));
    return all;
  };
  const bodies = async (count: number, lines?: (at: number) => string[]) =>
    (await answers(count, lines)).map(({ body }) => body);
  return { router, split, mapGreen, answers, bodies, blue, green };
}

describe('2.4 a split', () => {
  test('that holds a route keeps what is newly mapped out, and a weight lets it in', async (t) => {
    const { split, mapGreen, bodies, answers } = await shop(t);
    // Until the router knows that it is alone it decides nothing.
    for (;;) {
      const held = await split('hold', 'shop.test');
      if (held.code === 0) break;
      assert.match(held.stderr, /not known yet whether there are other routers|no store yet/);
    }
    mapGreen();
    while (!(await split('show', 'shop.test')).stdout.includes(GREEN));
    assert.deepEqual(new Set(await bodies(40)), new Set(['blue']));
    const shown = await split('show', 'shop.test');
    assert.match(shown.stdout, /^ARM +WEIGHT +SHARE +ENDPOINTS +APPLICATIONS$/m);
    assert.match(shown.stdout, new RegExp(`^app:${BLUE} +10000 +100\\.00 % +1 +${BLUE}$`, 'm'));
    assert.match(shown.stdout, new RegExp(`^rest +0 +0\\.00 % +1 +${GREEN}$`, 'm'));

    // Who names an instance reaches it all the same.
    const pin = [`X-CF-APP-INSTANCE: ${GREEN}:0`];
    assert.deepEqual(new Set(await bodies(10, () => pin)), new Set(['green']));

    assert.equal((await split('set', 'shop.test', `app:${BLUE}=5000`, `app:${GREEN}=5000`)).code, 0);
    while (new Set(await bodies(20)).size < 2);
    assert.equal((await split('set', 'shop.test', `app:${BLUE}=0`, `app:${GREEN}=10000`)).code, 0);
    while ((await bodies(20)).includes('blue'));
    assert.ok((await answers(5)).every((answer) => statusOf(answer) === 200));
    assert.equal((await split('clear', 'shop.test')).code, 0);
    while (new Set(await bodies(20)).size < 2);
    assert.match((await split('show')).stdout, /^no route has a split$/m);
  });

  test('leaves a user where they are while a weight rises, and gives a session with who gets nothing to another', async (t) => {
    const { split, mapGreen, bodies, answers, green } = await shop(t);
    mapGreen();
    while (
      (await split('set', 'shop.test', `app:${GREEN}=1000`, `app:${BLUE}=9000`, '--key', 'cookie:UID'))
        .code !== 0
    );
    const users = (at: number) => [`Cookie: UID=user${at}`];
    while (!(await bodies(40, users)).includes('green'));
    const before = await bodies(40, users);
    assert.equal(
      (await split('set', 'shop.test', `app:${GREEN}=6000`, `app:${BLUE}=4000`, '--key', 'cookie:UID')).code,
      0,
    );
    let after = before;
    while (after.filter((body) => body === 'green').length < 12) after = await bodies(40, users);
    for (const [at, body] of before.entries())
      if (body === 'green') assert.equal(after[at], 'green', `user${at}`);

    green.answer = () => ok('green', 'Set-Cookie: JSESSIONID=1\r\n');
    const session = ['Cookie: JSESSIONID=1; __VCAP_ID__=green-1'];
    assert.deepEqual(new Set(await bodies(10, () => session)), new Set(['green']));
    assert.equal((await split('set', 'shop.test', `app:${GREEN}=0`, `app:${BLUE}=1`)).code, 0);
    while ((await bodies(10, () => session)).includes('green'));
    const [answer] = await answers(1, () => session);
    assert.ok(valuesOf(answer!, 'set-cookie').some((cookie) => cookie.startsWith('__VCAP_ID__=blue-1;')));
  });

  test('knows users by a cookie of its own, which brings them back to their part', async (t) => {
    const { split, mapGreen, answers } = await shop(t);
    mapGreen();
    const halves = [`app:${GREEN}=5000`, `app:${BLUE}=5000`, '--key', 'user'];
    while ((await split('set', 'shop.test', ...halves)).code !== 0);
    const cookieOf = (answer: RawMessage) =>
      valuesOf(answer, 'set-cookie').find((cookie) => cookie.startsWith('__cellgate_arm='));
    let first = await answers(20);
    while (new Set(first.map(({ body }) => body)).size < 2) first = await answers(20);
    for (const { body, ...answer } of first) {
      const cookie = cookieOf({ body, ...answer });
      assert.match(cookie!, /^__cellgate_arm=[0-9a-f-]{36}; Path=\/; HttpOnly; SameSite=Lax$/);
      const again = await answers(3, () => [`Cookie: ${cookie!.split(';', 1)[0]}`]);
      assert.deepEqual(new Set(again.map((each) => each.body)), new Set([body]));
      assert.ok(again.every((each) => cookieOf(each) === undefined));
    }
    const [forged] = await answers(1, () => ['Cookie: __cellgate_arm=x', 'X-Forwarded-Proto: https']);
    assert.match(cookieOf(forged!)!, /; Secure$/);
  });

  test('that makes no sense is refused by a sentence, and changes nothing', async (t) => {
    const { split } = await shop(t);
    const bad = await split('set', 'shop.test', 'colour:blue=1');
    assert.deepEqual([bad.code, bad.stdout], [1, '']);
    assert.match(bad.stderr, /arms\[0\]: selector: found "colour:blue", allowed: app:GUID/);
    assert.equal((await split('set', 'shop.test', 'app:b')).code, 64);
    assert.equal((await split('hold', 'nobody.test')).code, 1);
    assert.match((await split('show', 'shop.test')).stderr, /shop\.test has no split/);
  });
});
