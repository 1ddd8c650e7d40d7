import assert from 'node:assert/strict';
import { type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { type RawMessage, valuesOf } from '../support/raw-http.ts';

const APP = '11111111-2222-3333-4444-555555555555';
const PROCESS = '66666666-7777-8888-9999-aaaaaaaaaaaa';
const OTHER = '00000000-0000-0000-0000-000000000000';

async function app(t: TestContext) {
  const engine = await HttpEngine.start(t);
  const backends = await Promise.all([0, 1, 2].map((index) => Backend.start(t, () => ok(String(index)))));
  engine.routeToEndpoint(
    'app.test',
    ...backends.map(({ port }, index) => ({
      host: '127.0.0.1',
      port,
      appId: APP,
      instanceIndex: String(index),
      tags: { process_id: index === 0 ? OTHER : PROCESS },
    })),
  );
  const client = await engine.connect();
  t.onTestFinished(() => client.close());
  const ask = (lines: string): Promise<RawMessage> =>
    client.send(`GET / HTTP/1.1\r\nHost: app.test\r\n${lines}\r\n`).response();
  return { engine, backends, ask };
}

test('§2.3 X-CF-App-Instance leads to that instance and is not passed on', async (t) => {
  const { ask, backends } = await app(t);
  for (let i = 0; i < 5; i++) assert.equal((await ask(`X-CF-App-Instance: ${APP}:1\r\n`)).body, '1');
  assert.doesNotMatch(backends[1]!.received, /x-cf-app-instance/i);
});

test('§2.3 X-CF-Process-Instance leads to all instances of the process, or one, and is passed on', async (t) => {
  const { ask, backends } = await app(t);
  const seen = new Set<string>();
  for (let i = 0; i < 8; i++) seen.add((await ask(`X-CF-Process-Instance: ${PROCESS}\r\n`)).body);
  assert.deepEqual([...seen].sort(), ['1', '2']);
  assert.equal((await ask(`X-CF-Process-Instance: ${PROCESS}:2\r\n`)).body, '2');
  assert.match(backends[2]!.received, /X-CF-Process-Instance: /);
});

test('§2.3 the app header is looked at first, and an empty one not at all', async (t) => {
  const { ask } = await app(t);
  const process = `X-CF-Process-Instance: ${PROCESS}:2\r\n`;
  assert.equal((await ask(`${process}X-CF-App-Instance: ${APP}:0\r\n`)).body, '0');
  assert.equal((await ask(`${process}X-CF-App-Instance: \r\n`)).body, '2');
});

test('§3.3 a pin that is malformed or leads nowhere is 400', async (t) => {
  const { ask } = await app(t);
  const cases: readonly [lines: string, error: string, message: string][] = [
    [`X-CF-App-Instance: ${APP}`, 'invalid_cf_app_instance_header', 'Invalid X-CF-App-Instance Header'],
    [
      `X-CF-App-Instance: ${PROCESS.toUpperCase()}:1`,
      'invalid_cf_app_instance_header',
      'Invalid X-CF-App-Instance Header',
    ],
    [
      'X-CF-Process-Instance: nobody',
      'invalid_cf_process_instance_header',
      'Invalid X-CF-Process-Instance Header',
    ],
    [
      `X-CF-App-Instance: ${APP}:7`,
      'unknown_route',
      `Requested instance ('7') with guid ('${APP}') does not exist for route ('app.test')`,
    ],
    [
      `X-CF-Process-Instance: ${PROCESS}:0`,
      'unknown_route',
      `Requested instance ('0') with process guid ('${PROCESS}') does not exist for route ('app.test')`,
    ],
    [
      `X-CF-Process-Instance: ${APP}`,
      'unknown_route',
      `Requested instance with process guid ('${APP}') does not exist for route ('app.test')`,
    ],
  ];
  for (const [line, error, message] of cases) {
    const response = await ask(`${line}\r\n`);
    assert.equal(response.start, 'HTTP/1.1 400 Bad Request');
    assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), [error]);
    assert.deepEqual(valuesOf(response, 'Cache-Control'), ['no-cache, no-store']);
    assert.equal(response.body, `400 Bad Request: ${message}\n`);
  }
});

test('§2.3 a session leads to no other instance than the one that is named', async (t) => {
  const { engine, ask } = await app(t);
  const [, , other] = engine.proxy.routes.match('app.test', '/')!.endpoints;
  const session = `Cookie: JSESSIONID=1; __VCAP_ID__=${other!.instanceId}\r\n`;
  assert.equal((await ask(session)).body, '2');
  assert.equal((await ask(`${session}X-CF-App-Instance: ${APP}:1\r\n`)).body, '1');
});
