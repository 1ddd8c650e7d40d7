import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { type AdminClues, findAdmin } from '../../src/cli/admin-address.ts';
import { userStateFolder } from '../../src/cli/state-folder.ts';

const LEFT = { url: 'http://127.0.0.1:8083', token: 'left-token' };

function find(clues: Partial<AdminClues>) {
  const readFile = (path: string): string => {
    if (path === 'token.txt') return 'file-token\n';
    throw Object.assign(new Error(), { code: 'ENOENT' });
  };
  return findAdmin({ admin: null, token: null, env: {}, left: null, readFile, ...clues });
}

describe('the admin address of a command', () => {
  test('is what the options say, else the environment, else what a router has left', () => {
    const env = { CELLGATE_ADMIN: 'http://env.test:1', CELLGATE_TOKEN: 'env-token' };
    const option = { admin: 'https://option.test', token: 'option-token' };
    const named = (url: string, token: string | null) => ({ kind: 'url', url, token });
    assert.deepEqual(find({ ...option, env, left: LEFT }), named('https://option.test', 'option-token'));
    assert.deepEqual(find({ env, left: LEFT }), named('http://env.test:1', 'env-token'));
    assert.deepEqual(find({ left: LEFT }), named(LEFT.url, LEFT.token));
    assert.deepEqual(
      find({ env: { CELLGATE_TOKEN: 'env-token' }, left: LEFT }),
      named(LEFT.url, 'env-token'),
    );
    assert.deepEqual(find({ admin: 'unix:/run/a.sock', env, left: LEFT }), {
      kind: 'socket',
      path: '/run/a.sock',
    });
    assert.equal(find({}), null);
  });

  test('gets the token that a router has left only if it is that router', () => {
    const token = (admin: string) => (find({ admin, left: LEFT }) as { token: string | null }).token;
    assert.equal(token('http://127.0.0.1:8083/'), LEFT.token);
    for (const other of ['http://127.0.0.1:8084', 'https://127.0.0.1:8083', 'http://evil.test']) {
      assert.equal(token(other), null);
    }
  });

  test('is that router by whatever way its port is written, and none where what lies there is no address', () => {
    for (const [url, admin] of [
      ['http://127.0.0.1:80', 'http://127.0.0.1'],
      ['https://127.0.0.1:443', 'https://127.0.0.1:443'],
    ] as const) {
      const left = { url, token: 'left-token' };
      for (const clues of [{ left }, { left, admin }]) {
        assert.equal((find(clues) as { token: string | null }).token, 'left-token');
      }
    }
    for (const url of ['', 'nonsense', 'ftp://127.0.0.1', 'http://127.0.0.1:99999']) {
      assert.equal(find({ left: { url, token: 'left-token' } }), null);
    }
  });

  test('gets the token in a file', () => {
    assert.deepEqual(find({ token: '@token.txt', left: LEFT }), {
      kind: 'url',
      url: LEFT.url,
      token: 'file-token',
    });
    const missing = find({ env: { CELLGATE_TOKEN: '@missing' }, left: LEFT });
    assert.deepEqual(missing, {
      kind: 'usage-error',
      message: 'the file of the token, missing, cannot be read (ENOENT)',
    });
  });

  test('is one of three kinds, and what is none is not repeated', () => {
    for (const admin of [
      'localhost:8083',
      'ftp://a',
      'http://u:hunter2@a',
      'http://a/path',
      'http://a?hunter2',
      'unix:',
      'hunter2',
    ]) {
      const found = find({ admin });
      assert.ok(found?.kind === 'usage-error', admin);
      assert.equal(found.message, 'option "--admin" needs http://HOST:PORT, https://HOST:PORT or unix:PATH');
    }
    const env = { CELLGATE_ADMIN: 'hunter2' };
    assert.match((find({ env }) as { message: string }).message, /^CELLGATE_ADMIN needs http/);
    assert.equal(find({ admin: 'http://a', token: 'a b' })?.kind, 'usage-error');
  });
});

test("state lies where CELLGATE_STATE_DIR says, else in the user's state folder", () => {
  const home = () => '/home/u';
  const none = (): string => {
    throw new Error('ENOENT');
  };
  const folder = (env: Record<string, string>, of = home) => userStateFolder({ env, home: of });
  assert.equal(folder({ CELLGATE_STATE_DIR: '/a', XDG_STATE_HOME: '/b' }), '/a');
  assert.equal(folder({ CELLGATE_STATE_DIR: '', XDG_STATE_HOME: '/b' }), '/b/cellgate');
  assert.equal(folder({ XDG_STATE_HOME: 'relative' }), '/home/u/.local/state/cellgate');
  assert.equal(folder({}), '/home/u/.local/state/cellgate');
  assert.equal(folder({}, none), null);
  assert.equal(
    folder({}, () => ''),
    null,
  );
});
