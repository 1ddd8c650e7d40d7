import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterEach, describe, test } from 'vitest';
import { ok } from '../../src/admin/answer.ts';
import { AdminApi } from '../../src/admin/api.ts';
import { MOST_BODY, MOST_BODY_OF_STRANGERS } from '../../src/admin/json-body.ts';
import { onPanic, type Panic } from '../../src/boundary/boundary.ts';
import { AdminDoor, SECRETS } from '../support/admin-door.ts';
import { ask, RawClient, statusOf, valuesOf } from '../support/raw-http.ts';

const told: Panic[] = [];
onPanic((panic) => told.push(panic));
afterEach(() => told.splice(0));

const OPERATOR = `Authorization: Bearer ${SECRETS.operator}`;

async function errorOf(response: Response): Promise<[number, string]> {
  return [response.status, ((await response.json()) as { error: string }).error];
}

function post(
  door: AdminDoor,
  body: string | Uint8Array<ArrayBuffer>,
  type = 'application/json',
): Promise<Response> {
  return door.fetch('/v1/thing', 'operator', { method: 'POST', headers: { 'Content-Type': type }, body });
}

describe('what can be asked for', () => {
  test('is found by path, with names in it decoded, and the query apart', async (t) => {
    const door = await AdminDoor.open(t);
    const answer = await door.fetch('/v1/things/a%2Fb%20%C3%A9?q=1%202', 'reader');
    assert.deepEqual(await answer.json(), { name: 'a/b é', query: '1 2' });
    for (const path of [
      '/v1/things/',
      '/v1/things/a/b',
      '/v1/things/%ff',
      '/v1',
      '/v1/thing/',
      '//v1/thing',
    ]) {
      assert.deepEqual(await errorOf(await door.fetch(path, 'reader')), [404, 'no-such-path'], path);
    }
  });

  test('with another method is 405, with those that there are', async (t) => {
    const door = await AdminDoor.open(t);
    const cases = [
      ['PATCH', '/v1/thing', 'GET, HEAD, POST, PUT, DELETE'],
      ['OPTIONS', '/v1/thing', 'GET, HEAD, POST, PUT, DELETE'],
      ['DELETE', '/v1/things/a', 'GET, HEAD'],
      ['PUT', '/v1/session', 'GET, HEAD, POST, DELETE'],
    ] as const;
    for (const [method, path, allowed] of cases) {
      const refused = await door.fetch(path, 'operator', { method });
      assert.equal(refused.headers.get('Allow'), allowed);
      assert.deepEqual(await errorOf(refused), [405, 'wrong-method'], `${method} ${path}`);
    }
    assert.equal(door.changes, 0);
  });

  test('is not changed by GET or HEAD; HEAD is GET without a body', async (t) => {
    const door = await AdminDoor.open(t);
    const [got, head] = [
      await door.fetch('/v1/thing', 'operator'),
      await door.fetch('/v1/thing', 'operator', { method: 'HEAD' }),
    ];
    assert.equal(head.status, 200);
    assert.equal(await head.text(), '');
    assert.equal(head.headers.get('Content-Length'), got.headers.get('Content-Length'));
    assert.equal((await door.fetch('/v1/long?pieces=100', 'operator', { method: 'HEAD' })).status, 200);
    assert.equal(door.changes, 0);
    assert.deepEqual(door.audited, []);
  });

  test('written out goes before what has a name in its place, in whatever order they come', () => {
    const route = (path: string) =>
      ({ method: 'GET', path, right: 'read', handler: () => ok(path) }) as const;
    const paths = ['/v1/a/{x}', '/v1/a/b', '/v1/{y}/b'];
    fc.assert(
      fc.property(fc.shuffledSubarray(paths, { minLength: 3 }), (order) => {
        const api = new AdminApi();
        api.add(...order.map(route));
        const found = api.find('GET', '/v1/a/b');
        assert.ok('route' in found);
        assert.equal(found.route.path, '/v1/a/b');
      }),
    );
    const api = new AdminApi();
    api.add(route('/v1/a/{x}'));
    assert.throws(() => api.add(route('/v1/a/{y}')), /is there twice/);
  });
});

test('every answer keeps browsers from keeping it, framing it, and running anything in it', async (t) => {
  const door = await AdminDoor.open(t);
  const lines = (request: string) => ask(door.port, request);
  const answers = [
    await lines(`GET /v1/thing HTTP/1.1\r\nHost: localhost\r\n${OPERATOR}\r\n\r\n`),
    await lines(`GET /v1/long?pieces=1 HTTP/1.1\r\nHost: localhost\r\n${OPERATOR}\r\n\r\n`),
    await lines('GET /v1/thing HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    await lines('GET /v1/thing HTTP/1.1\r\nHost: evil.test\r\n\r\n'),
    await lines('GET /v1/thing HTTP/1.1\r\n\r\n'),
    await lines(`PUT /v1/thing HTTP/1.1\r\nHost: localhost\r\n${OPERATOR}\r\nExpect: x\r\n\r\n`),
    await lines('garbage\r\n\r\n'),
    await lines(`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`),
  ];
  assert.deepEqual(answers.map(statusOf), [200, 200, 401, 421, 421, 200, 400, 431]);
  for (const answer of answers) {
    assert.deepEqual(valuesOf(answer, 'Cache-Control'), ['no-store']);
    assert.deepEqual(valuesOf(answer, 'X-Content-Type-Options'), ['nosniff']);
    assert.deepEqual(valuesOf(answer, 'X-Frame-Options'), ['DENY']);
    assert.deepEqual(valuesOf(answer, 'Referrer-Policy'), ['no-referrer']);
    assert.deepEqual(valuesOf(answer, 'Access-Control-Allow-Origin'), []);
    const [policy = ''] = valuesOf(answer, 'Content-Security-Policy');
    assert.match(policy, /default-src 'none'.*frame-ancestors 'none'/);
    assert.equal(valuesOf(answer, 'Content-Type')[0]!.split(';')[0], 'application/json');
  }
});

describe('a body', () => {
  test('is one JSON object in UTF-8, named as such', async (t) => {
    const door = await AdminDoor.open(t);
    const taken = await post(door, '{"a": "é"}', 'application/json; charset=utf-8');
    assert.deepEqual(await taken.json(), { a: 'é', changed: true });
    for (const body of [
      '{"a": 1',
      '[1]',
      '"text"',
      'null',
      '1',
      '{a: 1}',
      "{'a': 1}",
      '{} {}',
      '\ufeff{}',
      '{"a": NaN}',
      ' ',
    ]) {
      assert.deepEqual(await errorOf(await post(door, body)), [400, 'bad-body'], body);
    }
    const broken = Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    assert.deepEqual(await errorOf(await post(door, broken)), [400, 'bad-body']);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', '']) {
      assert.deepEqual(await errorOf(await post(door, '{}', type)), [415, 'no-json'], type);
    }
    assert.equal(door.changes, 1);
  });

  test('is not quoted when it is wrong', async (t) => {
    const door = await AdminDoor.open(t);
    const refused = await post(door, '{"token": "hunter2-hunter2-hunter2" oops');
    assert.equal(refused.status, 400);
    assert.doesNotMatch(await refused.text(), /hunter2/);
    assert.doesNotMatch(JSON.stringify(door.log.lines), /hunter2/);
  });

  test('of 64 KiB is taken, a longer one is 413, whether it says so or not', async (t) => {
    const door = await AdminDoor.open(t);
    const most = JSON.stringify({ a: 'x'.repeat(MOST_BODY - 8) });
    assert.equal(most.length, MOST_BODY);
    assert.equal((await post(door, most)).status, 200);
    const head = `POST /v1/thing HTTP/1.1\r\nHost: localhost\r\n${OPERATOR}\r\nContent-Type: application/json\r\n`;
    const stated = await RawClient.connect(door.port);
    t.onTestFinished(() => stated.close());
    stated.send(`${head}Content-Length: 1000000000000\r\n\r\n`);
    assert.equal(statusOf(await stated.response()), 413);
    await stated.closed;
    const chunked = await RawClient.connect(door.port);
    t.onTestFinished(() => chunked.close());
    chunked.send(`${head}Transfer-Encoding: chunked\r\n\r\n`);
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    for (let sent = 0; sent < 5; sent++) chunked.send(chunk);
    assert.equal(statusOf(await chunked.response()), 413);
    await chunked.closed;
    assert.equal(door.changes, 1);
  });

  test('of a stranger is 2 KiB at most, since what it holds is not yet worth the work', async (t) => {
    const door = await AdminDoor.open(t);
    const begin = (length: number, as?: 'reader') =>
      door.fetch('/v1/session', as, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: `{"code":${'['.repeat(length / 2 - 5)}${']'.repeat(length / 2 - 5)} }`,
      });
    assert.deepEqual(await errorOf(await begin(MOST_BODY_OF_STRANGERS)), [400, 'bad-body']);
    assert.deepEqual(await errorOf(await begin(MOST_BODY_OF_STRANGERS + 2)), [413, 'body-too-large']);
    assert.deepEqual(await errorOf(await begin(MOST_BODY, 'reader')), [400, 'bad-body']);
  });

  test('is not even read of who may not send it', async (t) => {
    const door = await AdminDoor.open(t);
    const client = await RawClient.connect(door.port);
    t.onTestFinished(() => client.close());
    client.send('PUT /v1/thing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n');
    assert.equal(statusOf(await client.response()), 401);
    await client.closed;
  });
});

describe('a fault of ours', () => {
  test('is a 500 that says nothing of it, and costs nothing else', async (t) => {
    const door = await AdminDoor.open(t);
    assert.deepEqual(await errorOf(await door.fetch('/v1/broken', 'operator', { method: 'POST' })), [
      500,
      'own-fault',
    ]);
    assert.deepEqual(await errorOf(await door.fetch('/v1/broken', 'reader')), [500, 'own-fault']);
    assert.deepEqual(
      told.map(({ kind, again }) => [kind, again]),
      [
        ['message', false],
        ['message', false],
      ],
    );
    assert.equal((await door.fetch('/v1/thing', 'reader')).status, 200);
    assert.deepEqual(door.audited, [
      { who: 'operator', by: 'token', what: 'POST /v1/broken', outcome: 'own-fault', status: 500 },
    ]);
  });

  test('is an answer that cannot be written, and what it tells of is audited once, as done', async (t) => {
    const door = await AdminDoor.open(t);
    const refused = await door.fetch('/v1/unwritable', 'operator', { method: 'POST' });
    assert.deepEqual(await errorOf(refused), [500, 'own-fault']);
    assert.equal(told.length, 1);
    assert.equal(door.changes, 1);
    assert.deepEqual(door.audited, [
      { who: 'operator', by: 'token', what: 'POST /v1/unwritable', outcome: 'done', status: 200 },
    ]);
  });

  test('in the middle of an answer breaks it off there', async (t) => {
    const door = await AdminDoor.open(t);
    await assert.rejects(async () => (await door.fetch('/v1/breaks', 'reader')).text());
    assert.equal(told.length, 1);
    assert.equal((await door.fetch('/v1/thing', 'reader')).status, 200);
  });

  test('is an answer too long to be given at once', async (t) => {
    const door = await AdminDoor.open(t);
    assert.deepEqual(await errorOf(await door.fetch('/v1/large', 'reader')), [500, 'answer-too-long']);
  });
});

test('the audit log has every change, and what was kept from being one', async (t) => {
  const door = await AdminDoor.open(t);
  await door.fetch('/v1/thing', 'operator', { method: 'PUT' });
  await door.fetch('/v1/thing?secret=hunter2', 'reader', { method: 'DELETE' });
  await post(door, '{"password": "hunter2"}');
  await post(door, 'hunter2');
  await door.fetch(`/v1/${'x'.repeat(1000)}`, 'operator', { method: 'PUT' });
  await door.fetch('/v1/thing', undefined, { method: 'PUT' });
  const entries = door.audited as { who: string; what: string; outcome: string; status: number }[];
  assert.deepEqual(
    entries.map(({ who, what, outcome, status }) => [who, what.slice(0, 20), outcome, status]),
    [
      ['operator', 'PUT /v1/thing', 'done', 200],
      ['reader', 'DELETE /v1/thing', 'no-right', 403],
      ['operator', 'POST /v1/thing', 'done', 200],
      ['operator', 'POST /v1/thing', 'bad-body', 400],
      ['operator', `PUT /v1/${'x'.repeat(12)}`, 'no-such-path', 404],
    ],
  );
  assert.ok(entries.every(({ what }) => what.length <= 210));
  assert.doesNotMatch(JSON.stringify(door.log.lines), /hunter2/);
});

test('no request whatever is a fault of ours, or changes anything for a stranger', async (t) => {
  const door = await AdminDoor.open(t);
  const method = fc.oneof(
    fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'CONNECT', 'PRI', 'get'),
    fc.string({ maxLength: 6 }),
  );
  const odd = fc.string({ unit: fc.constantFrom(...'/?=%&.\\:@#[]{}\x00\x7fé ÿab'), maxLength: 20 });
  const target = fc.oneof(
    fc.constantFrom(
      '/v1/thing',
      '/v1/session',
      '/v1/things/%',
      '*',
      'http://localhost/v1/thing',
      '/__proto__',
      '/v1/things/{name}',
    ),
    odd,
    odd.map((text) => `/v1/things/${text}`),
  );
  const line = fc.oneof(
    fc.constantFrom(
      'Host: localhost',
      'Expect: 100-continue',
      'Expect: x',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Transfer-Encoding: chunked',
      'Content-Length: 5',
      'Content-Length: -1',
      'Content-Type: application/json',
      'Cookie: ;=;;cellgate-8083',
      'Cookie: cellgate-8083=x',
      'Origin: null',
      'Authorization: Bearer ÿ',
    ),
    fc.string({ maxLength: 20 }),
  );
  await fc.assert(
    fc.asyncProperty(method, target, fc.array(line, { maxLength: 6 }), async (verb, path, lines) => {
      const socket = await door.connect();
      const closed = new Promise((resolve) => socket.on('close', resolve));
      socket.resume();
      socket.end(
        Buffer.from(
          [`${verb} ${path} HTTP/1.1`, 'Connection: close', ...lines, '', '{"a"'].join('\r\n'),
          'latin1',
        ),
      );
      await closed;
      assert.deepEqual(told, []);
    }),
    { numRuns: 300 },
  );
  assert.equal(door.changes, 0);
  assert.equal((await door.fetch('/v1/thing', 'reader')).status, 200);
});
