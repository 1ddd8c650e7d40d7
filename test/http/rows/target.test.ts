import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { Backend } from '../../support/backend.ts';
import { ask, get, type RawMessage, statusOf, valuesOf } from '../../support/raw-http.ts';
import { TestRouter } from '../../support/router.ts';
import { refusesHeads, rowSuite } from '../../support/row-suite.ts';

const suite = rowSuite();

/** The one request the backend got. */
async function forwarded(input: string): Promise<RawMessage> {
  const { requests } = await suite.rule.serves({ input });
  assert.equal(requests.length, 1);
  return requests[0]!;
}

/** The router's own answer; the backend got nothing. */
async function answered(input: string, status: number): Promise<RawMessage> {
  const { response, received } = await suite.rule.serves({ input, status });
  assert.equal(received, '');
  return response;
}

describe('C4 a request that does not say clearly where it goes is refused', () => {
  refusesHeads(suite, 'H');

  test('H04 H17 and no answer repeats what a browser could take for markup', async () => {
    for (const host of ['<script>alert(1)</script>', '"><img>']) {
      const response = await ask(suite.router.port, get(host));
      assert.equal(statusOf(response), 400);
      assert.doesNotMatch(response.body, /[<>"]/);
    }
    const path = await ask(suite.router.port, get('nowhere.test', '/<script>'));
    assert.doesNotMatch(path.body, /[<>"]/);
  });

  // HTTP/1.0 need not name a host and RFC 9112 lets Host be empty, so these are valid messages without a route.
  for (const [what, request] of [
    ['HTTP/1.0 without Host', 'GET / HTTP/1.0\r\n\r\n'],
    ['HTTP/1.0 with an empty Host', 'GET / HTTP/1.0\r\nHost:\r\n\r\n'],
    ['an empty Host', get('')],
    ['HTTP/1.0 with spaces for a Host', 'GET / HTTP/1.0\r\nHost:  \t\r\n\r\n'],
  ] as const) {
    test(`H02 ${what}`, async () => {
      const response = await answered(request, 400);
      assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), ['empty_host']);
    });
  }

  for (const host of ['127.0.0.1', '127.0.0.1:8081', '127.0.0.1.']) {
    test(`H05 the client's own address for a Host, as health probes send it: ${host}`, async () => {
      const response = await answered(get(host), 400);
      assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), ['empty_host']);
    });
  }
});

describe('C4 the host of a request', () => {
  for (const host of [
    'A.TeST',
    'a.test.',
    'a.test:80',
    'a.test:443',
    'a.test:8080',
    'A.test.:65535',
    'a.test:',
  ]) {
    test(`H06 ${host} is a.test, and goes on as it was spelled`, async () => {
      const request = await forwarded(get(host));
      assert.deepEqual(valuesOf(request, 'Host'), [host]);
    });
  }

  test('H06 a route registered with a dot at its end is the one without, however it is named', async () => {
    await suite.router.route('dot.test.', suite.rule.backend.port);
    for (const host of ['dot.test', 'DOT.test.', 'dot.test.:80']) {
      const request = await forwarded(get(host));
      assert.deepEqual(valuesOf(request, 'Host'), [host]);
    }
  });

  test('H06 a path beyond ASCII is found by its bytes and by their escapes', async () => {
    suite.router.register('path.test/Caf\u00e9', suite.rule.backend.port);
    await suite.router.route('behind-it.test', suite.rule.backend.port);
    for (const path of ['/caf\xc3\xa9/x', '/Caf%C3%A9', '/caf%c3%a9?\xff']) {
      assert.equal((await forwarded(get('path.test', path))).start, `GET ${path} HTTP/1.1`);
    }
    const other = get('path.test', '/caf\xe9');
    await suite.rule.serves({ input: other, status: 404 });
  });

  test('H07 in punycode is a name like any other', async () => {
    await suite.router.route('xn--bcher-kva.test', suite.rule.backend.port);
    await forwarded(get('xn--BCHER-kva.test'));
  });

  for (const target of ['http://a.test/x?y', 'HTTP://A.TEST/x?y', 'https://a.test/x?y']) {
    test(`H08 is in the target when that is absolute, and the backend gets origin form: ${target}`, async () => {
      const request = await forwarded(`GET ${target} HTTP/1.1\r\nHost: a.test\r\n\r\n`);
      assert.equal(request.start, 'GET /x?y HTTP/1.1');
      assert.deepEqual(
        valuesOf(request, 'Host').map((host) => host.toLowerCase()),
        ['a.test'],
      );
    });
  }

  for (const [target, host] of [
    ['http://a.test:80/x', 'a.test'],
    ['http://a.test/x', 'a.test:80'],
    ['https://a.test:443/x', 'A.test'],
    ['http://a.test./x', 'a.test:'],
  ]) {
    test(`§3.4 H08 is the same in the target as in Host: ${target} and ${host}`, async () => {
      const request = await forwarded(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      assert.equal(request.start, 'GET /x HTTP/1.1');
      assert.deepEqual(valuesOf(request, 'Host'), [target!.split('/')[2]]);
    });
  }

  test('H08 is in the target alone when HTTP/1.0 sends no Host', async () => {
    const request = await forwarded('GET http://a.test HTTP/1.0\r\n\r\n');
    assert.equal(request.start, 'GET / HTTP/1.1');
    assert.deepEqual(valuesOf(request, 'Host'), ['a.test']);
  });

  test('H10 is not in a target that begins with two slashes', async () => {
    const request = await forwarded(get('a.test', '//evil/x'));
    assert.equal(request.start, 'GET //evil/x HTTP/1.1');
    assert.deepEqual(valuesOf(request, 'Host'), ['a.test']);
  });

  test('H21 routes every request on a connection by itself', () =>
    suite.rule.talks(async (client) => {
      const own = await Backend.start({ onTestFinished: (stop) => client.socket.once('close', stop) });
      await suite.router.route('h21.test', own.port);
      own.requests.length = 0;
      const { backend } = suite.rule;
      const from = backend.requests.length;
      assert.equal((await client.send(get('a.test', '/1')).response()).body, 'GET /1 HTTP/1.1');
      assert.equal((await client.send(get('h21.test', '/2')).response()).body, 'ok');
      assert.equal((await client.send(get('b.test', '/3')).response()).body, 'GET /3 HTTP/1.1');
      assert.equal(statusOf(await client.send(get('nowhere.test', '/4')).response()), 404);
      assert.equal((await client.send(get('a.test', '/5')).response()).body, 'GET /5 HTTP/1.1');
      const hosts = (requests: readonly RawMessage[]) =>
        requests.flatMap((request) => valuesOf(request, 'Host'));
      assert.deepEqual(hosts(backend.requests.slice(from)), ['a.test', 'b.test', 'a.test']);
      assert.deepEqual(hosts(own.requests), ['h21.test']);
    }));
});

describe('C4 the method of a request', () => {
  test('H11 OPTIONS * goes on as it is', async () => {
    const request = await forwarded('OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n');
    assert.equal(request.start, 'OPTIONS * HTTP/1.1');
  });

  test('H11 OPTIONS of a whole server in absolute form goes on as OPTIONS *', async () => {
    const request = await forwarded('OPTIONS http://a.test HTTP/1.1\r\nHost: a.test\r\n\r\n');
    assert.equal(request.start, 'OPTIONS * HTTP/1.1');
  });

  test('§3.3 H14 CONNECT reaches nobody, whatever it names', async (t) => {
    const aim = await Backend.start(t);
    const { port } = aim;
    for (const target of [`127.0.0.1:${port}`, `localhost:${port}`, 'a.test:80', `[::1]:${port}`]) {
      const input = `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n${get('a.test', '/admin')}`;
      await suite.rule.refuses({ input, status: 501, code: 'connect_refused' });
    }
    assert.equal(aim.connections.length, 0);
  });

  test('§3.3 H15 TRACE is refused with the methods there are, and nothing is echoed', async () => {
    const input = 'TRACE /secret HTTP/1.1\r\nHost: a.test\r\nCookie: secret\r\n\r\n';
    await suite.rule.refuses({ input, status: 405, code: 'method_refused' });
    const response = await ask(suite.router.port, input);
    assert.deepEqual(valuesOf(response, 'Allow'), ['GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS']);
    assert.ok(!JSON.stringify(response).includes('secret'));
  });

  for (const target of ['/', '*']) {
    test(`H16 OPTIONS ${target} that may go no further is answered here`, async () => {
      const response = await answered(
        `OPTIONS ${target} HTTP/1.1\r\nHost: a.test\r\nMax-Forwards: 0\r\n\r\n`,
        200,
      );
      assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), []);
    });
  }

  test('H16 OPTIONS that may go on counts down, and other methods do not count', async () => {
    const hops = async (method: string, value: string) =>
      valuesOf(
        await forwarded(`${method} / HTTP/1.1\r\nHost: a.test\r\nMax-Forwards: ${value}\r\n\r\n`),
        'Max-Forwards',
      );
    assert.deepEqual(await hops('OPTIONS', '2'), ['1']);
    assert.deepEqual(await hops('OPTIONS', '0001'), ['0']);
    assert.deepEqual(await hops('GET', '0'), ['0']);
  });
});

describe('C4 a host', () => {
  test('H17 that has no route is a 404 that nobody may keep, with the host in plain text', async () => {
    const response = await answered(get("o'no&where.test"), 404);
    assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), ['unknown_route']);
    assert.deepEqual(valuesOf(response, 'Cache-Control'), ['no-cache, no-store']);
    assert.deepEqual(valuesOf(response, 'Content-Type'), ['text/plain; charset=utf-8']);
    assert.deepEqual(valuesOf(response, 'X-Content-Type-Options'), ['nosniff']);
    assert.equal(response.body, "404 Not Found: Requested route ('o'no&where.test') does not exist.\n");
  });

  for (const [status, code, config] of [
    [404, 'unknown_route', { empty_pool_response_code_503: false }],
    [503, 'no_endpoints', { empty_pool_response_code_503: true, empty_pool_timeout: '60s' }],
  ] as const) {
    test(`H18 whose endpoints have all gone is a ${status} ${code} as configured`, async (t) => {
      const router = await TestRouter.start(t, config);
      const { port } = suite.rule.backend;
      await router.route('gone.test', port);
      router.unregister('gone.test', port);
      let response = await ask(router.port, get('gone.test'));
      // A request that was on its way when they went may have lost its backend.
      while ([200, 502].includes(statusOf(response))) response = await ask(router.port, get('gone.test'));
      assert.equal(statusOf(response), status);
      assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), [code]);
    });
  }

  // Only a pinned instance that is there is asked, never another in its place.
  for (const value of ['bad', '00000000-0000-0000-0000-000000000000:0']) {
    test(`H19 is refused when X-CF-App-Instance asks for what is not there: ${value}`, async () => {
      const input = `GET / HTTP/1.1\r\nHost: a.test\r\nX-CF-App-Instance: ${value}\r\n\r\n`;
      const { requests } = await suite.rule.serves({ input, status: 400 });
      assert.deepEqual(requests, []);
    });
  }
});
