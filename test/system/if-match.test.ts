import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Client } from 'undici';
import { describe, type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { TestRouter } from '../support/router.ts';

const TABLE = '{"uris": ["static.test"], "host": "127.0.0.1", "port": 1}\n';
const SPLIT = { arms: [{ selector: 'rest', weight: 1 }] };

interface Reply {
  readonly status: number;
  readonly tag: string | undefined;
  readonly value: Record<string, unknown>;
}

/** A router that may decide, and its admin address. */
async function fixture(t: TestContext) {
  const folder = temporaryDirectory(t);
  const socket = join(folder, 'admin.sock');
  const router = await TestRouter.start(t, { cellgate: { state_dir: folder, admin: { socket } } });
  const app = await Backend.start(t, () => ok('one'));
  const other = await Backend.start(t, () => ok('two'));
  await router.route('shop.test', app.port, { app: 'a', private_instance_id: 'a-1' });
  await router.route('shop.test', other.port, { app: 'b', private_instance_id: 'b-1' });
  const client = new Client('http://localhost', { connect: { socketPath: socket } });
  t.onTestFinished(() => client.destroy());
  const ask = async (
    method: 'GET' | 'PUT' | 'DELETE' | 'POST',
    path: string,
    body: object | null = null,
    ifMatch: string | string[] | null = null,
  ): Promise<Reply> => {
    const {
      statusCode,
      headers,
      body: answer,
    } = await client.request({
      ...{ method, path, body: body === null ? null : JSON.stringify(body) },
      headers: {
        ...(body !== null && { 'content-type': 'application/json' }),
        ...(ifMatch !== null && { 'if-match': ifMatch }),
      },
    });
    const value = (await answer.json()) as Record<string, unknown>;
    return { status: statusCode, tag: headers['etag'] as string | undefined, value };
  };
  /** Until the router knows that it decides alone. */
  const settled = async (...asked: Parameters<typeof ask>): Promise<Reply> => {
    for (;;) {
      const reply = await ask(...asked);
      if (reply.status !== 503 && reply.value['error'] !== 'not-decided') return reply;
    }
  };
  return { ask, settled };
}

describe('2.11 ETag and If-Match', () => {
  test('a split is changed and taken back only as it was seen, where the client says so', async (t) => {
    const { ask, settled } = await fixture(t);
    const path = '/v1/splits/shop.test';
    const none = await ask('PUT', path, SPLIT, '*');
    assert.equal(none.status, 412);
    assert.match(String(none.value['detail']), /shop\.test: nothing is decided there/);
    assert.equal((await settled('PUT', path, SPLIT)).status, 200);
    const seen = await ask('GET', path);
    assert.match(seen.tag!, /^"r[1-9]\d*"$/);
    assert.equal(seen.tag, `"r${seen.value['revision']}"`);
    // Another one decides meanwhile, who does not look.
    assert.equal((await ask('PUT', path, { ...SPLIT, key: 'user' })).status, 200);
    const now = await ask('GET', path);
    assert.notEqual(now.tag, seen.tag);
    for (const late of [
      await ask('PUT', path, SPLIT, seen.tag!),
      await ask('DELETE', path, null, seen.tag!),
      await ask('DELETE', path, null, `W/${now.tag}`),
    ]) {
      assert.equal(late.status, 412);
      assert.equal(late.value['error'], 'changed');
      assert.match(
        String(late.value['detail']),
        new RegExp(`shop\\.test is at revision \\d+ now, whose tag is ${now.tag}`),
      );
      assert.equal(late.tag, now.tag);
    }
    assert.equal((await ask('GET', path)).value['key'], 'user');
    assert.equal((await ask('PUT', path, SPLIT, `"x", ${now.tag}`)).status, 200);
    assert.equal((await ask('DELETE', path, null, '*')).status, 200);
    assert.equal((await ask('GET', path)).status, 404);
  });

  test('so is an order about an endpoint', async (t) => {
    const { ask, settled } = await fixture(t);
    const path = '/v1/endpoints/a-1/order';
    assert.equal((await ask('GET', path)).status, 404);
    assert.equal((await ask('PUT', path, { order: 'drain' }, '"r1"')).status, 412);
    assert.equal((await settled('PUT', path, { order: 'drain' })).status, 200);
    const seen = await ask('GET', path);
    assert.deepEqual([seen.value['order'], seen.value['by']], ['drain', 'socket']);
    assert.equal((await ask('PUT', path, { order: 'hold' }, seen.tag!)).status, 200);
    assert.equal((await ask('PUT', path, { order: 'ready' }, seen.tag!)).status, 412);
    assert.equal((await ask('GET', path)).value['order'], 'hold');
    const { tag } = await ask('GET', path);
    assert.equal((await ask('PUT', path, { order: 'ready' }, tag!)).status, 200);
    const ofRoute = { order: 'drain', route: 'SHOP.test' };
    assert.equal((await ask('PUT', path, ofRoute)).status, 200);
    assert.equal((await ask('GET', path)).status, 404);
    assert.equal((await ask('GET', `${path}?route=Shop.test`)).value['route'], 'shop.test');
  });

  test('so is a static route, which can be taken back at once', async (t) => {
    const { ask, settled } = await fixture(t);
    const path = '/v1/static/static.test';
    assert.equal((await ask('GET', path)).status, 404);
    const wanted = { table: TABLE, ttl_seconds: 60 };
    assert.equal((await settled('POST', '/v1/table', wanted)).status, 200);
    const seen = await ask('GET', path);
    assert.equal(seen.value['by'], 'socket');
    assert.equal((await ask('POST', '/v1/table', wanted)).status, 200);
    assert.equal((await ask('DELETE', path, null, seen.tag!)).status, 412);
    const { value } = await ask('GET', '/v1/static');
    const [listed] = value['static'] as { route: string; revision: number }[];
    assert.equal(listed!.route, 'static.test');
    assert.equal((await ask('DELETE', path, null, `"r${listed!.revision}"`)).status, 200);
    assert.equal((await ask('DELETE', path)).status, 404);
    const endpoints = async () =>
      ((await ask('GET', '/v1/endpoints?route=static.test')).value['endpoints'] as unknown[]).length;
    while ((await endpoints()) > 0);
  });

  test('so is a cutover told what to do', async (t) => {
    const { ask, settled } = await fixture(t);
    const wanted = { route: 'shop.test', from: 'app:a', to: 'app:b', plan: '10,100', step_ms: 3_600_000 };
    const begun = await settled('POST', '/v1/cutovers', wanted);
    assert.equal(begun.status, 200, JSON.stringify(begun.value));
    const path = '/v1/cutovers/shop.test';
    const late = await ask('POST', `${path}/abort`, {}, '"r0"');
    assert.equal(late.status, 412);
    // The driver goes on meanwhile, and with it the revision.
    for (;;) {
      const { tag } = await ask('GET', path);
      const { status } = await ask('POST', `${path}/abort`, {}, tag!);
      if (status === 200) break;
      assert.equal(status, 412);
    }
    assert.match((await ask('GET', `${path}/history`)).tag!, /^"r\d+"$/);
  });

  test('what is no entity tag is refused, and changes nothing', async (t) => {
    const { ask } = await fixture(t);
    for (const bad of ['', 'r12', '"a', '*, "r1"', '"a" "b"']) {
      const refused = await ask('PUT', '/v1/splits/shop.test', SPLIT, bad);
      assert.equal(refused.status, 400, bad);
      assert.equal(refused.value['error'], 'bad-if-match');
    }
    assert.equal((await ask('GET', '/v1/splits/shop.test')).status, 404);
  });
});
