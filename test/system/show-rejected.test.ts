import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { CellgateProcess, temporaryDirectory } from '../support/cellgate-process.ts';
import { ask, get, RawClient, statusOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

test('2.11 cellgate show rejected has requests and messages of the bus, with the byte that was wrong', async (t) => {
  const folder = temporaryDirectory(t);
  const socket = join(folder, 'admin.sock');
  const router = await TestRouter.start(t, {
    logging: { redact_query_params: 'all' },
    cellgate: { state_dir: folder, admin: { socket }, proxy_threads: 2 },
  });
  const backend = await Backend.start(t, () => ok('one'));
  await router.route('shop.test', backend.port, { app: 'shop' });
  const show = async (...args: string[]) => {
    const command = new CellgateProcess(t, ['show', 'rejected', ...args, '--admin', `unix:${socket}`]);
    const [code] = await command.exited;
    assert.equal(code, 0, command.stderr);
    return command.stdout;
  };
  assert.equal(statusOf(await ask(router.port, get('shop.test'))), 200);
  assert.equal(await show(), 'none is kept\n');

  const client = await RawClient.connect(router.port);
  client.send(
    'GET /cart?key=hunter2 HTTP/1.1\r\nHost: shop.test\r\nCookie: hunter2\r\nContent-Length: 12a\r\n\r\n',
  );
  await client.closed;
  router.publish('router.register', { host: '10.0.0.7', port: 'hunter', uris: ['a.test'] });
  const isThere = async (): Promise<boolean> => JSON.parse(await show('--json')).rejected.length > 1;
  while (!(await isThere()));

  const text = await show();
  assert.doesNotMatch(text, /hunter2/);
  for (const line of text.split('\n')) assert.ok(line.length <= 100, line);
  assert.match(
    text,
    /^\S+Z http\/1\.1 400 bad_content_length\n {2}why {6}Content-Length is not one decimal number$/m,
  );
  assert.match(text, /^ {2}request {2}GET \/cart\?\*+ HTTP\/1\.1 for shop\.test$/m);
  const lines = text.split('\n');
  const at = lines.findIndex((line) => /^ {2}byte {5}\d+: .*Length: 12a/.test(line));
  assert.equal(lines[at + 1], `${' '.repeat(lines[at]!.indexOf('12a') + 2)}^`);
  assert.match(
    text,
    /^\S+Z bus port: found string "hunter", allowed: an integer from 0 to 65535\n {2}from {5}router\.register$/m,
  );
  assert.match(text, /^ {2}byte {5}26: \{"host":"10\.0\.0\.7","port":"hunter",/m);
  const { rejected, not_asked: others } = JSON.parse(await show('--json'));
  assert.deepEqual(others, []);
  assert.deepEqual(rejected.map(({ what }: { what: string }) => what).toSorted(), ['bus', 'http/1.1']);
});
