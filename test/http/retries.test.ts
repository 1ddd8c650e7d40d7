import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { ask, get, RawClient, statusOf, valuesOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

const ENDING: (() => unknown)[] = [];
const suite = { onTestFinished: (done: () => unknown) => void ENDING.unshift(done) };
let router: TestRouter;

beforeAll(async () => {
  router = await TestRouter.start(suite, { cellgate: { proxy_threads: 1 } });
});

afterAll(async () => {
  for (const done of ENDING) await done();
});

function post(host: string, body = 'data'): string {
  return `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** A port that refuses connections. */
async function deadPort(t: { onTestFinished(done: () => unknown): void }): Promise<number> {
  const backend = await Backend.start(t);
  const { port } = backend;
  await backend.stop();
  return port;
}

describe('an endpoint that cannot be reached', () => {
  test('§2.7 costs no request while another is there, bodies included', async (t) => {
    const app = await Backend.start(t, (request) => ok(request.body));
    await router.route('half.test', app.port);
    router.register('half.test', await deadPort(t));
    router.register('half.test', await deadPort(t));
    for (let i = 0; i < 20; i++) {
      assert.equal((await ask(router.port, post('half.test', `body ${i}`))).body, `body ${i}`);
    }
  });

  test('§2.6 gives 502 endpoint_failure when there is no other', async (t) => {
    router.register('dead.test', await deadPort(t));
    let response = await ask(router.port, get('dead.test'));
    while (statusOf(response) === 404) response = await ask(router.port, get('dead.test'));
    assert.equal(statusOf(response), 502);
    assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), ['endpoint_failure (dial: ECONNREFUSED)']);
    assert.equal(response.body, '502 Bad Gateway: Registered endpoint failed to handle the request.\n');
  });
});

describe('a reused connection that the application closes as the request arrives', () => {
  /** Serves the first request of each connection and closes at the second. */
  async function closingApp(t: { onTestFinished(done: () => unknown): void }): Promise<Backend> {
    const served = new Set<unknown>();
    return Backend.start(t, (request, connection) => {
      if (served.has(connection)) {
        connection.socket.destroy();
        return undefined;
      }
      served.add(connection);
      return ok(request.body || 'ok');
    });
  }

  test('is replaced without the client noticing, for a request safe to repeat', async (t) => {
    const app = await closingApp(t);
    await router.route('closing-get.test', app.port);
    const client = await RawClient.connect(router.port);
    for (let i = 0; i < 10; i++) {
      assert.equal(statusOf(await client.send(get('closing-get.test')).response()), 200);
    }
    client.close();
  });

  test('§2.6 is a 502 for a POST, which is never sent twice', async (t) => {
    const app = await closingApp(t);
    await router.route('closing-post.test', app.port);
    const client = await RawClient.connect(router.port);
    await client.send(get('closing-post.test')).response();
    app.requests.length = 0;
    const bodies = [];
    for (let i = 0; i < 6; i++) {
      const response = await client.send(post('closing-post.test', `once ${i}`)).response();
      bodies.push(statusOf(response));
    }
    assert.ok(bodies.includes(502));
    assert.ok(bodies.includes(200));
    const sent = app.requests.map((request) => request.body);
    assert.deepEqual(sent, [...new Set(sent)]);
    client.close();
  });
});

test('an idle connection on which the application says anything is not used again', async (t) => {
  const app = await Backend.start(t);
  await router.route('chatty.test', app.port);
  const client = await RawClient.connect(router.port);
  await client.send(get('chatty.test')).response();
  const { socket } = app.connections.at(-1)!;
  socket.write(ok('for someone else'));
  await app.until(() => socket.destroyed);
  assert.equal((await client.send(get('chatty.test')).response()).body, 'ok');
  client.close();
});

test('a second response glued to the first goes to nobody', async (t) => {
  const app = await Backend.start(t, () => ok('mine') + ok('stray'));
  await router.route('glued.test', app.port);
  const client = await RawClient.connect(router.port);
  for (let i = 0; i < 5; i++) {
    assert.equal((await client.send(get('glued.test')).response()).body, 'mine');
  }
  client.close();
});

test('a client that leaves takes its request to the application with it', async (t) => {
  const app = await Backend.start(t, () => undefined);
  router.register('slow.test', app.port);
  const client = await RawClient.connect(router.port);
  while (app.requests.length === 0) {
    client.send(get('slow.test'));
    await Promise.race([client.response().catch(() => null), app.until(() => app.requests.length > 0)]);
  }
  client.close();
  await app.until(() => app.openConnections === 0);
});

test('a response cut short is cut short for the client too', async (t) => {
  const app = await Backend.start(t);
  await router.route('cut.test', app.port);
  app.answer = (_, { socket }) => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n12');
  await assert.rejects(ask(router.port, get('cut.test')), /connection closed/);
  app.answer = (_, { socket }) =>
    void socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n12\r\n');
  await assert.rejects(ask(router.port, get('cut.test')), /connection closed/);
});

describe('an endpoint that takes too long', () => {
  async function requests(host: string, mode: { readonly others: boolean }, t: TestContext) {
    const slow = await TestRouter.start(t, { endpoint_timeout: '700ms', cellgate: { proxy_threads: 1 } });
    const hanging = await Backend.start(t, ({ start }) => {
      if (start.includes('/wait')) return undefined;
      return mode.others || start.includes(' / ') ? ok('hanging') : undefined;
    });
    const good = await Backend.start(t, () => ok('good'));
    await slow.route(host, hanging.port);
    const client = await RawClient.connect(slow.port);
    t.onTestFinished(() => client.close());
    const timedOut = client.send(get(host, '/wait')).response();
    await hanging.until(() => hanging.requests.some(({ start }) => start.includes('/wait')));
    if (mode.others) assert.equal((await ask(slow.port, get(host))).body, 'hanging');
    slow.register(host, good.port);
    assert.equal(statusOf(await timedOut), 502);
    const bodies = new Set<string>();
    for (let each = 0; each < 10; each++) bodies.add((await ask(slow.port, get(host))).body);
    return [...bodies].sort();
  }

  test('and answers nobody else meanwhile is passed over for a while', async (t) => {
    assert.deepEqual(await requests('hangs.test', { others: false }, t), ['good']);
  });

  test('over one request and answers others meanwhile is not', async (t) => {
    assert.deepEqual(await requests('slow.test', { others: true }, t), ['good', 'hanging']);
  });
});
