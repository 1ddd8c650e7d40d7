import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { Backend, ok } from '../../support/backend.ts';
import { CellgateProcess, temporaryDirectory } from '../../support/cellgate-process.ts';
import { ask, get, RawClient, statusOf, valuesOf } from '../../support/raw-http.ts';
import { RoutePublisher } from '../../support/route-publisher.ts';
import { rowSuite } from '../../support/row-suite.ts';

const suite = rowSuite();

describe('C12 a PROXY protocol header, which nobody has asked for,', () => {
  for (const [what, header] of [
    ['version 1', 'PROXY TCP4 192.0.2.1 192.0.2.2 1234 80\r\n'],
    ['version 1, unknown', 'PROXY UNKNOWN\r\n'],
    ['version 2', '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\xc0\0\x02\x02\x04\xd2\0\x50'],
  ] as const) {
    test(`E01 is refused as the junk it is: ${what}`, () =>
      suite.rule.refuses({ input: header + get('app.test'), status: 400 }));
  }
});

describe('C12 an answer of the router', () => {
  for (const host of ['<script>alert(1)</script>', '"onload="x', 'a%3Cb', '{{.Status}}']) {
    test(`E09 repeats no hostile Host: ${host}`, () => suite.rule.refuses({ input: get(host), status: 400 }));
  }

  for (const path of ['/<script>', '/"x"', '/%3Cscript%3E', '/{{.Status}}']) {
    test(`E09 repeats no path, and is plain text: ${path}`, () =>
      suite.rule.beside(async () => {
        const response = await ask(suite.router.port, get('nope.test', path));
        assert.ok([400, 404].includes(statusOf(response)));
        assert.ok(!response.body.includes(path));
        assert.deepEqual(valuesOf(response, 'Content-Type'), ['text/plain; charset=utf-8']);
        assert.deepEqual(valuesOf(response, 'X-Content-Type-Options'), ['nosniff']);
      }));
  }

  // All that a host name may hold (RFC 3986 §3.2.2) may be repeated: as plain text it means nothing.
  for (const host of ["'nope'.test:80", 'a&b=(c)']) {
    test(`E09 is plain text also where it repeats the Host: ${host}`, async () => {
      const { response } = await suite.rule.serves({ input: get(host), status: 404 });
      assert.equal(response.body, `404 Not Found: Requested route ('${host}') does not exist.\n`);
      assert.deepEqual(valuesOf(response, 'Content-Type'), ['text/plain; charset=utf-8']);
    });
  }
});

test('E10 nothing that clients, applications or the bus say begins a line of a log or hides one', async (t) => {
  const file = join(temporaryDirectory(t), 'access.log');
  const router = CellgateProcess.router(t, { access_log: { file }, logging: { level: 'debug' } });
  const { http, bus } = await router.started();
  const publisher = await RoutePublisher.connect(t, bus!);
  const hostile = 'x"\\ \u001b[2K\r\n{"message":"forged"}';
  const app = await Backend.start(t, () => ok('ok', 'X-Cf-RouterError: forged\r\n'));
  const gone = await Backend.start(t);
  const { port } = gone;
  await gone.stop();
  const identity = { app: hostile, private_instance_id: hostile, private_instance_index: hostile };
  publisher.register('app.test', app.port, identity);
  publisher.register('gone.test', port, identity);
  publisher.register(`bad\r\nforged.test`, port, identity);
  await publisher.route('last.test', app.port, http);

  const answered: number[] = [];
  const say = async (request: string) => {
    const client = await RawClient.connect(http);
    answered.push(statusOf(await client.send(request).response()));
    client.close();
  };
  const header = (line: string) => get('app.test').replace('\r\n\r\n', `\r\n${line}\r\n\r\n`);
  await say(get('app.test', '/%0d%0aforged%0a"\\'));
  await say(header('User-Agent: "\\x0a" - [forged] \xe2\x80\xa8\xff "'));
  await say(header('Referer: http://x/"\\"forged'));
  await say(header('X-Forwarded-For: "\\" x_cf_routererror:"forged'));
  await say(header('X-Forwarded-Proto: "https\\'));
  await say(get('gone.test', '/"\\'));
  await say(get('nope.test', '/"\\'));
  // Refused, and told of all the same.
  await say(header('User-Agent: \x1b[2Jforged'));
  await say(get('app.test', '/\x1b[2Jforged'));
  await say(header('bad\nforged: x'));
  await say(get('"forged"\x1b.test'));
  assert.deepEqual(answered, [200, 200, 200, 200, 200, 502, 404, 400, 400, 400, 400]);

  router.kill('SIGTERM');
  await router.exited;
  const lines = readFileSync(file, 'latin1').split('\n').slice(0, -1);
  const own = lines.filter((line) => !line.startsWith('last.test - '));
  assert.equal(own.length, answered.length, own.join('\n'));
  for (const line of lines) {
    assert.match(
      line,
      /^(?:[a-z]+\.test)? - \[\d{4}-[^\]]+Z\] "(?:[^"\\]|\\.)*" \d+ \d+ \d+ ("(?:[^"\\]|\\.)*" ){4}x_forwarded_for:/,
    );
    assert.doesNotMatch(line, /[\x00-\x1f\x7f]/);
  }
  for (const line of router.stdout.split('\n').slice(0, -1)) {
    assert.doesNotMatch(line, /[\x00-\x1f\x7f]/);
    assert.notEqual(JSON.parse(line).message, 'forged');
  }
  assert.equal(router.stderr, '');
});
