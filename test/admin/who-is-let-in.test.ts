import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { AdminDoor, SECRETS } from '../support/admin-door.ts';
import { ask, statusOf, valuesOf } from '../support/raw-http.ts';

const READER = `Authorization: Bearer ${SECRETS.reader}`;
const OPERATOR = `Authorization: Bearer ${SECRETS.operator}`;

function say(method: string, lines: readonly string[], path = '/v1/thing'): string {
  return `${method} ${path} HTTP/1.1\r\n${['Connection: close', ...lines].join('\r\n')}\r\n\r\n`;
}

async function answer(door: AdminDoor, request: string): Promise<[number, string]> {
  const message = await ask(door.port, request);
  return [statusOf(message), JSON.parse(message.body).error ?? ''];
}

describe('a request', () => {
  test('without a token is 401, and says by what one is known', async (t) => {
    const door = await AdminDoor.open(t);
    const message = await ask(door.port, say('GET', ['Host: localhost']));
    assert.equal(statusOf(message), 401);
    assert.deepEqual(valuesOf(message, 'WWW-Authenticate'), ['Bearer realm="cellgate"']);
    assert.deepEqual(Object.keys(JSON.parse(message.body)), ['error', 'detail', 'hint']);
  });

  test('with a token that is not known is 401, also beside a session that is', async (t) => {
    const door = await AdminDoor.open(t);
    const begun = await door.fetch('/v1/session', 'reader', { method: 'POST' });
    const cookie = begun.headers.get('Set-Cookie')!.split(';')[0];
    const wrong = [
      `Bearer ${SECRETS.reader}x`,
      `Bearer ${SECRETS.reader.slice(0, -1)}`,
      `Basic ${SECRETS.reader}`,
      'Bearer',
      '',
      `Bearer ${SECRETS.reader} ${SECRETS.operator}`,
    ];
    for (const authorization of wrong) {
      const lines = ['Host: localhost', `Authorization: ${authorization}`, `Cookie: ${cookie}`];
      assert.deepEqual(await answer(door, say('GET', lines)), [401, 'unknown-token'], authorization);
    }
    assert.deepEqual(await answer(door, say('GET', ['Host: localhost', `Cookie: ${cookie}`])), [200, '']);
  });

  test('of a stranger does not learn which paths there are', async (t) => {
    const door = await AdminDoor.open(t);
    for (const path of ['/v1/thing', '/v1/nothing', '/']) {
      assert.deepEqual(
        await answer(door, say('GET', ['Host: localhost'], path)),
        [401, 'unauthorized'],
        path,
      );
    }
  });

  test('without the right is 403 and changes nothing; with it, it does', async (t) => {
    const door = await AdminDoor.open(t);
    for (const method of ['PUT', 'DELETE']) {
      assert.deepEqual(await answer(door, say(method, ['Host: localhost', READER])), [403, 'no-right']);
    }
    assert.equal(door.changes, 0);
    for (const method of ['PUT', 'DELETE']) {
      assert.deepEqual(await answer(door, say(method, ['Host: localhost', OPERATOR])), [200, '']);
    }
    assert.equal(door.changes, 2);
  });
});

describe('the Host', () => {
  const own = [
    'localhost',
    'localhost:8083',
    'LOCALHOST',
    '127.0.0.1:8083',
    '127.9.9.9',
    '[::1]:1',
    'app.localhost',
  ];
  const foreign = [
    'evil.test',
    'localhost.evil.test',
    '192.0.2.1',
    'machine',
    '[::2]',
    '',
    'localhost/',
    'a b',
    'x@localhost',
  ];

  test('of loopback is one of its names and addresses, any other is 421', async (t) => {
    const door = await AdminDoor.open(t);
    for (const host of own) {
      assert.deepEqual(await answer(door, say('GET', [`Host: ${host}`, READER])), [200, ''], host);
    }
    for (const host of foreign) {
      const said = await answer(door, say('GET', [`Host: ${host}`, READER]));
      assert.deepEqual(said, [421, 'foreign-host'], host);
    }
  });

  test('must be there, and once', async (t) => {
    const door = await AdminDoor.open(t);
    assert.deepEqual(await answer(door, say('GET', [READER])), [421, 'foreign-host']);
    const twice = say('GET', ['Host: localhost', 'Host: evil.test', READER]);
    assert.deepEqual(await answer(door, twice), [421, 'foreign-host']);
  });

  test("of a listener on every address is any address, the machine's name, or loopback", async (t) => {
    for (const host of ['0.0.0.0', '::']) {
      const door = await AdminDoor.open(t, { host });
      for (const name of ['192.0.2.1:8083', '[2001:db8::1]', 'MACHINE:8083', 'localhost', '127.0.0.1']) {
        assert.deepEqual(await answer(door, say('GET', [`Host: ${name}`, READER])), [200, ''], name);
      }
      for (const name of ['evil.test', 'machine.evil.test', '192.0.2.1.evil.test']) {
        assert.deepEqual(
          await answer(door, say('GET', [`Host: ${name}`, READER])),
          [421, 'foreign-host'],
          name,
        );
      }
    }
  });

  test('of a listener on one address is that address alone', async (t) => {
    const door = await AdminDoor.open(t, { host: '192.0.2.7' });
    assert.deepEqual(await answer(door, say('GET', ['Host: 192.0.2.7:1', READER])), [200, '']);
    for (const name of ['192.0.2.8', 'localhost', '127.0.0.1']) {
      assert.deepEqual(
        await answer(door, say('GET', [`Host: ${name}`, READER])),
        [421, 'foreign-host'],
        name,
      );
    }
  });
});

describe('a page of another origin', () => {
  const foreign = [
    ['Origin: http://evil.test'],
    ['Origin: null'],
    ['Origin: http://localhost:3000'],
    ['Origin: https://localhost:8083'],
    ['Origin: http://localhost'],
    ['Sec-Fetch-Site: cross-site'],
    ['Sec-Fetch-Site: same-site'],
    ['Origin: http://localhost:8083', 'Sec-Fetch-Site: cross-site'],
  ];

  test('is refused, whatever it asks and whatever it has', async (t) => {
    const door = await AdminDoor.open(t);
    for (const lines of foreign) {
      for (const method of ['GET', 'PUT', 'OPTIONS']) {
        const said = await answer(door, say(method, ['Host: localhost:8083', OPERATOR, ...lines]));
        assert.deepEqual(said, [403, 'foreign-origin'], `${method} ${lines}`);
      }
      const begin = say('POST', ['Host: localhost:8083', OPERATOR, ...lines], '/v1/session');
      assert.deepEqual(await answer(door, begin), [403, 'foreign-origin']);
    }
    assert.equal(door.changes, 0);
  });

  test('is none that the browser says is our own, or that nothing is said of', async (t) => {
    const door = await AdminDoor.open(t);
    for (const lines of [
      [],
      ['Origin: http://localhost:8083'],
      ['Sec-Fetch-Site: same-origin'],
      ['Sec-Fetch-Site: none'],
    ]) {
      assert.deepEqual(await answer(door, say('PUT', ['Host: localhost:8083', OPERATOR, ...lines])), [
        200,
        '',
      ]);
    }
  });
});

test('nobody is let in by chance', async (t) => {
  const door = await AdminDoor.open(t);
  const secret = fc.string({ unit: fc.constantFrom(...'reado-sct0123456789 '), maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('Bearer ', 'bearer ', 'Basic ', ''), secret, async (scheme, text) => {
      if (Object.values(SECRETS).some((each) => text.trim() === each)) return;
      const lines = ['Host: localhost', `Authorization: ${scheme}${text}`];
      assert.deepEqual(await answer(door, say('GET', lines)), [401, 'unknown-token']);
    }),
    { numRuns: 100 },
  );
});
