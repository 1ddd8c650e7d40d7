import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { CellgateProcess, temporaryDirectory } from '../support/cellgate-process.ts';
import { ask, get } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

/** A router with two applications, and those who look on. */
async function fixture(t: TestContext) {
  const socket = join(temporaryDirectory(t), 'admin.sock');
  const router = await TestRouter.start(t, { cellgate: { admin: { socket } } });
  const fine = await Backend.start(t, () => ok('fine'));
  const busy = await Backend.start(t, () => 'HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n');
  await router.route('fine.test', fine.port, { app: 'fine', private_instance_id: 'fine-1' });
  router.register('busy.test', busy.port, { app: 'busy', private_instance_id: 'busy-1' });
  const tap = (...args: string[]) => new CellgateProcess(t, ['tap', ...args, '--admin', `unix:${socket}`]);
  return { router, tap };
}

describe('2.6 cellgate tap', () => {
  test('shows requests as they end, those that are wanted alone, and none before it began', async (t) => {
    const { router, tap } = await fixture(t);
    await ask(router.port, get('fine.test', '/before'));
    const [all, failed, cart] = [
      tap('--json', '--max', '3'),
      tap('--status', '5xx', '--max', '1'),
      tap('--route', 'FINE.test/cart', '--app', 'fine', '--max', '1', '--json'),
    ];
    let isOver = false;
    const everybody = Promise.all([all.exited, failed.exited, cart.exited]).then(() => {
      isOver = true;
    });
    while (!isOver) {
      for (const [host, path] of [
        ['fine.test', '/'],
        ['fine.test', '/cart/1?x=2'],
        ['fine.test', '/cartoon'],
        ['busy.test', '/'],
      ] as const) {
        await ask(router.port, get(host, path));
      }
    }
    await everybody;
    const requests = all.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.equal(requests.length, 3);
    assert.ok(requests.every(({ line }) => !line.includes('before')));
    assert.match(
      failed.stdout,
      /^\d\d:\d\d:\d\d\.\d{3} {2}503 +\d+\.\d ms {2}busy\.test {2}GET \/ HTTP\/1\.1 {2}-> busy-1 {2}\S+ {2}\d+-[0-9a-f]+\n$/,
    );
    const { line, instance } = JSON.parse(cart.stdout);
    assert.deepEqual([line, instance], ['GET /cart/1?x=2 HTTP/1.1', 'fine-1']);
  });

  test('ends in its time or when it is stopped, and is forgotten by the router', async (t) => {
    const { router, tap } = await fixture(t);
    const short = tap('--for', '100ms');
    assert.deepEqual(await short.exited, [0, null]);
    const stopped = tap('--json');
    while (stopped.stdout === '') await ask(router.port, get('fine.test'));
    stopped.kill('SIGINT');
    assert.deepEqual(await stopped.exited, [0, null]);
    // Eight may look on at once: those before are gone.
    const many = Array.from({ length: 8 }, () => tap('--json'));
    while (many.some(({ stdout }) => stdout === '')) await ask(router.port, get('fine.test'));
    const one = tap();
    assert.equal((await one.exited)[0], 1);
    assert.match(one.stderr, /8 others look on already/);
    for (const args of [['x'], ['--max', '0'], ['--slower', 'long']]) {
      assert.equal((await tap(...args).exited)[0], 64);
    }
    const bad = tap('--status', 'many');
    assert.equal((await bad.exited)[0], 1);
    assert.match(bad.stderr, /status: allowed: a status like 503, or a class like 5xx/);
  });
});
