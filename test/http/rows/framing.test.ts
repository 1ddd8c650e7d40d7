import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { ok } from '../../support/backend.ts';
import { get, RawClient, statusOf, valuesOf } from '../../support/raw-http.ts';
import { GOOD_REQUESTS } from '../../support/request-corpus.ts';
import { refusesHeads, rowSuite } from '../../support/row-suite.ts';

const suite = rowSuite();

function post(lines: string, body = ''): string {
  return `POST / HTTP/1.1\r\nHost: a.test\r\n${lines}\r\n${body}`;
}

describe('C1 a request whose framing is not beyond doubt is refused', () => {
  refusesHeads(suite, 'F');

  test('F22 any byte that is neither space nor tab around chunked', () =>
    suite.rule.beside(async () => {
      const { backend } = suite.rule;
      const before = backend.received.length;
      const refusals = await suite.rule.refusals();
      const bytes = Array.from({ length: 256 }, (_, byte) => byte).filter(
        (byte) => byte !== 0x09 && byte !== 0x20 && (byte < 0x20 || byte >= 0x7f),
      );
      for (const byte of bytes) {
        const char = String.fromCharCode(byte);
        for (const value of [`${char}chunked`, `chunked${char}`, ` ${char} chunked`]) {
          const client = await RawClient.connect(suite.router.port);
          client.send(post(`Transfer-Encoding: ${value}\r\n`, '0\r\n\r\n'));
          assert.equal(statusOf(await client.response()), 400, JSON.stringify(value));
          assert.equal(await client.closed, 'end');
          client.close();
        }
      }
      assert.equal((await suite.rule.refusals()) - refusals, 3 * bytes.length);
      assert.equal(backend.received.slice(before), '');
    }));
});

describe('C1 a body is a body', () => {
  for (const { name, raw, body } of GOOD_REQUESTS) {
    if (!name.startsWith('F03')) continue;
    test(name, async () => {
      const { requests } = await suite.rule.serves({ input: raw, bodyless: raw.startsWith('HEAD') });
      assert.deepEqual(
        requests.map((request) => request.body),
        [body],
      );
    });
  }

  test('F03 a body the backend has not read when it answers is never its next request', () =>
    suite.rule.talks(async (client) => {
      const { backend } = suite.rule;
      const requests = backend.requests.length;
      const hidden = get('b.test', '/admin');
      client.send(`GET /early HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${hidden.length}\r\n\r\n`);
      const { socket } = await suite.rule.reached('GET /early');
      socket.write(ok('early'));
      const response = await client.response();
      assert.deepEqual([response.body, valuesOf(response, 'Connection')], ['early', ['close']]);
      client.send(hidden);
      assert.equal(await client.closed, 'end');
      assert.equal(client.received, '');
      await backend.until(() => socket.destroyed);
      assert.equal(backend.requests.length, requests);
    }));

  test('F04 an expected body is not awaited when the backend answers first, and nothing is reused', () =>
    suite.rule.talks(async (client) => {
      const { backend } = suite.rule;
      const requests = backend.requests.length;
      client.send(post('Expect: 100-continue\r\nX-Row: F04\r\nContent-Length: 40\r\n'));
      const { socket } = await suite.rule.reached('X-Row: F04');
      socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno');
      const response = await client.response();
      assert.equal(statusOf(response), 401);
      assert.deepEqual(valuesOf(response, 'Connection'), ['close']);
      client.send(get('b.test', '/admin'));
      assert.equal(await client.closed, 'end');
      assert.equal(client.received, '');
      await backend.until(() => socket.destroyed);
      assert.equal(backend.requests.length, requests);
    }));

  // RFC 9110 §8.6 allows leading zeros, so they are not refused; what goes on is a plain decimal number.
  for (const [text, length] of [
    ['005', 5],
    ['010', 10],
  ] as const) {
    test(`F10 Content-Length ${text} goes on as ${length}, never octal`, async () => {
      const body = 'x'.repeat(length);
      const { requests } = await suite.rule.serves({ input: post(`Content-Length: ${text}\r\n`, body) });
      assert.equal(requests.length, 1);
      assert.equal(requests[0]!.body, body);
      assert.deepEqual(valuesOf(requests[0]!, 'Content-Length'), [String(length)]);
    });
  }

  test('F25 cHuNkEd is chunked', async () => {
    const input = post('TRANSFER-encoding: cHuNkEd\r\n', '3\r\nabc\r\n0\r\n\r\n');
    const { requests } = await suite.rule.serves({ input });
    assert.equal(requests[0]!.body, 'abc');
    assert.deepEqual(valuesOf(requests[0]!, 'Transfer-Encoding'), ['chunked']);
  });

  // Names on which nothing hangs may be spelled with underscores: applications use them, and CGI takes them for no other.
  test('F14 an underscore in a name that imitates no framing or identity passes', async () => {
    const { requests } = await suite.rule.serves({ input: post('my_header: 1\r\nUser_Agent: u\r\n') });
    assert.deepEqual(requests[0]!.lines.slice(0, 3), ['Host: a.test', 'my_header: 1', 'User_Agent: u']);
  });

  test('F27 a body that breaks off never reaches the backend as a whole', () =>
    suite.rule.talks(async (client) => {
      const { backend } = suite.rule;
      const requests = backend.requests.length;
      client.send(post('Content-Length: 8\r\n', 'F27 cut'));
      const { socket } = await suite.rule.reached('F27 cut');
      client.socket.end();
      await backend.until(() => socket.destroyed);
      await client.closed;
      assert.equal(client.received, '');
      assert.equal(backend.requests.length, requests);
    }));
});

describe('C1 requests on one connection', () => {
  test('F28 behind a body are served in order, each by its own Host', () =>
    suite.rule.talks(async (client) => {
      const { backend } = suite.rule;
      const from = backend.requests.length;
      client.send(
        `${post('Content-Length: 5\r\n', 'hello')}${get('b.test', '/second')}${get('nowhere.test')}${get('a.test', '/last')}`,
      );
      assert.equal((await client.response()).body, 'POST / HTTP/1.1');
      assert.equal((await client.response()).body, 'GET /second HTTP/1.1');
      assert.equal(statusOf(await client.response()), 404);
      assert.equal((await client.response()).body, 'GET /last HTTP/1.1');
      const requests = backend.requests.slice(from);
      assert.deepEqual(
        requests.map((request) => [valuesOf(request, 'Host')[0], request.body]),
        [
          ['a.test', 'hello'],
          ['b.test', ''],
          ['a.test', ''],
        ],
      );
    }));

  for (const behind of [get('b.test', '/unwanted'), 'garbage\0\r\n\r\n', '\x16\x03\x01']) {
    test(`F29 behind one that closes are ignored, its answer comes first: ${JSON.stringify(behind.slice(0, 9))}`, () =>
      suite.rule.talks(async (client) => {
        const { backend } = suite.rule;
        const from = backend.requests.length;
        const refusals = await suite.rule.refusals();
        client.send(`GET /only HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n${behind}`);
        const response = await client.response();
        assert.equal(response.body, 'GET /only HTTP/1.1');
        assert.deepEqual(valuesOf(response, 'Connection'), ['close']);
        assert.equal(await client.closed, 'end');
        assert.equal(client.received, '');
        assert.equal(backend.requests.length, from + 1);
        assert.equal(await suite.rule.refusals(), refusals);
      }));
  }

  test('F30 before a bad one get their own answers, then the bad one its refusal', () =>
    suite.rule.talks(async (client) => {
      const { backend } = suite.rule;
      const from = backend.requests.length;
      const refusals = await suite.rule.refusals();
      client.send(
        `${get('a.test', '/1')}${get('a.test', '/2')}GET / HTTP/1.1\r\nHost: a b\r\n\r\n${get('a.test', '/3')}`,
      );
      assert.equal((await client.response()).body, 'GET /1 HTTP/1.1');
      assert.equal((await client.response()).body, 'GET /2 HTTP/1.1');
      const refused = await client.response();
      assert.equal(statusOf(refused), 400);
      assert.deepEqual(valuesOf(refused, 'X-Cf-RouterError'), ['bad_host']);
      assert.equal(await client.closed, 'end');
      assert.equal(client.received, '');
      assert.equal(backend.requests.length, from + 2);
      assert.equal((await suite.rule.refusals()) - refusals, 1);
    }));
});
