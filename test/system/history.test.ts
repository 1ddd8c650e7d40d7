import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { DashboardBed } from '../support/dashboard-bed.ts';
import { ask, get, RawClient } from '../support/raw-http.ts';

const OUTCOMES = ['answered', 'client_error', 'app_error', 'gateway_error', 'refused', 'aborted'] as const;
const APP = 'outcomes.example.com';

interface Told {
  readonly series: Readonly<Record<string, readonly (number | null)[]>>;
}

test('what requests come to is in the history of the router, and of their route', async (t) => {
  const bed = await DashboardBed.start(t);
  const app = await Backend.start(t, ({ start }, { socket }) => {
    if (start.includes('/404')) return 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n';
    if (start.includes('/500')) return 'HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n';
    if (start.includes('/silent')) return undefined;
    if (start.includes('/bye')) socket.destroy();
    return start.includes('/bye') ? undefined : ok();
  });
  await bed.router.route(APP, app.port);
  for (let each = 0; each < 20; each++) {
    await ask(bed.router.port, get(APP, '/ok'));
    await ask(bed.router.port, get(APP, '/404'));
    await ask(bed.router.port, get(APP, '/500'));
    await ask(bed.router.port, get('nobody.example.com', '/'));
  }
  for (let each = 0; each < 5; each++) await ask(bed.router.port, get(APP, '/bye')).catch(() => null);
  for (let each = 0; each < 5; each++) {
    const client = await RawClient.connect(bed.router.port);
    client.send(get(APP, '/silent'));
    await app.until(() => app.requests.filter(({ start }) => start.includes('/silent')).length > each);
    client.close();
  }
  const minute = async () =>
    ((await bed.json('GET', '/v1/summary')) as { minute: Readonly<Record<string, number>> | null }).minute;
  let told = await minute();
  while (told === null || told['failed']! < 25 || told['refused']! < 20 || told['requests']! < 90) {
    told = await minute();
  }
  assert.equal(told['failed'], 25);
  const { series } = (await bed.json('GET', '/v1/history')) as Told;
  for (const name of OUTCOMES)
    assert.ok(
      series[name]!.some((value) => value! > 0),
      name,
    );
  assert.equal(series['in_flight']!.at(-1), 0);
  const route = (await bed.json('GET', `/v1/routes?route=${APP}`)) as {
    routes: { last_minute: { requests: number; failed: number } }[];
  };
  const { requests, failed } = route.routes[0]!.last_minute;
  assert.equal(failed, 25);
  // Beside those, the bed has asked whether the route is there.
  assert.ok(requests >= 70, `${requests} requests`);
});
