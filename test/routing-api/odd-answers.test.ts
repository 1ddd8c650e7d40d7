import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterEach, type TestContext, test } from 'vitest';
import { onPanic, type Panic } from '../../src/boundary/boundary.ts';
import { EventStream } from '../../src/routing-api/event-stream.ts';
import { HttpRoutes } from '../../src/routing-api/http-routes.ts';
import { RoutingApi } from '../../src/routing-api/routing-api.ts';
import { TcpRouteSource } from '../../src/tcp/routing-api/source.ts';
import { SILENT } from '../../src/telemetry/silent-log.ts';
import { WakingLog } from '../support/follower-fixture.ts';
import { RegistryFixture } from '../support/registry-fixture.ts';

const told: Panic[] = [];
onPanic((panic) => told.push(panic));
afterEach(() => told.splice(0));

type Answer = (response: ServerResponse) => void;

/** A routing API and a UAA that answer each path as they are told, byte for byte. */
async function peer(t: TestContext) {
  const answers = new Map<string, Answer>();
  const server = createServer();
  server.on('request', (request, response) => {
    const answer = answers.get(request.url!.split('?')[0]!);
    if (answer === undefined) response.writeHead(404).end();
    else answer(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const api = (withToken: boolean): RoutingApi => {
    const url = `http://127.0.0.1:${port}`;
    const oauth = { url, client: 'c', secret: 's', ca: '', skipValidation: true };
    const made = new RoutingApi(
      {
        url,
        ca: '',
        cert: '',
        key: '',
        oauth: withToken ? { ...oauth, retries: 0, retryInterval: 1, margin: 0 } : null,
        requestTimeout: 500,
        streamSilence: 60_000,
      },
      SILENT,
    );
    t.onTestFinished(() => made.close());
    return made;
  };
  return { answers, api };
}

function bytes(body: string | Buffer): Answer {
  return (response) => response.end(body);
}

const ROUTE = { route: 'a.test', ip: '10.0.0.1', port: 80, ttl: 60, log_guid: 'g' };
const MAPPING = { router_group_guid: 'g', port: 2000, backend_ip: '10.0.0.1', backend_port: 80, ttl: 60 };
const GROUP = { guid: 'g', name: 'n', type: 'tcp', reservable_ports: '2000-2999' };
const TAG = { modification_tag: { guid: 'm', index: 1 } };

const oddValue = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    -1,
    1.5,
    1e308,
    2 ** 53,
    '',
    '\ud800',
    '__proto__',
    { __proto__: [] },
    [[]],
    '1-',
    '1,,2',
  ),
);

function changed(item: object): fc.Arbitrary<unknown> {
  return fc
    .record({ key: fc.constantFrom(...Object.keys({ ...item, ...TAG })), value: oddValue })
    .map(({ key, value }) => ({ ...item, ...TAG, [key]: value }));
}

const item = fc.oneof(
  changed(ROUTE),
  changed(MAPPING),
  changed(GROUP),
  fc.jsonValue(),
  fc.constantFrom<unknown>(ROUTE, MAPPING, GROUP),
);
const body = fc.oneof(
  fc.array(item, { maxLength: 6 }).map((items) => Buffer.from(JSON.stringify(items))),
  fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value))),
  fc.uint8Array({ maxLength: 40 }).map((odd) => Buffer.from(odd)),
  fc
    .constantFrom(
      '',
      'null',
      '[',
      ']',
      '[null]',
      '[1e999]',
      '[{"__proto__": {"route": "a.test"}}]',
      '<html>502</html>',
      '['.repeat(100_000),
      `[${'['.repeat(50_000)}${']'.repeat(50_000)}]`,
    )
    .map((text) => Buffer.from(text)),
);

test('§7.6 no list whatever is a fault of ours, and a good one is taken after it', async (t) => {
  const { answers, api } = await peer(t);
  await fc.assert(
    fc.asyncProperty(body, body, body, async (routes, mappings, groups) => {
      const table = new RegistryFixture();
      const log = new WakingLog();
      const options = { api: api(false), syncInterval: 60_000, retryInterval: 10, log };
      const http = new HttpRoutes({ ...options, registry: table.registry });
      const ports: number[][] = [];
      const tcp = new TcpRouteSource({
        ...options,
        segments: null,
        routeExpiry: 120,
        routes: {
          register() {},
          unregister() {},
          replace(_source, all) {
            ports.push(all.map(({ port }) => port));
            return [];
          },
        },
      });
      answers.set('/routing/v1/routes', bytes(routes));
      answers.set('/routing/v1/tcp_routes', bytes(mappings));
      answers.set('/routing/v1/router_groups', bytes(groups));
      await http.follower.fetchIfPossible();
      await tcp.follower.fetchIfPossible();
      answers.set('/routing/v1/routes', bytes(JSON.stringify([ROUTE])));
      answers.set('/routing/v1/tcp_routes', bytes(JSON.stringify([MAPPING])));
      answers.set('/routing/v1/router_groups', bytes(JSON.stringify([GROUP])));
      await http.follower.fetchIfPossible();
      await tcp.follower.fetchIfPossible();
      assert.deepEqual(Object.keys(table.registry.routes()), ['a.test']);
      assert.deepEqual(ports.at(-1), [2000]);
      assert.deepEqual(told, []);
      http.follower.stop();
      tcp.follower.stop();
      options.api.close();
    }),
    { numRuns: 150 },
  );
});

const event = fc
  .record({
    name: fc.constantFrom('Upsert', 'Delete', 'Rename', '', 'upsert'),
    data: fc.oneof(
      item.map((value) => JSON.stringify(value)),
      fc.string(),
      fc.constantFrom('', '{', 'null', '1e999', '['.repeat(50_000)),
    ),
  })
  .map(({ name, data }) => `event: ${name}\ndata: ${data}\n\n`);
const odd = fc.oneof(
  event,
  fc.string({ unit: fc.constantFrom(...'\r\n: eventdataUpsertDelete{}[]"\ufeff\x00') }),
  fc.constantFrom('data\n\n', ':\n\n', 'id: 1\nretry: -1\n\n', '\n\n\n', 'event: Upsert\n\n'),
);

test('§7.6 no event whatever is a fault of ours, nor does it end the stream', async (t) => {
  const { answers, api } = await peer(t);
  const stream = (text: Buffer): Answer => {
    return (response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write(text);
    };
  };
  answers.set('/routing/v1/routes', bytes('[]'));
  await fc.assert(
    fc.asyncProperty(fc.array(odd, { maxLength: 10 }), async (texts) => {
      const table = new RegistryFixture();
      const log = new WakingLog();
      table.registry.onChange(() => log.wake());
      const made = api(false);
      const good = `\n\nevent: Upsert\ndata: ${JSON.stringify({ ...ROUTE, route: 'good.test' })}\n\n`;
      answers.set('/routing/v1/events', stream(Buffer.from(texts.join('') + good)));
      const { follower } = new HttpRoutes({
        api: made,
        registry: table.registry,
        syncInterval: 60_000,
        retryInterval: 10,
        log,
      });
      follower.start();
      await log.until(() => table.addresses('good.test')?.length === 1);
      assert.deepEqual([told, made.subscribeEventsErrors], [[], 0]);
      follower.stop();
      made.close();
    }),
    { numRuns: 150 },
  );
});

test('§7.6 events are the same whatever the pieces they come in', () => {
  fc.assert(
    fc.property(fc.array(odd), fc.integer({ min: 1, max: 9 }), (texts, length) => {
      const text = texts.join('');
      const [whole, pieces] = [new EventStream(), new EventStream()];
      const events = [];
      for (let at = 0; at < text.length; at += length) {
        const more = pieces.add(text.slice(at, at + length));
        if (more !== 'too-long') events.push(...more);
      }
      assert.deepEqual(events, whole.add(text));
    }),
  );
});

test('§5.4 no answer of the UAA whatever is a fault of ours, nor is a token taken that is none', async (t) => {
  const { answers, api } = await peer(t);
  answers.set('/routing/v1/routes', bytes('[]'));
  const token = fc
    .record({
      access_token: fc.oneof(oddValue, fc.constant('good')),
      expires_in: fc.oneof(oddValue, fc.constant(60)),
    })
    .map((answer) => Buffer.from(JSON.stringify(answer)));
  const status = fc.constantFrom(200, 200, 200, 204, 301, 400, 401, 429, 500, 503);
  await fc.assert(
    fc.asyncProperty(fc.oneof(token, body), status, async (text, code) => {
      const made = api(true);
      answers.set('/oauth/token', (response) => response.writeHead(code).end(text));
      let failure: unknown = null;
      try {
        assert.deepEqual(await made.list('/routing/v1/routes', new AbortController().signal), []);
      } catch (error) {
        failure = error;
      }
      if (failure !== null) {
        assert.equal((failure as Error).name, 'TokenError', String(failure));
        assert.equal(made.tokenFetchErrors, 1);
      }
      assert.deepEqual(told, []);
      made.close();
    }),
    { numRuns: 200 },
  );
});
