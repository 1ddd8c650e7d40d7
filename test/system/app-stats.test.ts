import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'vitest';
import { askAdmin } from '../../src/cli/admin-client.ts';
import { Backend, ok } from '../support/backend.ts';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { operatorPage } from '../support/operator-page.ts';
import { ask, get, RawClient } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

interface Window {
  readonly over_seconds: number;
  readonly covers_seconds: number;
  readonly requests: number;
  readonly requests_per_second: number;
  readonly errors: number;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
}

interface Stats {
  readonly in_flight: number;
  readonly windows: readonly [Window, Window, Window];
  readonly instances: readonly (Stats & { readonly instance: string; readonly index: string })[];
}

/** A router with an application of two instances and another one, and what can be asked of it. */
async function fixture(t: TestContext, metrics: object = {}) {
  const folder = temporaryDirectory(t);
  const socket = join(folder, 'admin.sock');
  const router = await TestRouter.start(t, { cellgate: { state_dir: folder, admin: { socket }, metrics } });
  const answer = ({ start }: { start: string }) => {
    if (start.includes('/slow')) return undefined;
    return start.includes('/bad') ? 'HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n' : ok();
  };
  const shop = await Backend.start(t, answer);
  const second = await Backend.start(t, answer);
  const other = await Backend.start(t, answer);
  const instance = (index: number) => ({
    private_instance_id: `shop-${index}`,
    private_instance_index: `${index}`,
  });
  await router.route('shop.test', shop.port, { app: 'shop', ...instance(0) });
  router.register('shop.test', second.port, { app: 'shop', ...instance(1) });
  await router.route('other.test', other.port, { app: 'other', private_instance_id: 'other-0' });
  const asked = async (path: string) => {
    const reply = await askAdmin({ kind: 'socket', path: socket }, 'GET', path);
    assert.ok(reply.kind !== 'failure', 'sentence' in reply ? reply.sentence : '');
    return reply.value;
  };
  const stats = async (query: string) => (await asked(`/v1/stats?${query}`)) as unknown as Stats;
  const page = () => operatorPage(router.router.addresses.health!, '/metrics');
  return { router, shop, second, stats, asked, page };
}

test('2.11 an autoscaler reads of an application what it does now and did in the last seconds', async (t) => {
  const { router, shop, second, stats } = await fixture(t);
  const waiting = await RawClient.connect(router.port);
  waiting.send(get('shop.test', '/slow'));
  await Promise.race([shop, second].map((each) => each.until(() => each.received.includes('/slow'))));
  for (let at = 0; at < 10; at++) await ask(router.port, get('shop.test', at < 2 ? '/bad' : '/'));
  const isThere = ({ windows, instances }: Stats): boolean =>
    windows[2].errors === 2 && instances.length === 2;
  let found = await stats('app=shop');
  while (!isThere(found)) {
    await ask(router.port, get('shop.test'));
    found = await stats('app=shop');
  }
  assert.equal(found.in_flight, 1);
  assert.deepEqual(
    found.windows.map(({ over_seconds: over }) => over),
    [10, 60, 300],
  );
  for (const window of found.windows) {
    assert.ok(window.requests <= found.windows[2].requests && window.errors <= 2, JSON.stringify(window));
    assert.ok(window.covers_seconds > 0 && window.covers_seconds <= window.over_seconds);
  }
  const [, , longest] = found.windows;
  assert.ok(longest.requests >= 10 && longest.requests_per_second > 0);
  assert.ok(longest.p50_ms! > 0 && longest.p50_ms! <= longest.p95_ms!);
  const sum = found.instances.reduce((total, { windows }) => total + windows[2].requests, 0);
  assert.equal(sum, found.windows[2].requests);
  assert.deepEqual(found.instances.map(({ instance, index }) => [instance, index]).toSorted(), [
    ['shop-0', '0'],
    ['shop-1', '1'],
  ]);
  const one = await stats('app=shop&instance=shop-1');
  assert.deepEqual(
    one.instances.map(({ instance }) => instance),
    ['shop-1'],
  );
  const nobody = await stats('app=nobody');
  assert.deepEqual([nobody.in_flight, nobody.windows[0].requests, nobody.windows[0].p50_ms], [0, 0, null]);
  assert.deepEqual(nobody.instances, []);
  await assert.rejects(stats(''), /app: needed/);
  waiting.close();
});

test('2.11 metrics have applications that are named, with their instances, and the busiest', async (t) => {
  const { router, page } = await fixture(t, { apps: ['shop'], busiest_apps: 1 });
  for (let at = 0; at < 4; at++) await ask(router.port, get('shop.test'));
  const value = (text: string, series: string): number =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')
        .at(-1) ?? Number.NaN,
    );
  const named = 'cellgate_app_instance_requests_per_second{app="shop",instance="shop-0",window="300s"}';
  let text = await page();
  while (!(value(text, named) > 0)) {
    await ask(router.port, get('shop.test'));
    await ask(router.port, get('other.test'));
    text = await page();
  }
  assert.ok(value(text, 'cellgate_app_requests_per_second{app="shop",window="300s"}') > 0, text);
  assert.ok(value(text, 'cellgate_app_requests_per_second{app="other",window="300s"}') > 0, text);
  assert.equal(value(text, 'cellgate_app_errors_per_second{app="shop",window="300s"}'), 0);
  assert.ok(value(text, 'cellgate_app_response_seconds{app="shop",window="300s",quantile="0.95"}') > 0);
  assert.equal(value(text, 'cellgate_app_requests_in_flight{app="shop"}'), 0);
  assert.doesNotMatch(text, /cellgate_app_instance_\w+\{app="other"/);
});

test('2.9 the times of all answers are a histogram in metrics, and grow', async (t) => {
  const { router, page } = await fixture(t);
  const read = (text: string, what: string): number =>
    Number(new RegExp(`^cellgate_request_seconds_${what} (\\S+)$`, 'm').exec(text)?.[1]);
  const before = read(await page(), 'count');
  for (let at = 0; at < 20; at++) await ask(router.port, get('shop.test'));
  const text = await page();
  assert.equal(read(text, 'count'), before + 20);
  assert.equal(read(text, 'bucket\\{le="\\+Inf"\\}'), before + 20);
  assert.ok(read(text, 'sum') > 0);
  const buckets = text
    .split('\n')
    .filter((line) => line.startsWith('cellgate_request_seconds_bucket{'))
    .map((line) => Number(line.split(' ').at(-1)));
  assert.equal(buckets.length, 17);
  assert.deepEqual(
    buckets,
    buckets.toSorted((a, b) => a - b),
  );
  assert.match(text, /^# TYPE cellgate_request_seconds histogram$/m);
});
