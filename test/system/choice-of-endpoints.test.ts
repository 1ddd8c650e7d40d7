import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { ask, get, RawClient, type RawMessage, statusOf, valuesOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

const ENDING: (() => unknown)[] = [];
const suite = { onTestFinished: (done: () => unknown) => void ENDING.unshift(done) };
const APP = '11111111-2222-3333-4444-555555555555';
const PROCESS = '66666666-7777-8888-9999-000000000000';
/** Enough that a choice by turns would show. */
const TIMES = 8;

let router: TestRouter;
let first: Backend;
let second: Backend;

beforeAll(async () => {
  router = await TestRouter.start(suite, {
    zone: 'z1',
    balancing_algorithm_az_preference: 'locally-optimistic',
    backends: { max_conns: 1 },
  });
  first = await Backend.start(suite, () => ok('0', 'Set-Cookie: JSESSIONID=a; Secure\r\n'));
  second = await Backend.start(suite, () => ok('1', 'Set-Cookie: JSESSIONID=b; Secure\r\n'));
});

afterAll(async () => {
  for (const done of ENDING) await done();
});

/** Both backends on a route that every thread knows. */
async function route(uri: string, more: object = {}, zones: readonly string[] = ['', '']): Promise<void> {
  for (const [index, { port }] of [first, second].entries()) {
    router.register(uri, port, {
      app: APP,
      private_instance_id: `instance-${index}`,
      private_instance_index: String(index),
      availability_zone: zones[index],
      tags: { process_id: PROCESS },
      ...more,
    });
  }
  // Changes reach a thread in their order: with this route known, so are those above.
  await router.route(`after-${uri}`, first.port);
}

async function asked(host: string, lines: readonly string[] = []): Promise<RawMessage> {
  return ask(router.port, get(host, '/', lines));
}

async function bodies(host: string, lines: readonly string[] = []): Promise<string[]> {
  const found = new Set<string>();
  for (let time = 0; time < TIMES; time++) found.add((await asked(host, lines)).body);
  return [...found].toSorted();
}

describe('§2.3 a request for one instance', () => {
  beforeAll(() => route('pinned.test'));

  test('§2.3 goes to that instance of the application, which does not see the header', async () => {
    assert.deepEqual(await bodies('pinned.test', [`X-CF-App-Instance: ${APP}:1`]), ['1']);
    assert.deepEqual(await bodies('pinned.test', [`X-CF-App-Instance: ${APP}:0`]), ['0']);
    assert.deepEqual(valuesOf(first.requests.at(-1)!, 'X-CF-App-Instance'), []);
  });

  test('§2.3 goes to that instance of the process, or to any', async () => {
    assert.deepEqual(await bodies('pinned.test', [`X-CF-Process-Instance: ${PROCESS}:1`]), ['1']);
    assert.deepEqual(await bodies('pinned.test', [`X-CF-Process-Instance: ${PROCESS}`]), ['0', '1']);
  });

  for (const [line, error] of [
    ['X-CF-App-Instance: nonsense', 'invalid_cf_app_instance_header'],
    ['X-CF-Process-Instance: nonsense', 'invalid_cf_process_instance_header'],
    [`X-CF-App-Instance: ${APP}:7`, 'unknown_route'],
    [`X-CF-Process-Instance: ${PROCESS}:7`, 'unknown_route'],
  ] as const) {
    test(`§2.3 §3.3 is 400 ${error} when there is none: ${line}`, async () => {
      const answer = await asked('pinned.test', [line]);
      assert.equal(statusOf(answer), 400);
      assert.deepEqual(valuesOf(answer, 'X-Cf-RouterError'), [error]);
    });
  }
});

describe('§2.4 a session', () => {
  beforeAll(() => route('sticky.test'));

  test('§2.4 stays with its instance, which the router names in a cookie', async () => {
    const answer = await asked('sticky.test');
    const cookie = valuesOf(answer, 'Set-Cookie').find((line) => line.startsWith('__VCAP_ID__='));
    assert.equal(cookie, `__VCAP_ID__=instance-${answer.body}; Path=/; HttpOnly; Secure`);
    const back = [`Cookie: JSESSIONID=x; __VCAP_ID__=instance-${answer.body}`];
    assert.deepEqual(await bodies('sticky.test', back), [answer.body]);
  });

  test('§2.4 whose instance is gone goes on with another, and a new cookie', async () => {
    const answer = await asked('sticky.test', ['Cookie: JSESSIONID=x; __VCAP_ID__=gone']);
    assert.equal(statusOf(answer), 200);
    const cookies = valuesOf(answer, 'Set-Cookie').join('\n');
    assert.match(cookies, new RegExp(`^__VCAP_ID__=instance-${answer.body};`, 'm'));
  });

  test('§2.4 of the application alone is none', async () => {
    assert.deepEqual(await bodies('sticky.test', ['Cookie: JSESSIONID=x']), ['0', '1']);
  });
});

test('§2.5 hash takes the same instance for the same header, and all for many', async () => {
  await route('hash.test', { options: { loadbalancing: 'hash', hash_header: 'X-User' } });
  const found = new Set<string>();
  for (let user = 0; user < TIMES; user++) {
    const chosen = await bodies('hash.test', [`X-User: user-${user}`]);
    assert.equal(chosen.length, 1);
    found.add(chosen[0]!);
  }
  assert.equal(found.size, 2);
});

test('§2.5 instances of the zone of the router are preferred', async () => {
  await route('zone.test', {}, ['z2', 'z1']);
  assert.deepEqual(await bodies('zone.test'), ['1']);
});

test('§2.5 §3.3 a route whose instances all have max_conns requests is 503', async (t: TestContext) => {
  const busy = await Backend.start(t, () => undefined);
  router.register('busy.test', busy.port);
  await router.route('after-busy.test', first.port);
  const waiting = await RawClient.connect(router.port);
  t.onTestFinished(() => waiting.close());
  waiting.send(get('busy.test'));
  await busy.until(() => busy.requests.length === 1);
  for (let time = 0; time < TIMES; time++) {
    const answer = await asked('busy.test');
    assert.equal(statusOf(answer), 503);
    assert.deepEqual(valuesOf(answer, 'X-Cf-RouterError'), ['Connection Limit Reached']);
  }
  assert.equal(busy.requests.length, 1);
});
