import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'vitest';
import { AdminApi, type AdminRequest } from '../../../src/admin/api.ts';
import { DecisionsFile } from '../../../src/decisions/decisions-file.ts';
import { FileStore } from '../../../src/decisions/file-store.ts';
import { LatestDecisions } from '../../../src/decisions/latest-decisions.ts';
import { readSplit } from '../../../src/routing/split.ts';
import { affected } from '../../../src/runtime/endpoints/affected.ts';
import { orderKey } from '../../../src/runtime/endpoints/endpoint-order.ts';
import { EndpointOrdersPart } from '../../../src/runtime/parts/endpoint-orders.ts';
import { temporaryDirectory } from '../../support/cellgate-process.ts';
import { LogLines, RegistryFixture, routeMessage } from '../../support/registry-fixture.ts';

const ROUTE = 'shop.test';
const BLUE = '10.0.0.1:80';
const GREEN = '10.0.0.2:80';

function shop(): RegistryFixture {
  const fixture = new RegistryFixture();
  const { registry } = fixture;
  registry.register(routeMessage({ uris: [ROUTE], host: '10.0.0.1', appId: 'blue', instanceId: 'b0' }));
  registry.register(routeMessage({ uris: [ROUTE], host: '10.0.0.2', appId: 'green', instanceId: 'g0' }));
  return fixture;
}

async function opened(t: TestContext) {
  const log = new LogLines();
  const file = new DecisionsFile(join(temporaryDirectory(t), 'state'), log);
  const store = new FileStore({ file, latest: new LatestDecisions(), log, now: () => 1 });
  await store.open();
  t.onTestFinished(() => store.close());
  const api = new AdminApi();
  const { registry } = shop();
  const part = new EndpointOrdersPart({ registry, api, store: () => store, tell: () => {}, log });
  const ask = async (method: string, path: string, body: object = {}): Promise<object> => {
    const found = api.find(method, path);
    if (!('route' in found)) return found;
    const { route, parameters } = found;
    const caller = { kind: 'token', principal: { name: 'alice' } };
    const request = { parameters, body, caller, ifMatch: null, query: new URLSearchParams() };
    return await route.handler(request as unknown as AdminRequest);
  };
  return { store, part, ask, log };
}

describe('2.11 an order about an endpoint', () => {
  test('takes the last endpoint from a route also where those that are left have no weight', async () => {
    const { registry } = shop();
    const last = async (name: string) => (await affected(registry.view, registry.orders, name, '')).emptied;
    assert.deepEqual(await last(BLUE), []);
    const arms = [
      { selector: 'app:blue', weight: 10_000 },
      { selector: 'rest', weight: 0 },
    ];
    const read = readSplit({ arms }, ROUTE);
    assert.ok(read.ok);
    registry.setSplit(ROUTE, read.split);
    assert.deepEqual(await last(BLUE), [ROUTE]);
    assert.deepEqual(await last('b0'), [ROUTE]);
    assert.deepEqual(await last(GREEN), [], 'it gets nothing that another would have to take');
    registry.setSplit(ROUTE, null);
    assert.deepEqual(await last(BLUE), []);
  });

  test('that has been over for long is gone from the store', async (t) => {
    const { store, part } = await opened(t);
    const value = { endpoint: BLUE, route: '', order: 'drain', until: 1 };
    const gone = Promise.withResolvers<void>();
    assert.equal((await store.put(orderKey(BLUE, ''), value, 'alice', 0)).outcome, 'ok');
    store.watch((entry) => {
      if (entry.value === null) gone.resolve();
    });
    part.start();
    t.onTestFinished(() => part.stop());
    await gone.promise;
    assert.deepEqual(store.current(), []);
  });

  test('of which the end is no time of a date is passed over, and the others are told', async (t) => {
    const { store, ask } = await opened(t);
    const order = { endpoint: BLUE, route: '', order: 'drain', until: null };
    await store.put(orderKey(BLUE, ''), order, 'alice', 0);
    await store.put(orderKey(GREEN, ''), { ...order, endpoint: GREEN, until: 1e300 }, 'alice', 0);
    const { pieces } = (await ask('GET', '/v1/orders')) as { pieces: Iterable<string> };
    const { orders } = JSON.parse([...pieces].join('')) as { orders: { endpoint: string }[] };
    assert.deepEqual(
      orders.map(({ endpoint }) => endpoint),
      [BLUE],
    );
  });

  test('about an endpoint with a blank is refused: it would be one about a route', async (t) => {
    const { store, ask } = await opened(t);
    const wish = { order: 'hold', force: true };
    const refused = await ask('PUT', `/v1/endpoints/${encodeURIComponent(`${BLUE} ${ROUTE}`)}/order`, wish);
    assert.match(JSON.stringify(refused), /endpoint: allowed: HOST:PORT or an instance id, without blanks/);
    assert.deepEqual(store.current(), []);
  });
});
