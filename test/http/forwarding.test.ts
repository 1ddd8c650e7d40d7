import assert from 'node:assert/strict';
import { afterAll, beforeAll, beforeEach, describe, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { ask, get, RawClient, statusOf, valuesOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

const ENDING: (() => unknown)[] = [];
const suite = { onTestFinished: (done: () => unknown) => void ENDING.unshift(done) };
let router: TestRouter;
let app: Backend;

beforeAll(async () => {
  router = await TestRouter.start(suite);
  app = await Backend.start(suite);
  await router.route('app.test', app.port, {
    app: 'the-app',
    private_instance_id: 'instance-1',
    private_instance_index: '3',
  });
});

beforeEach(() => {
  app.answer = () => ok();
  app.requests.length = 0;
});

afterAll(async () => {
  for (const done of ENDING) await done();
});

describe('a request', () => {
  test('§3.4 reaches the application with its target, header order, case and duplicates unchanged', async () => {
    await ask(
      router.port,
      'GET /A%2fb//c?x=1&&y HTTP/1.1\r\nHost: app.test\r\nx-lower: 1\r\nX-UPPER:  2 \r\nx-lower: 3\r\nAccept: */*\r\n\r\n',
    );
    const [request] = app.requests;
    assert.equal(request!.start, 'GET /A%2fb//c?x=1&&y HTTP/1.1');
    assert.deepEqual(request!.lines.slice(0, 5), [
      'Host: app.test',
      'x-lower: 1',
      'X-UPPER: 2',
      'x-lower: 3',
      'Accept: */*',
    ]);
  });

  test('§3.4 tells the application who asked, when, and which instance it is', async () => {
    const before = Date.now();
    await ask(router.port, get('app.test').replace('\r\n\r\n', '\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n'));
    const [request] = app.requests;
    assert.deepEqual(valuesOf(request!, 'X-Forwarded-For'), ['1.2.3.4, 127.0.0.1']);
    assert.deepEqual(valuesOf(request!, 'X-Forwarded-Proto'), ['http']);
    assert.deepEqual(valuesOf(request!, 'X-CF-ApplicationID'), ['the-app']);
    assert.deepEqual(valuesOf(request!, 'X-CF-InstanceIndex'), ['3']);
    assert.deepEqual(valuesOf(request!, 'X-CF-InstanceID'), ['instance-1']);
    assert.match(valuesOf(request!, 'X-Vcap-Request-Id')[0]!, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const started = Number(valuesOf(request!, 'X-Request-Start')[0]);
    assert.ok(started >= before - 5 && started <= Date.now() + 5, `${started}`);
  });

  test('with a body of known length is streamed, byte for byte', async () => {
    const body = 'x'.repeat(300_000);
    app.answer = (request) => ok(String(request.body === body));
    const response = await ask(
      router.port,
      `POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    assert.equal(response.body, 'true');
    assert.deepEqual(valuesOf(app.requests[0]!, 'Content-Length'), ['300000']);
  });

  test('§3.9 announces its trailers, where it may have some', async () => {
    const post = 'POST / HTTP/1.1\r\nHost: app.test\r\nTrailer: X-Sum\r\n';
    await ask(router.port, `${post}Transfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: 0\r\n\r\n`);
    await ask(router.port, `${post}Content-Length: 0\r\n\r\n`);
    assert.deepEqual(
      app.requests.map((request) => valuesOf(request, 'Trailer')),
      [['X-Sum'], []],
    );
  });

  test('§3.9 with a chunked body is re-encoded, extensions left out, trailers kept', async () => {
    await ask(
      router.port,
      'POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n' +
        '3;name=value\r\nabc\r\n0005\r\ndefgh\r\n0\r\nX-Sum: 8\r\nHost: evil\r\n\r\n',
    );
    const [request] = app.requests;
    assert.equal(request!.body, 'abcdefgh');
    assert.deepEqual(request!.trailers, ['X-Sum: 8']);
    assert.ok(app.received.includes('8\r\nabcdefgh\r\n0\r\nX-Sum: 8\r\n\r\n'));
  });

  test('in absolute form goes out in origin form', async () => {
    await ask(router.port, 'GET http://app.test/path?q HTTP/1.1\r\nHost: app.test\r\n\r\n');
    assert.equal(app.requests[0]!.start, 'GET /path?q HTTP/1.1');
  });
});

describe('a response', () => {
  test('comes back with its status, reason and headers unchanged, and a request id', async () => {
    app.answer = () =>
      'HTTP/1.1 201 Well Done\r\nServer: me\r\nset-cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok';
    const response = await ask(router.port, get('app.test'));
    assert.equal(response.start, 'HTTP/1.1 201 Well Done');
    assert.deepEqual(response.lines.slice(0, 3), ['Server: me', 'set-cookie: a=1', 'Set-Cookie: b=2']);
    assert.equal(valuesOf(response, 'X-Vcap-Request-Id').length, 1);
    assert.equal(valuesOf(response, 'Date').length, 1);
    assert.equal(response.body, 'ok');
  });

  test('§3.9 announces its trailers, but to HTTP/1.0, which gets none', async () => {
    app.answer = () =>
      'HTTP/1.1 200 OK\r\nTrailer: X-T\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\nX-T: 1\r\n\r\n';
    const response = await ask(router.port, get('app.test'));
    assert.deepEqual([valuesOf(response, 'Trailer'), response.trailers], [['X-T'], ['X-T: 1']]);
    const old = await ask(router.port, 'GET / HTTP/1.0\r\nHost: app.test\r\n\r\n');
    assert.deepEqual(valuesOf(old, 'Trailer'), []);
  });

  test('that is chunked is re-encoded, trailers kept', async () => {
    app.answer = () =>
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n1\r\n!\r\n0\r\nX-T: 1\r\n\r\n';
    const response = await ask(router.port, get('app.test'));
    assert.equal(response.body, 'hello!');
    assert.deepEqual(response.trailers, ['X-T: 1']);
  });

  test('that ends with its connection is relayed in chunks', async () => {
    app.answer = (_, { socket }) => void socket.end('HTTP/1.0 200 OK\r\nServer: old\r\n\r\nuntil the end');
    const response = await ask(router.port, get('app.test'));
    assert.equal(response.body, 'until the end');
    assert.deepEqual(valuesOf(response, 'Transfer-Encoding'), ['chunked']);
  });

  test('to HEAD announces a length and has no body', async () => {
    app.answer = () => 'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n';
    const client = await RawClient.connect(router.port);
    const head = await client.send('HEAD / HTTP/1.1\r\nHost: app.test\r\n\r\n').response(true);
    assert.deepEqual(valuesOf(head, 'Content-Length'), ['5000']);
    app.answer = () => ok('next');
    assert.equal((await client.send(get('app.test')).response()).body, 'next');
    client.close();
  });

  test('§3.9 of 1xx is passed on before the final one', async () => {
    app.answer = () => `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok()}`;
    const client = await RawClient.connect(router.port);
    const hints = await client.send(get('app.test')).response();
    assert.equal(hints.start, 'HTTP/1.1 103 Early Hints');
    assert.equal(statusOf(await client.response()), 200);
    client.close();
  });

  test('to an HTTP/1.0 client is never chunked', async () => {
    app.answer = () => 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n';
    const client = await RawClient.connect(router.port);
    client.send('GET / HTTP/1.0\r\nHost: app.test\r\n\r\n');
    const response = await client.closed.then(() => client.response());
    assert.deepEqual(valuesOf(response, 'Transfer-Encoding'), []);
    assert.equal(response.body, 'hello');
  });
});

describe('connections', () => {
  test('§2.10 to the application are reused, the one used last first', async () => {
    const client = await RawClient.connect(router.port);
    await client.send(get('app.test')).response();
    const before = app.connections.length;
    for (let i = 0; i < 5; i++) await client.send(get('app.test')).response();
    assert.equal(app.connections.length, before);
    client.close();
  });

  test('of a client carry pipelined requests, answered in order', async () => {
    app.answer = (request) => ok(request.start.split(' ')[1]!);
    const client = await RawClient.connect(router.port);
    client.send(get('app.test', '/1') + get('nope.test') + get('app.test', '/2'));
    assert.equal((await client.response()).body, '/1');
    assert.equal(statusOf(await client.response()), 404);
    assert.equal((await client.response()).body, '/2');
    client.close();
  });

  test('are closed after the response when the client asks for it', async () => {
    const client = await RawClient.connect(router.port);
    client.send(get('app.test').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    const response = await client.response();
    assert.deepEqual(valuesOf(response, 'Connection'), ['close']);
    assert.equal(await client.closed, 'end');
  });

  test('of an HTTP/1.0 client stay open when it asks for it', async () => {
    const client = await RawClient.connect(router.port);
    const request = 'GET / HTTP/1.0\r\nHost: app.test\r\nConnection: keep-alive\r\n\r\n';
    assert.deepEqual(valuesOf(await client.send(request).response(), 'Connection'), ['keep-alive']);
    assert.equal(statusOf(await client.send(request).response()), 200);
    client.close();
  });
});

describe('the router answers itself', () => {
  const cases: [string, string, number, string, string][] = [
    [
      'an unknown route',
      get('nope.test'),
      404,
      'unknown_route',
      "404 Not Found: Requested route ('nope.test') does not exist.\n",
    ],
    [
      'an empty Host',
      'GET / HTTP/1.1\r\nHost:\r\n\r\n',
      400,
      'empty_host',
      '400 Bad Request: Request had empty Host header\n',
    ],
    [
      'its own address as Host',
      get('127.0.0.1'),
      400,
      'empty_host',
      '400 Bad Request: Request had empty Host header\n',
    ],
  ];
  for (const [what, request, status, code, body] of cases) {
    test(`§3.3 ${what} with ${status} ${code}`, async () => {
      const response = await ask(router.port, request);
      assert.equal(statusOf(response), status);
      assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), [code]);
      assert.equal(response.body, body);
      assert.equal(app.requests.length, 0);
    });
  }

  test('§2.9 a route without endpoints with 503 no_endpoints, or 404 as configured', async (t) => {
    const patient = await TestRouter.start(t, { empty_pool_timeout: '60s' });
    await patient.route('gone.test', app.port);
    patient.unregister('gone.test', app.port);
    let response = await ask(patient.port, get('gone.test'));
    // One whose connection is being made at that moment finds its backend gone, which is a 502.
    while ([200, 502].includes(statusOf(response))) response = await ask(patient.port, get('gone.test'));
    assert.equal(statusOf(response), 503);
    assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), ['no_endpoints']);
    assert.deepEqual(valuesOf(response, 'Cache-Control'), ['public,max-age=2']);
  });
});
