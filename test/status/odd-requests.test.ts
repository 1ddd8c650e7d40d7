import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, type TestContext, test } from 'vitest';
import { onPanic, type Panic } from '../../src/boundary/boundary.ts';
import { lookUpUrl } from '../../src/runtime/parts/look-up-url.ts';
import { createDebugServer } from '../../src/status/debug-server.ts';
import { listen } from '../../src/status/listen.ts';
import { metricsPage } from '../../src/status/metrics-page.ts';
import type { Page } from '../../src/status/page.ts';
import { routesPage } from '../../src/status/routes-page.ts';
import { startRoutesServer } from '../../src/status/routes-server.ts';
import { createStatusServer, type StatusTls } from '../../src/status/status-server.ts';
import { RegistryFixture } from '../support/registry-fixture.ts';

const told: Panic[] = [];
onPanic((panic) => told.push(panic));
afterEach(() => told.splice(0));

const ADDRESS = { purpose: 'status', setting: 'status.port', host: '127.0.0.1', port: 0 };
const CREDENTIALS = { user: 'u', pass: 'p' };
const AUTHORIZATION = `Authorization: Basic ${Buffer.from('u:p').toString('base64')}`;

const fail = (): never => {
  throw new Error('a fault of ours');
};

async function serve(
  t: TestContext,
  pages: Readonly<Record<string, Page>>,
  tls?: StatusTls,
): Promise<number> {
  const listener = await listen(createStatusServer(pages, tls), ADDRESS);
  t.onTestFinished(() => listener.close());
  return listener.port;
}

/** Everything that comes until the connection ends. */
async function say(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  let text = '';
  socket.on('data', (more: string) => {
    text += more;
  });
  socket.on('error', () => {});
  socket.end(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  await once(socket, 'close');
  return text;
}

function get(path: string, ...lines: readonly string[]): string {
  return ['GET ' + path + ' HTTP/1.1', 'Host: localhost', 'Connection: close', ...lines, '', ''].join('\r\n');
}

describe('a page that', () => {
  const pages: Readonly<Record<string, Page>> = {
    '/throws': fail,
    '/rejects': async () => fail(),
    '/breaks': (_request, response) => {
      response.writeHead(200, { 'Content-Length': 100 }).write('begun');
      fail();
    },
    '/ends-twice': (_request, response) => {
      response.end('one');
      response.end('two');
      response.write('three');
    },
    '/metrics': metricsPage({ contentType: 'text/plain', exposition: async () => fail() }),
    '/routes': routesPage({
      lookUp: () => null,
      *routes() {
        yield '{';
        fail();
      },
    }),
    '/well': (_request, response) => {
      response.end('well');
    },
  };

  for (const path of ['/throws', '/rejects', '/metrics']) {
    test(`fails before it has said anything is a 500, and nothing else: ${path}`, async (t) => {
      const port = await serve(t, pages);
      assert.match(await say(port, get(path)), /^HTTP\/1\.1 500 /);
      assert.deepEqual(
        told.map(({ kind, again }) => [kind, again]),
        [['message', false]],
      );
      assert.match(await say(port, get('/well')), /^HTTP\/1\.1 200 .*well$/s);
    });
  }

  for (const path of ['/breaks', '/routes']) {
    test(`fails in the middle breaks off there, and nothing else: ${path}`, async (t) => {
      const port = await serve(t, pages);
      const answer = await say(port, get(path));
      assert.match(answer, /^HTTP\/1\.1 200 |^$/);
      assert.ok(!answer.endsWith('0\r\n\r\n'));
      assert.equal(told.length, 1);
      assert.match(await say(port, get('/well')), /^HTTP\/1\.1 200 .*well$/s);
    });
  }

  test('says something behind its end is as it was', async (t) => {
    const port = await serve(t, pages);
    assert.match(await say(port, get('/ends-twice')), /^HTTP\/1\.1 200 .*one$/s);
    assert.equal(told.length, 0);
  });
});

test('a client that breaks off in the middle of a level, or of the routes, is no fault of ours', async (t) => {
  const debug = await listen(
    createDebugServer({
      proxyThreads: [0],
      host: 'localhost',
      logLevel: 'info',
      profile: async () => '{}',
      heapSnapshot: async () => fail(),
    }),
    ADDRESS,
  );
  t.onTestFinished(() => debug.close());
  const half = connect(debug.port, '127.0.0.1');
  half.on('error', () => {});
  half.write(
    'PUT /log-level HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\nde',
  );
  // The request has been begun.
  await once(half, 'data');
  half.resetAndDestroy();
  await once(half, 'close');
  assert.match(await say(debug.port, get('/log-level')), /\r\ninfo\n/);
  assert.match(await say(debug.port, get('/debug/pprof/heap')), /^HTTP\/1\.1 500 /);
  assert.match(await say(debug.port, get('/debug/pprof/profile?seconds=1')), /^HTTP\/1\.1 200 /);

  const { promise: left, resolve } = Promise.withResolvers<void>();
  const port = await serve(t, {
    '/routes': routesPage({
      lookUp: () => null,
      *routes() {
        try {
          for (;;) yield 'x'.repeat(1 << 20);
        } finally {
          resolve();
        }
      },
    }),
  });
  const reader = connect(port, '127.0.0.1');
  reader.on('error', () => {});
  reader.write(get('/routes'));
  await once(reader, 'data');
  reader.resetAndDestroy();
  await left;
  assert.equal(told.length, 0);
});

test('no request whatever is a fault of ours', async (t) => {
  const table = new RegistryFixture();
  const routes = await startRoutesServer({
    port: 0,
    credentials: CREDENTIALS,
    source: {
      *routes() {
        yield '{}';
      },
      lookUp: (url) => lookUpUrl(url, table.registry),
    },
    tcpRoutes: () => ({}),
    setting: 'status.routes.port',
  });
  t.onTestFinished(() => routes.close());
  const method = fc.oneof(
    fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'CONNECT', 'OPTIONS', 'TRACE', 'PRI', 'get', 'M-SEARCH'),
    fc.string({ maxLength: 8 }),
  );
  const odd = fc.string({ unit: fc.constantFrom(...'/?=%&.\\:@#[]{}\x00\x7fé ÿab'), maxLength: 30 });
  const target = fc.oneof(
    fc.constantFrom(
      '/routes',
      '/routes/lookup',
      '/tcp_routes',
      '*',
      '__proto__',
      'http://[',
      '//',
      '/routes?%',
    ),
    odd,
    odd.map((text) => `/routes/lookup?url=${text}`),
    odd.map((text) => `/routes/lookup?url=${encodeURIComponent(`http://${text}`)}`),
  );
  const line = fc.oneof(
    fc.constantFrom(
      'Host: localhost',
      'Expect: 100-continue',
      'Expect: x',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Transfer-Encoding: chunked',
      'Content-Length: 5',
      'Content-Length: -1',
      'Authorization: Basic ',
      'Authorization: Basic ÿÿ',
      AUTHORIZATION,
    ),
    fc.string({ maxLength: 20 }),
  );
  await fc.assert(
    fc.asyncProperty(method, target, fc.array(line, { maxLength: 5 }), async (verb, path, lines) => {
      const text = [`${verb} ${path} HTTP/1.1`, 'Connection: close', AUTHORIZATION, ...lines, '', ''].join(
        '\r\n',
      );
      await say(routes.port, text);
      assert.deepEqual(told, []);
    }),
    { numRuns: 300 },
  );
  assert.match(await say(routes.port, get('/routes', AUTHORIZATION)), /^HTTP\/1\.1 200 /);
});
