import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { ask, get, RawClient, statusOf, valuesOf } from '../../support/raw-http.ts';
import { GOOD_REQUESTS } from '../../support/request-corpus.ts';
import { TestRouter } from '../../support/router.ts';
import { refusesHeads, rowSuite } from '../../support/row-suite.ts';

const suite = rowSuite();
const TOO_LARGE = { status: 431, code: 'max-request-size-exceeded' };

/** The client's lines that the backend got behind Host, and the body. */
async function forwarded(lines: string, body = '') {
  const input = `POST / HTTP/1.1\r\nHost: a.test\r\n${lines}\r\n${body}`;
  const { requests } = await suite.rule.serves({ input });
  assert.equal(requests.length, 1);
  const [request] = requests;
  const own = request!.lines.findIndex((line) => line.startsWith('X-Forwarded-For:'));
  return { lines: request!.lines.slice(1, own), body: request!.body };
}

async function requestLineOf(start: string): Promise<string> {
  const { requests } = await suite.rule.serves({ input: `${start}\r\nHost: a.test\r\n\r\n` });
  assert.equal(requests.length, 1);
  return requests[0]!.start;
}

/** Lines that together are this many. */
function manyLines(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `X-${at}: ${at}`);
}

describe('C3 a head that is not HTTP/1.1 to the letter is refused', () => {
  refusesHeads(suite, 'S');

  test('S04 any control character in a value', () =>
    suite.rule.beside(async () => {
      const before = suite.rule.backend.received.length;
      for (let byte = 0; byte < 0x80; byte++) {
        if (byte === 0x09 || (byte >= 0x20 && byte !== 0x7f)) continue;
        const input = `GET / HTTP/1.1\r\nHost: a.test\r\nX: a${String.fromCharCode(byte)}b\r\n\r\n`;
        assert.equal(statusOf(await ask(suite.router.port, input)), 400, `byte ${byte}`);
      }
      assert.equal(suite.rule.backend.received.slice(before), '');
    }));

  test('S06 any delimiter or obs-text in a name', () =>
    suite.rule.beside(async () => {
      const before = suite.rule.backend.received.length;
      const obsText = String.fromCharCode(...Array.from({ length: 0x80 }, (_, at) => 0x80 + at));
      for (const char of `()<>@,;\\"/[]?={} \t${obsText}`) {
        const input = `GET / HTTP/1.1\r\nHost: a.test\r\nX${char}Y: z\r\n\r\n`;
        assert.equal(statusOf(await ask(suite.router.port, input)), 400, JSON.stringify(char));
      }
      assert.equal(suite.rule.backend.received.slice(before), '');
    }));

  test('S10 of more than a megabyte', () =>
    suite.rule.refuses({
      input: `GET / HTTP/1.1\r\nHost: a.test\r\nX: ${'y'.repeat(1_100_000)}\r\n\r\n`,
      ...TOO_LARGE,
    }));

  test('S10 with a name of more than a megabyte', () =>
    suite.rule.refuses({
      input: `GET / HTTP/1.1\r\nHost: a.test\r\n${'X'.repeat(1_100_000)}: y\r\n\r\n`,
      ...TOO_LARGE,
    }));

  for (const count of [1001, 3000]) {
    test(`S11 of ${count} lines`, () => {
      const lines = ['Host: a.test', ...manyLines(count - 1)].join('\r\n');
      return suite.rule.refuses({ input: `GET / HTTP/1.1\r\n${lines}\r\n\r\n`, ...TOO_LARGE });
    });
  }

  test('S12 with Transfer-Encoding as its line 1500', () => {
    const lines = ['Host: a.test', ...manyLines(1498), 'Transfer-Encoding: chunked'].join('\r\n');
    const hidden = get('b.test', '/admin');
    return suite.rule.refuses({
      input: `POST / HTTP/1.1\r\n${lines}\r\n\r\n0\r\n\r\n${hidden}`,
      ...TOO_LARGE,
    });
  });

  test('S15 behind a hundred thousand empty lines', () =>
    suite.rule.refuses({
      input: '\r\n'.repeat(100_000) + get('a.test'),
      status: 400,
      code: 'bad_start_line',
    }));

  test('S19 with a target of more than 64 KiB', () =>
    suite.rule.refuses({
      input: get('a.test', `/${'x'.repeat(64 * 1024)}`),
      status: 414,
      code: 'target_too_long',
    }));

  test('S20 with a method of 64 KiB', () =>
    suite.rule.refuses({
      input: `${'M'.repeat(64 * 1024)} / HTTP/1.1\r\nHost: a.test\r\n\r\n`,
      status: 400,
      code: 'bad_method',
    }));

  // The row's HTTP on a TLS port is not tried: there is no TLS listener.
  test('S26 of a megabyte of noise', () => {
    const noise = Buffer.alloc(1_000_000);
    for (let at = 0, seed = 26; at < noise.length; at++) {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      noise[at] = seed >> 16;
    }
    return suite.rule.refuses({ input: noise, status: 400 });
  });
});

describe('C3 a head that never ends', () => {
  test('S22 is refused when its time is up, an HTTP/0.9 request line without an end', async (t) => {
    const router = await TestRouter.start(t, {
      read_header_timeout: '200ms',
      cellgate: { proxy_threads: 1 },
    });
    const client = await RawClient.connect(router.port);
    const response = await client.send('GET /').response();
    assert.equal(statusOf(response), 408);
    assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), ['head_timeout']);
    assert.equal(await client.closed, 'end');
    client.close();
  });
});

describe('C3 a head goes on byte for byte', () => {
  test('S05 obs-text in values', async () => {
    const line = `X-Name: caf\xe9 \x80\xff \xc3\xa9`;
    assert.deepEqual((await forwarded(`${line}\r\n`)).lines, [line]);
    const all = String.fromCharCode(...Array.from({ length: 0x80 }, (_, at) => 0x80 + at));
    assert.deepEqual((await forwarded(`X-All: ${all}\r\n`)).lines, [`X-All: ${all}`]);
  });

  // gorouter's own limit, 1 MB for the whole head, leaves room for these.
  test('S10 a name and a value of 64 KiB', async () => {
    const lines = [`${'N'.repeat(64 * 1024)}: y`, `X: ${'v'.repeat(64 * 1024)}`];
    assert.deepEqual((await forwarded(`${lines.join('\r\n')}\r\n`)).lines, lines);
  });

  for (const count of [101, 999]) {
    test(`S11 ${count} lines, none of them lost`, async () => {
      const lines = manyLines(count);
      assert.deepEqual((await forwarded(`${lines.join('\r\n')}\r\n`)).lines, lines);
    });
  }

  test('S12 the framing of which stands in its last line', async () => {
    const lines = manyLines(998);
    const got = await forwarded(
      `${lines.join('\r\n')}\r\nTransfer-Encoding: chunked\r\n`,
      '5\r\nhello\r\n0\r\n\r\n',
    );
    assert.deepEqual(got, { lines, body: 'hello' });
  });

  test('S13 duplicates in their order', async () => {
    const lines = [
      'Cookie: a=1',
      'Content-Type: t',
      'Authorization: Basic x',
      'cookie: b=2',
      'Content-Type: u',
      'Authorization: Basic y',
      'Cookie: a=1',
    ];
    assert.deepEqual((await forwarded(`${lines.join('\r\n')}\r\n`)).lines, lines);
  });

  test('S14 names that mean something to JavaScript', async () => {
    const lines = ['__proto__: a', 'constructor: b', 'hasOwnProperty: c', 'toString: d', 'length: 5'];
    assert.deepEqual((await forwarded(`${lines.join('\r\n')}\r\n`)).lines, lines);
  });

  for (const count of [1, 4]) {
    test(`S15 behind ${count} empty lines, which do not`, async () => {
      assert.equal(await requestLineOf(`${'\r\n'.repeat(count)}GET /x HTTP/1.1`), 'GET /x HTTP/1.1');
    });
  }

  test('S17 delimiters in the target', async () => {
    const start = 'GET /a"<>\\^`{|}/;p=1?q={}&\'" HTTP/1.1';
    assert.equal(await requestLineOf(start), start);
  });

  test('S17 bytes beyond ASCII in the target, in every form that a name can have there', async () => {
    for (const start of ['GET /\xc3\xa9?\xff\x80 HTTP/1.1', 'GET /caf\xe9/\xa0 HTTP/1.1']) {
      assert.equal(await requestLineOf(start), start);
    }
  });

  test('S19 targets of 8 000 and of 64 KiB', async () => {
    for (const length of [8_000, 64 * 1024]) {
      const start = `GET /${'x'.repeat(length - 1)} HTTP/1.1`;
      assert.equal(await requestLineOf(start), start);
    }
  });

  for (const method of ['get', 'FOO', 'PROPFIND2', "!#$%&'*+-.^_`|~", 'M'.repeat(64)]) {
    test(`S20 S21 the method ${method.slice(0, 20)}`, async () => {
      assert.equal(await requestLineOf(`${method} / HTTP/1.1`), `${method} / HTTP/1.1`);
    });
  }

  test('S28 a thousand ranges', async () => {
    const line = `Range: bytes=${'0-,'.repeat(1000)}`;
    assert.deepEqual((await forwarded(`${line}\r\n`)).lines, [line]);
  });

  for (const { name, raw } of GOOD_REQUESTS) {
    if (!name.startsWith('S')) continue;
    test(name, async () => void (await suite.rule.serves({ input: raw })));
  }
});
