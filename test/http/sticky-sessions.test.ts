import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import type { StickySettings } from '../../src/http/policy/sticky.ts';
import { Backend, ok } from '../support/backend.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { type RawMessage, valuesOf } from '../support/raw-http.ts';

const STICKY: StickySettings = { cookieNames: ['JSESSIONID'], forNegotiate: false, secure: false };

/** Three instances `i0` to `i2` of one application that answers with these header lines and its name. */
async function appOf(t: TestContext, headers: string, more: Partial<StickySettings> = {}, max = 0) {
  const engine = await HttpEngine.start(t, { sticky: { ...STICKY, ...more }, maxAwaitedPerBackend: max });
  const backends = await Promise.all(
    [0, 1, 2].map((index) => Backend.start(t, () => ok(`i${index}`, headers))),
  );
  const instances = backends.map(({ port }, index) => ({ host: '127.0.0.1', port, instanceId: `i${index}` }));
  engine.routeWith({ contextPath: '/shop' }, 'app.test', ...instances);
  const client = await engine.connect();
  t.onTestFinished(() => client.close());
  const ask = (lines = ''): Promise<RawMessage> =>
    client.send(`GET / HTTP/1.1\r\nHost: app.test\r\n${lines}\r\n`).response();
  return { engine, backends, ask };
}

function cookies(response: RawMessage): string[] {
  return valuesOf(response, 'Set-Cookie').filter((line) => line.startsWith('__VCAP'));
}

describe('§2.4 a response that begins a session', () => {
  const cases: readonly [name: string, sets: string, attributes: string, memory: string][] = [
    ['without attributes', 'JSESSIONID=1', '; HttpOnly', ''],
    ['under the __Host- form of the name', '__Host-JSESSIONID=1; Secure', '; HttpOnly; Secure', 'secure'],
    [
      'with all attributes, in the order of Go',
      'JSESSIONID=1; Partitioned; SameSite=none; secure; Expires=Tue, 14 Nov 2023 22:13:20 GMT; Path=/other',
      '; Expires=Tue, 14 Nov 2023 22:13:20 GMT; HttpOnly; Secure; SameSite=None; Partitioned',
      'secure&partitioned&expires=1700000000&samesite=none',
    ],
    ['that is to be deleted', 'JSESSIONID=; Max-Age=-5', '; Max-Age=0; HttpOnly', 'maxage=-1'],
  ];
  for (const [name, sets, attributes, memory] of cases) {
    test(`${name} is tied to its instance`, async (t) => {
      const { ask } = await appOf(t, `Set-Cookie: ${sets}\r\n`);
      const response = await ask();
      assert.deepEqual(cookies(response), [
        `__VCAP_ID__=${response.body}; Path=/shop${attributes}`,
        `__VCAP_ID_META__=${memory}; Path=/shop${attributes}`,
      ]);
    });
  }

  test('for a time takes Max-Age over and remembers its end', async (t) => {
    const { ask } = await appOf(t, 'Set-Cookie: JSESSIONID=1; Max-Age=100\r\n');
    const [id, memory] = cookies(await ask());
    assert.match(id!, /; Max-Age=100; HttpOnly$/);
    const end = Number(/maxage=(\d+);/.exec(memory!)?.[1]);
    assert.ok(Math.abs(end - 100 - Date.now() / 1000) < 30, String(memory));
  });

  test('twice gets a pair for each', async (t) => {
    const { ask } = await appOf(
      t,
      'Set-Cookie: JSESSIONID=1; Secure; Partitioned\r\nSet-Cookie: JSESSIONID=; Max-Age=0\r\n',
    );
    assert.deepEqual(
      cookies(await ask()).map((line) => line.split('; ').slice(2).join(' ')),
      [
        'HttpOnly Secure Partitioned',
        'HttpOnly Secure Partitioned',
        'Max-Age=0 HttpOnly',
        'Max-Age=0 HttpOnly',
      ],
    );
  });

  test('is left alone when the application sets __VCAP_ID__ itself, or another cookie', async (t) => {
    for (const headers of [
      'Set-Cookie: JSESSIONID=1\r\nSet-Cookie: __VCAP_ID__=mine\r\n',
      'Set-Cookie: session=1\r\n',
    ]) {
      const { ask } = await appOf(t, headers);
      assert.equal(valuesOf(await ask(), 'Set-Cookie').length, headers.split('\r\n').length - 1);
    }
  });

  test('is Secure with secure_cookies', async (t) => {
    const { ask } = await appOf(t, 'Set-Cookie: JSESSIONID=1\r\n', { secure: true });
    assert.match(cookies(await ask())[0]!, /; HttpOnly; Secure$/);
  });
});

describe('§2.4 a request in a session', () => {
  test('goes to its instance and gets no cookie', async (t) => {
    const { ask } = await appOf(t, '');
    for (const name of ['JSESSIONID', '__Host-JSESSIONID']) {
      for (let i = 0; i < 6; i++) {
        const response = await ask(`Cookie: a=b; ${name}=1; __VCAP_ID__=i1\r\n`);
        assert.equal(response.body, 'i1');
        assert.deepEqual(cookies(response), []);
      }
    }
  });

  test('goes anywhere without the session cookie', async (t) => {
    const { ask } = await appOf(t, '');
    const seen = new Set<string>();
    for (let i = 0; i < 6; i++) seen.add((await ask('Cookie: __VCAP_ID__=i1\r\n')).body);
    assert.equal(seen.size, 3);
  });

  test('moves when its instance is gone, and keeps its attributes', async (t) => {
    const { ask } = await appOf(t, '');
    const plain = await ask('Cookie: JSESSIONID=1; __VCAP_ID__=gone\r\n');
    assert.deepEqual(cookies(plain), [`__VCAP_ID__=${plain.body}; Path=/shop; HttpOnly`]);
    const recalled = await ask(
      'Cookie: JSESSIONID=1; __VCAP_ID__=gone; __VCAP_ID_META__=secure&partitioned&expires=1700000000&samesite=lax\r\n',
    );
    assert.deepEqual(cookies(recalled), [
      `__VCAP_ID__=${recalled.body}; Path=/shop; Expires=Tue, 14 Nov 2023 22:13:20 GMT; HttpOnly; Secure; SameSite=Lax; Partitioned`,
    ]);
  });

  test('moves when its instance is dead', async (t) => {
    const { ask, backends } = await appOf(t, '');
    await backends[1]!.stop();
    const response = await ask('Cookie: JSESSIONID=1; __VCAP_ID__=i1\r\n');
    assert.match(response.body, /^i[02]$/);
    assert.match(cookies(response)[0]!, new RegExp(`^__VCAP_ID__=${response.body};`));
  });
});

describe('§2.4 with sticky_sessions_for_auth_negotiate', () => {
  test('a challenge ties the client to its instance for a minute', async (t) => {
    const { ask } = await appOf(t, 'WWW-Authenticate: Negotiate\r\n', { forNegotiate: true });
    const response = await ask();
    assert.deepEqual(cookies(response), [
      `__VCAP_ID__=${response.body}; Path=/shop; Max-Age=60; HttpOnly; SameSite=Strict`,
    ]);
  });

  test('an answer to it goes to its instance or nowhere', async (t) => {
    const { ask } = await appOf(t, '', { forNegotiate: true });
    const lines = 'Authorization: NEGOTIATE abc\r\nCookie: __VCAP_ID__=';
    assert.equal((await ask(`${lines}i2\r\n`)).body, 'i2');
    const lost = await ask(`${lines}gone\r\n`);
    assert.equal(lost.start, 'HTTP/1.1 502 Bad Gateway');
    assert.deepEqual(valuesOf(lost, 'X-Cf-RouterError'), ['endpoint_failure (No endpoints available)']);
  });
});
