import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { freePort } from '../support/free-port.ts';
import { ask, get, RawClient, statusOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

const ENDING: (() => unknown)[] = [];
const suite = { onTestFinished: (done: () => unknown) => void ENDING.unshift(done) };
const QUOTED = String.raw`"((?:[^"\\]|\\.)+)"`;
const SECONDS = String.raw`(\d+\.\d{6})`;
/** docs/compatibility.md §6.6, every field. */
const LINE = new RegExp(
  [
    String.raw`^(?<host>\S+) - \[(?<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z)\]`,
    `${QUOTED.replace('(', '(?<request>')}`,
    String.raw`(?<status>\d{3}) (?<requestBytes>\d+) (?<responseBytes>\d+)`,
    `${QUOTED.replace('(', '(?<referer>')} ${QUOTED.replace('(', '(?<userAgent>')}`,
    `${QUOTED.replace('(', '(?<client>')} ${QUOTED.replace('(', '(?<backend>')}`,
    `x_forwarded_for:${QUOTED.replace('(', '(?<forwardedFor>')}`,
    `x_forwarded_proto:${QUOTED.replace('(', '(?<forwardedProto>')}`,
    `vcap_request_id:${QUOTED.replace('(', '(?<requestId>')}`,
    `response_time:${SECONDS.replace('(', '(?<responseTime>')}`,
    `gorouter_time:${SECONDS.replace('(', '(?<gorouterTime>')}`,
    `app_id:${QUOTED.replace('(', '(?<appId>')}`,
    `app_index:${QUOTED.replace('(', '(?<appIndex>')}`,
    `instance_id:${QUOTED.replace('(', '(?<instanceId>')}`,
    `x_cf_routererror:${QUOTED.replace('(', '(?<routerError>')}$`,
  ].join(' '),
);
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let router: TestRouter;
let app: Backend;
let file: string;

beforeAll(async () => {
  file = join(temporaryDirectory(suite), 'access.log');
  router = await TestRouter.start(suite, { access_log: { file } });
  app = await Backend.start(suite);
  await router.route('app.test', app.port, {
    app: 'the-app',
    private_instance_id: 'instance-1',
    private_instance_index: '3',
  });
});

afterAll(async () => {
  for (const done of ENDING) await done();
});

/** The fields of the one line whose target is this, when it has been written. */
async function logged(t: TestContext, target: string): Promise<Record<string, string>> {
  for (;;) {
    const lines = readFileSync(file, 'latin1').split('\n');
    assert.equal(lines.at(-1)?.includes(` ${target} `) ?? false, false, 'only whole lines are written');
    const [line, ...others] = lines.filter((each) => each.includes(` ${target} `));
    if (line !== undefined) {
      assert.deepEqual(others, []);
      const { groups } = LINE.exec(line) ?? assert.fail(line);
      assert.ok(Math.abs(Date.now() - Date.parse(groups!['time']!)) < 60_000, line);
      return groups!;
    }
    await setTimeout(20, undefined, { signal: t.signal });
  }
}

function some(fields: Record<string, string>, ...names: string[]): string[] {
  return names.map((name) => fields[name]!);
}

describe('the access log has one line, every field in its place, for', () => {
  test('§6.6 a plain request', async (t) => {
    app.answer = () => ok('hello');
    const request = get('app.test', '/plain?q=1').replace(
      '\r\n\r\n',
      '\r\nReferer: http://before/\r\nUser-Agent: a "quoted" one\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n',
    );
    const client = await RawClient.connect(router.port);
    const { localPort } = client.socket;
    await client.send(request).response();
    client.close();
    const line = await logged(t, '/plain?q=1');
    assert.deepEqual(some(line, 'host', 'request', 'status', 'requestBytes', 'responseBytes'), [
      'app.test',
      'GET /plain?q=1 HTTP/1.1',
      '200',
      '0',
      '5',
    ]);
    assert.deepEqual(some(line, 'referer', 'userAgent', 'client', 'backend'), [
      'http://before/',
      String.raw`a \"quoted\" one`,
      `127.0.0.1:${localPort}`,
      `127.0.0.1:${app.port}`,
    ]);
    assert.deepEqual(some(line, 'forwardedFor', 'forwardedProto'), ['1.2.3.4, 127.0.0.1', 'http']);
    assert.match(line['requestId']!, UUID);
    assert.deepEqual(some(line, 'appId', 'appIndex', 'instanceId', 'routerError'), [
      'the-app',
      '3',
      'instance-1',
      '-',
    ]);
    assert.ok(Number(line['gorouterTime']) <= Number(line['responseTime']));
  });

  test('§6.6 an upload, with the bytes of both bodies', async (t) => {
    app.answer = ({ body }) => ok('x'.repeat(body.length * 2));
    const body = 'b'.repeat(70_000);
    const head = 'POST /upload HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n';
    await ask(router.port, `${head}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
    const line = await logged(t, '/upload');
    assert.deepEqual(some(line, 'request', 'status', 'requestBytes', 'responseBytes'), [
      'POST /upload HTTP/1.1',
      '200',
      '70000',
      '140000',
    ]);
  });

  test('a host that nobody registered: 404 and no backend', async (t) => {
    const { body } = await ask(router.port, get('nobody.test', '/unknown'));
    const line = await logged(t, '/unknown');
    assert.deepEqual(some(line, 'host', 'status', 'requestBytes', 'responseBytes', 'backend'), [
      'nobody.test',
      '404',
      '0',
      String(body.length),
      '-',
    ]);
    assert.deepEqual(some(line, 'appId', 'appIndex', 'instanceId', 'routerError', 'gorouterTime'), [
      '-',
      '-',
      '-',
      'unknown_route',
      '0.000000',
    ]);
  });

  test('an application that cannot be reached: 502 and the backend that was tried', async (t) => {
    const port = await freePort();
    await router.route('dead.test', port, { app: 'dead-app' });
    assert.equal(statusOf(await ask(router.port, get('dead.test', '/dead'))), 502);
    const line = await logged(t, '/dead');
    assert.deepEqual(some(line, 'status', 'backend', 'appId', 'routerError'), [
      '502',
      `127.0.0.1:${port}`,
      'dead-app',
      'endpoint_failure (dial: ECONNREFUSED)',
    ]);
  });

  test('§3.1 a client that leaves before its answer: 499', async (t) => {
    app.answer = () => undefined;
    const client = await RawClient.connect(router.port);
    const before = app.requests.length;
    client.send(get('app.test', '/left'));
    await app.until(() => app.requests.length > before);
    client.close();
    const line = await logged(t, '/left');
    assert.deepEqual(some(line, 'status', 'responseBytes', 'backend', 'appId'), [
      '499',
      '0',
      `127.0.0.1:${app.port}`,
      'the-app',
    ]);
  });
});
