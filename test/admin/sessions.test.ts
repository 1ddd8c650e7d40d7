import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { CODE_LIFE_MS } from '../../src/admin/one-time-codes.ts';
import { MOST_SESSIONS, SESSION_SECONDS } from '../../src/admin/sessions.ts';
import { AdminDoor, SECRETS } from '../support/admin-door.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const LOCAL = { name: 'local', rights: ['read', 'operate'] } as const;

function begin(door: AdminDoor, body: object): Promise<Response> {
  return door.fetch('/v1/session', undefined, {
    method: 'POST',
    headers: JSON_TYPE,
    body: JSON.stringify(body),
  });
}

function cookieOf(response: Response): string {
  return response.headers.get('Set-Cookie')!.split(';')[0]!;
}

async function errorOf(response: Response): Promise<[number, string]> {
  return [response.status, ((await response.json()) as { error: string }).error];
}

function withCookie(door: AdminDoor, cookie: string, path = '/v1/whoami', options: RequestInit = {}) {
  return door.fetch(path, undefined, {
    ...options,
    headers: { Cookie: cookie, ...(options.headers as Record<string, string>) },
  });
}

describe('a one-time code', () => {
  test('makes a session, whose cookie no script and no other site gets', async (t) => {
    const door = await AdminDoor.open(t);
    const begun = await begin(door, { code: door.codes.mint(LOCAL) });
    assert.equal(begun.status, 200);
    assert.deepEqual(await begun.json(), { ...LOCAL, seconds: 43_200 });
    const attributes = begun.headers.get('Set-Cookie')!.split('; ').slice(1).toSorted();
    assert.deepEqual(attributes, ['HttpOnly', 'Max-Age=43200', 'Path=/', 'SameSite=Strict']);
    const who = await withCookie(door, cookieOf(begun));
    assert.deepEqual(await who.json(), { ...LOCAL, by: 'session' });
  });

  test('works once', async (t) => {
    const door = await AdminDoor.open(t);
    const code = door.codes.mint(LOCAL);
    assert.equal((await begin(door, { code })).status, 200);
    assert.deepEqual(await errorOf(await begin(door, { code })), [401, 'wrong-code']);
  });

  test('works for ten minutes', async (t) => {
    const door = await AdminDoor.open(t);
    const [early, late] = [door.codes.mint(LOCAL), door.codes.mint(LOCAL)];
    door.now = CODE_LIFE_MS - 1;
    assert.equal((await begin(door, { code: early })).status, 200);
    door.now = CODE_LIFE_MS;
    assert.deepEqual(await errorOf(await begin(door, { code: late })), [401, 'wrong-code']);
  });

  test('works once though two ask with it at the same time', async (t) => {
    const door = await AdminDoor.open(t);
    const code = door.codes.mint(LOCAL);
    const both = await Promise.all([begin(door, { code }), begin(door, { code })]);
    assert.deepEqual(both.map(({ status }) => status).toSorted(), [200, 401]);
  });
});

describe('a session', () => {
  test('is begun with a token too, in the body or in the header', async (t) => {
    const door = await AdminDoor.open(t);
    assert.equal((await begin(door, { token: SECRETS.reader })).status, 200);
    const begun = await door.fetch('/v1/session', 'operator', { method: 'POST' });
    const who = (await (await withCookie(door, cookieOf(begun))).json()) as { name: string };
    assert.equal(who.name, 'operator');
    for (const body of [{ token: 'wrong' }, { code: SECRETS.reader }, {}]) {
      assert.deepEqual(await errorOf(await begin(door, body)), [401, 'wrong-code']);
    }
    for (const body of [{ token: 1 }, { code: null }, { cod: 'x' }, { token: 'x'.repeat(600) }]) {
      assert.deepEqual(await errorOf(await begin(door, body)), [400, 'bad-body']);
    }
  });

  test('has the rights of who began it', async (t) => {
    const door = await AdminDoor.open(t);
    const cookie = cookieOf(await door.fetch('/v1/session', 'reader', { method: 'POST' }));
    assert.equal((await withCookie(door, cookie, '/v1/thing')).status, 200);
    const put = { method: 'PUT', headers: { Origin: door.url } };
    assert.deepEqual(await errorOf(await withCookie(door, cookie, '/v1/thing', put)), [403, 'no-right']);
  });

  test('changes nothing for a request that does not say that a page of ours sent it', async (t) => {
    const door = await AdminDoor.open(t);
    const cookie = cookieOf(await door.fetch('/v1/session', 'operator', { method: 'POST' }));
    const put = { method: 'PUT' };
    assert.deepEqual(await errorOf(await withCookie(door, cookie, '/v1/thing', put)), [
      403,
      'origin-missing',
    ]);
    assert.equal(door.changes, 0);
    const own = { method: 'PUT', headers: { Origin: door.url } };
    assert.equal((await withCookie(door, cookie, '/v1/thing', own)).status, 200);
    assert.equal(door.changes, 1);
  });

  test('lasts twelve hours, however much it is used', async (t) => {
    const door = await AdminDoor.open(t);
    const cookie = cookieOf(await door.fetch('/v1/session', 'reader', { method: 'POST' }));
    door.now = SESSION_SECONDS * 1000 - 1;
    assert.equal((await withCookie(door, cookie)).status, 200);
    door.now++;
    assert.equal((await withCookie(door, cookie)).status, 401);
  });

  test('ends when it is told to, and with it nobody else', async (t) => {
    const door = await AdminDoor.open(t);
    const begun = () => door.fetch('/v1/session', 'reader', { method: 'POST' });
    const [one, other] = [cookieOf(await begun()), cookieOf(await begun())];
    const end = { method: 'DELETE', headers: { Origin: door.url } };
    const ended = await withCookie(door, one, '/v1/session', end);
    assert.equal(ended.status, 200);
    assert.match(ended.headers.get('Set-Cookie')!, /^cellgate-8083=; Max-Age=0; /);
    assert.equal((await withCookie(door, one)).status, 401);
    assert.equal((await withCookie(door, other)).status, 200);
    assert.deepEqual(await errorOf(await door.fetch('/v1/session', 'reader', end)), [404, 'no-session']);
  });

  test('is one of a bounded number: the oldest makes room', async (t) => {
    const door = await AdminDoor.open(t);
    const cookies: string[] = [];
    for (let count = 0; count <= MOST_SESSIONS; count++) {
      cookies.push(cookieOf(await door.fetch('/v1/session', 'reader', { method: 'POST' })));
    }
    assert.equal((await withCookie(door, cookies[0]!)).status, 401);
    assert.equal((await withCookie(door, cookies[1]!)).status, 200);
    assert.equal((await withCookie(door, cookies.at(-1)!)).status, 200);
  });

  test('is not to be had where others could read it on its way', async (t) => {
    const door = await AdminDoor.open(t, { sessions: false });
    const refused = await begin(door, { token: SECRETS.operator });
    assert.equal(refused.headers.get('Set-Cookie'), null);
    const { error, hint } = (await refused.json()) as { error: string; hint: string };
    assert.deepEqual([refused.status, error], [403, 'no-sessions-here']);
    assert.match(hint, /cellgate\.admin\.tls/);
  });
});

test('the audit log names who began and ended sessions, and holds no secret', async (t) => {
  const door = await AdminDoor.open(t);
  const code = door.codes.mint(LOCAL);
  const cookie = cookieOf(await begin(door, { code }));
  await begin(door, { code });
  await begin(door, { token: 'a-wrong-token-0123' });
  await withCookie(door, cookie, '/v1/session', { method: 'DELETE', headers: { Origin: door.url } });
  assert.deepEqual(door.audited, [
    { who: 'local', by: 'nobody', what: 'POST /v1/session', outcome: 'done', status: 200 },
    { who: 'local', by: 'session', what: 'DELETE /v1/session', outcome: 'done', status: 200 },
  ]);
  const text = JSON.stringify(door.log.lines);
  for (const secret of [code, cookie.split('=')[1]!, 'a-wrong-token-0123']) assert.ok(!text.includes(secret));
});
