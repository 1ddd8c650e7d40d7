import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { describe, test } from 'vitest';
import { Backend, ok } from '../../support/backend.ts';
import { ask, get, type RawClient, statusOf, valuesOf } from '../../support/raw-http.ts';
import { BAD_RESPONSES, GOOD_RESPONSES, INCOMPLETE_RESPONSES } from '../../support/response-corpus.ts';
import { TestRouter } from '../../support/router.ts';
import { rowSuite } from '../../support/row-suite.ts';

// B20 is about TLS to applications, which is not there yet. B22 is in exhaustion.test.ts.

const MAX_HEAD = 128 * 1024;

const suite = rowSuite({ max_response_header_bytes: MAX_HEAD });

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

/** Has the application answer with exactly these bytes, once; it ends the connection behind them if `ends`. */
function answerOnce(raw: string, ends = false): void {
  const { backend } = suite.rule;
  backend.answer = (_, { socket }) => {
    backend.answer = (request) => ok(request.start);
    if (ends) socket.end(raw, 'latin1');
    else socket.write(raw, 'latin1');
    return undefined;
  };
}

/** That a GET answered so is a 502 for the client, and the connection to the application is gone. */
async function assertBadGateway(raw: string, cause?: string): Promise<void> {
  await suite.rule.talks(async (client) => {
    answerOnce(raw);
    const response = await client.send(get('app.test')).response();
    assert.equal(statusOf(response), 502);
    const [code] = valuesOf(response, 'X-Cf-RouterError');
    if (cause === undefined) assert.match(code!, /^endpoint_failure \(/);
    else assert.equal(code, `endpoint_failure (${cause})`);
    assert.equal(response.body, '502 Bad Gateway: Registered endpoint failed to handle the request.\n');
    await isGone();
  });
}

/** Resolves when the connection that carried the last request is closed. */
async function isGone(): Promise<void> {
  const { backend } = suite.rule;
  const { socket } = backend.connections.at(-1)!;
  await backend.until(() => socket.destroyed);
}

/** That the client has the beginning of a response and no way to take it for a whole one. */
async function assertCutOff(client: RawClient, beginning: string): Promise<void> {
  client.send(get('app.test'));
  await assert.rejects(client.response(), /connection closed/);
  assert.ok(client.received.includes(beginning), JSON.stringify(client.received));
  assert.ok(!client.received.endsWith('\r\n0\r\n\r\n'), 'the last chunk was made up');
  await isGone();
}

describe('C7 a response that cannot be read', () => {
  for (const { name, raw, fault } of BAD_RESPONSES) {
    if (name.startsWith('B06')) continue;
    test(`${name} is 502`, () => assertBadGateway(raw, `malformed response: ${fault.name}`));
  }

  for (const { name, raw } of INCOMPLETE_RESPONSES) {
    if (name.startsWith('B')) continue;
    test(`B17 ${name}, then the end is 502`, () =>
      suite.rule.talks(async (client) => {
        suite.rule.backend.answer = (_, { socket }) => void socket.end(raw, 'latin1');
        assert.equal(statusOf(await client.send(get('app.test')).response()), 502);
      }));
  }

  test('B17 a reset before the first byte is 502', () =>
    suite.rule.talks(async (client) => {
      suite.rule.backend.answer = (_, { socket }) => void socket.resetAndDestroy();
      const response = await client.send(get('app.test').replace('GET', 'DELETE')).response();
      assert.equal(statusOf(response), 502);
    }));

  test('B15 a head of 100 KB is relayed whole', async () => {
    const lines = Array.from({ length: 900 }, (_, i) => `X-Line-${i}: ${'v'.repeat(90)}`);
    const { response } = await suite.rule.serves({
      input: get('app.test'),
      answer: () => ok('ok', lines.map((line) => `${line}\r\n`).join('')),
    });
    assert.deepEqual(
      response.lines.filter((line) => line.startsWith('X-Line')),
      lines,
    );
  });

  test('B15 §2.10 §3.8 a head larger than the limit is 502', () =>
    assertBadGateway(
      ok('ok', `X: ${'v'.repeat(MAX_HEAD)}\r\n`),
      `net/http: server response headers exceeded ${MAX_HEAD} bytes; aborted`,
    ));

  test('B15 2600 header lines are 502, none is lost in silence', () =>
    assertBadGateway(ok('ok', 'X: v\r\n'.repeat(2600)), 'Too many response headers'));

  test('B16 a response without a reason is relayed', async () => {
    for (const start of ['HTTP/1.1 200', 'HTTP/1.1 200 ']) {
      const answer = () => ok().replace('HTTP/1.1 200 OK', start);
      const { response } = await suite.rule.serves({ input: get('app.test'), answer });
      assert.equal(response.start, 'HTTP/1.1 200 ');
    }
  });
});

describe('C7 a body whose faults have come with its head', () => {
  for (const { name, raw, fault } of BAD_RESPONSES) {
    if (!name.startsWith('B06')) continue;
    test(`${name} is 502`, () => assertBadGateway(raw, `malformed response: ${fault.name}`));
  }

  test('B06 behind good chunks is 502, and nothing of them goes on', () =>
    assertBadGateway(`${CHUNKED}5\r\nbegun\r\nxyz\r\n`, 'malformed response: bad_chunk_size'));

  test('K14 trailers beyond the limit are 502', () =>
    assertBadGateway(`${CHUNKED}0\r\n${'X: y\r\n'.repeat(2000)}\r\n`, 'Too many response headers'));
});

describe('C7 §3.9 a response that is odd', () => {
  for (const { name, raw, meaning, body } of GOOD_RESPONSES) {
    const oddities = meaning['oddities'] as readonly string[] | undefined;
    if (oddities === undefined || oddities.length === 0) continue;
    test(`${name}: is passed on, counted, and the last on its connection`, () =>
      suite.rule.talks(async (client) => {
        const before = await tolerated();
        answerOnce(raw);
        const response = await client.send(get('app.test')).response();
        assert.equal(response.body, body);
        assert.equal(
          valuesOf(response, 'Content-Length').length + valuesOf(response, 'Transfer-Encoding').length,
          1,
        );
        assert.ok(!/[^\r]\n/.test(response.lines.join('\r\n')));
        await isGone();
        assert.deepEqual(
          [...(await tolerated())]
            .filter(([oddity, count]) => count > before.get(oddity)!)
            .map(([oddity]) => oddity),
          [...oddities].toSorted(),
        );
        assert.equal((await client.send(get('app.test', '/next')).response()).body, 'GET /next HTTP/1.1');
      }));
  }

  test('B14 before the last one ends the connection, too', () =>
    suite.rule.talks(async (client) => {
      answerOnce(`HTTP/1.1 103 Early Hints\nLink: </a>\n\n${ok('last')}`);
      client.send(get('app.test'));
      const hints = await client.response();
      assert.deepEqual([statusOf(hints), hints.lines], [103, ['Link: </a>']]);
      assert.equal((await client.response()).body, 'last');
      await isGone();
    }));

  test('B16 of HTTP/1.2 is like one of HTTP/1.1, and its connection is kept', () =>
    suite.rule.talks(async (client) => {
      const { backend } = suite.rule;
      answerOnce(ok('new').replace('HTTP/1.1', 'HTTP/1.2'));
      const response = await client.send(get('app.test')).response();
      assert.deepEqual([response.start, response.body], ['HTTP/1.1 200 OK', 'new']);
      const { length } = backend.connections;
      await client.send(get('app.test', '/next')).response();
      assert.equal(backend.connections.length, length);
    }));

  for (const size of ['5  ', '00000005', '5\t;a=b']) {
    test(`B06 with a chunk size ${JSON.stringify(size)} is whole, also where its chunks come late`, () =>
      suite.rule.talks(async (client) => {
        suite.rule.backend.answer = (_, { socket }) => {
          socket.write(CHUNKED);
          void client.until('chunked').then(() => socket.write(`${size}\r\nwhole\r\n0  \r\n\r\n`));
          return undefined;
        };
        client.send(get('app.test'));
        await client.until('\r\n0\r\n\r\n');
        assert.ok(client.received.includes('\r\n\r\n5\r\nwhole\r\n0'));
        client.close();
      }));
  }
});

/** How many responses were tolerated, by what was odd about them. */
async function tolerated(): Promise<ReadonlyMap<string, number>> {
  const page = await suite.rule.metrics();
  const lines = page.matchAll(/^cellgate_tolerated_responses_total\{oddity="(\w+)"\} (\d+)$/gm);
  return new Map([...lines].map(([, oddity, count]) => [oddity!, Number(count)]));
}

describe('C7 a response that breaks off', () => {
  for (const [name, raw] of [
    ['B04 short of its length', 'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nbegun'],
    ['B05 in the middle of a chunk', `${CHUNKED}9\r\nbegun`],
    ['B05 before the last chunk', `${CHUNKED}5\r\nbegun\r\n`],
    ['B05 in the middle of the last chunk', `${CHUNKED}5\r\nbegun\r\n0\r\n`],
    ['B05 in the middle of the trailers', `${CHUNKED}5\r\nbegun\r\n0\r\nX-Trailer: 1\r\n`],
  ]) {
    test(`${name} breaks off for the client`, () =>
      suite.rule.talks(async (client) => {
        answerOnce(raw!, true);
        await assertCutOff(client, 'begun');
      }));
  }

  test('B04 with a reset breaks off for the client', () =>
    suite.rule.talks(async (client) => {
      suite.rule.backend.answer = (_, { socket }) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nbegun');
        void client.until('begun').then(() => socket.resetAndDestroy());
        return undefined;
      };
      await assertCutOff(client, 'begun');
    }));

  test('B05 is a reset for HTTP/1.0, which would take an end for the whole', () =>
    suite.rule.talks(async (client) => {
      suite.rule.backend.answer = (_, { socket }) => {
        socket.write(`${CHUNKED}5\r\nbegun\r\n`);
        void client.until('begun').then(() => socket.end());
        return undefined;
      };
      client.send('GET / HTTP/1.0\r\nHost: app.test\r\n\r\n');
      assert.equal(await client.closed, 'reset');
    }));

  for (const bad of ['xyz\r\n', '5\r\nbegunX', '-1\r\n', '5;\x00\r\n']) {
    test(`B06 with ${JSON.stringify(bad)} for a chunk breaks off for the client`, () =>
      suite.rule.talks(async (client) => {
        suite.rule.backend.answer = (_, { socket }) => {
          socket.write(`${CHUNKED}5\r\nbegun\r\n`);
          void client.until('begun').then(() => socket.write(bad));
          return undefined;
        };
        await assertCutOff(client, 'begun');
      }));
  }
});

describe('C7 bytes behind a response', () => {
  const stray = ok('stray', 'X-Stray: 1\r\n');
  for (const [name, raw, bodyless] of [
    ['B07 some bytes', ok('mine') + 'more', false],
    ['B08 a whole response', ok('mine') + stray, false],
    ['B08 a whole response to a chunked one', `${CHUNKED}4\r\nmine\r\n0\r\n\r\n${stray}`, false],
    ['B10 a body to HEAD', ok('stray'), true],
    ['B10 a body in 204', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nstray', true],
    [
      'B10 chunks in 204',
      `HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nstray\r\n0\r\n\r\n`,
      true,
    ],
    ['B10 a body in 304', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nstray', true],
    ['B13 a body in 205', 'HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\nstray', false],
    [
      'B13 chunks in 205',
      `HTTP/1.1 205 Reset Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nstray\r\n0\r\n\r\n`,
      false,
    ],
  ] as const) {
    test(`${name} reach nobody, and the connection is not used again`, () =>
      suite.rule.talks(async (client) => {
        answerOnce(raw);
        const method = name.endsWith('HEAD') ? 'HEAD' : 'GET';
        const response = await client.send(get('app.test').replace('GET', method)).response(bodyless);
        assert.ok(statusOf(response) < 400);
        assert.ok(!JSON.stringify(response).toLowerCase().includes('stray'));
        await isGone();
        assert.equal((await client.send(get('app.test', '/next')).response()).body, 'GET /next HTTP/1.1');
        assert.equal(client.received, '');
      }));
  }

  test('B10 a body in 1xx is a bad head', () =>
    suite.rule.talks(async (client) => {
      answerOnce(`HTTP/1.1 102 Processing\r\nContent-Length: 5\r\n\r\n${'stray'.repeat(10)}\r\n\r\n`);
      const interim = await client.send(get('app.test')).response();
      assert.deepEqual([statusOf(interim), valuesOf(interim, 'Content-Length')], [102, []]);
      assert.equal(statusOf(await client.response()), 502);
      await isGone();
    }));

  test('B08 a whole response later, on the idle connection, ends that connection', () =>
    suite.rule.talks(async (client) => {
      const { backend } = suite.rule;
      await client.send(get('app.test')).response();
      const { socket } = backend.connections.at(-1)!;
      socket.write(stray);
      await backend.until(() => socket.destroyed);
      assert.equal((await client.send(get('app.test', '/next')).response()).body, 'GET /next HTTP/1.1');
    }));
});

describe('C7 a response that has no body', () => {
  test('B11 keeps the length it states, in 304', () =>
    suite.rule.talks(async (client) => {
      answerOnce('HTTP/1.1 304 Not Modified\r\nContent-Length: 400\r\nETag: "a"\r\n\r\n');
      const response = await client.send(get('app.test')).response();
      assert.deepEqual(valuesOf(response, 'Content-Length'), ['400']);
      assert.equal((await client.send(get('app.test', '/next')).response()).body, 'GET /next HTTP/1.1');
    }));

  test('B13 has a length of 0 in 205', () =>
    suite.rule.talks(async (client) => {
      answerOnce('HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\nstray');
      const response = await client.send(get('app.test')).response();
      assert.deepEqual(valuesOf(response, 'Content-Length'), ['0']);
    }));

  test('B10 states no length in 204', () =>
    suite.rule.talks(async (client) => {
      answerOnce('HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n');
      assert.deepEqual(valuesOf(await client.send(get('app.test')).response(), 'Content-Length'), []);
      await client.send(get('app.test')).response();
    }));
});

describe('C7 1xx', () => {
  test('B12 are relayed, hundreds of small ones', () =>
    suite.rule.talks(async (client) => {
      answerOnce('HTTP/1.1 102 Processing\r\n\r\n'.repeat(500) + ok('last'));
      client.send(get('app.test'));
      for (let i = 0; i < 500; i++) assert.equal(statusOf(await client.response()), 102);
      assert.equal((await client.response()).body, 'last');
    }));

  test('B12 of 256 KiB in all are relayed, and beyond that they are 502', () =>
    suite.rule.talks(async (client) => {
      const hints = `HTTP/1.1 103 Early Hints\r\nLink: ${'x'.repeat(8192 - 36)}\r\n\r\n`;
      assert.equal(hints.length, 8192);
      answerOnce(hints.repeat(40));
      client.send(get('app.test'));
      for (let i = 0; i < 32; i++) assert.equal(statusOf(await client.response()), 103);
      const response = await client.response();
      assert.deepEqual(
        [statusOf(response), valuesOf(response, 'X-Cf-RouterError')],
        [502, ['endpoint_failure (too many 1xx responses)']],
      );
      await isGone();
    }));

  test('B12 reach no HTTP/1.0 client', () =>
    suite.rule.talks(async (client) => {
      answerOnce(`HTTP/1.1 103 Early Hints\r\n\r\n${ok('last')}`);
      const response = await client.send('GET / HTTP/1.0\r\nHost: app.test\r\n\r\n').response();
      assert.deepEqual([statusOf(response), response.body], [200, 'last']);
    }));
});

describe('C7 §3.9 an early response', () => {
  for (const status of [200, 413]) {
    test(`B09 ${status} is relayed at once, and the rest of the body goes nowhere`, () =>
      suite.rule.talks(async (client) => {
        const { backend } = suite.rule;
        const requests = backend.requests.length;
        client.send(
          `POST / HTTP/1.1\r\nHost: app.test\r\nX-Early: ${status}\r\nContent-Length: 100\r\n\r\nbegun`,
        );
        const connection = await suite.rule.reached(`X-Early: ${status}`);
        connection.socket.write(ok('early').replace('200', `${status}`));
        const response = await client.response();
        assert.deepEqual([statusOf(response), response.body], [status, 'early']);
        assert.deepEqual(valuesOf(response, 'Connection'), ['close']);
        client.send('x'.repeat(95) + get('app.test', '/smuggled'));
        assert.equal(await client.closed, 'end');
        await backend.until(() => connection.socket.destroyed);
        assert.ok(!connection.received.includes('x'.repeat(95)));
        assert.equal(backend.requests.length, requests);
      }));
  }

  test('B09 that goes on takes what more there is of the body', () =>
    suite.rule.talks(async (client) => {
      suite.rule.backend.answer = () => undefined;
      client.send('POST / HTTP/1.1\r\nHost: app.test\r\nX-Duplex: 1\r\nContent-Length: 8\r\n\r\none ');
      const { socket } = await suite.rule.reached('X-Duplex: 1');
      socket.write(`${CHUNKED}3\r\nuno\r\n`);
      await client.until('uno');
      client.send('more');
      await suite.rule.reached('one more');
      socket.write('3\r\ndos\r\n0\r\n\r\n');
      assert.equal((await client.response()).body, 'unodos');
    }));
});

describe('C7 an application that', () => {
  test('B18 takes a request and never answers is given up at endpoint_timeout', async (t) => {
    const router = await TestRouter.start(t, { endpoint_timeout: '200ms', cellgate: { proxy_threads: 1 } });
    const app = await Backend.start(t);
    await router.route('app.test', app.port);
    app.answer = () => undefined;
    const response = await ask(router.port, get('app.test'));
    assert.equal(statusOf(response), 502);
    await app.until(() => app.openConnections === 0);
  });

  test('B18 never answers is left alone when the client goes', () =>
    suite.rule.talks(async (client) => {
      suite.rule.backend.answer = () => undefined;
      client.send(get('app.test', '/silent'));
      const { socket } = await suite.rule.reached('GET /silent');
      client.close();
      await suite.rule.backend.until(() => socket.destroyed);
    }));

  test('B19 refuses connections costs no request while another is there, else 502 at once', async (t) => {
    const gone = await Backend.start(t);
    const { port } = gone;
    await gone.stop();
    suite.router.register('dead.test', port);
    await suite.rule.beside(async () => {
      let response = await ask(suite.router.port, get('dead.test'));
      while (statusOf(response) === 404) response = await ask(suite.router.port, get('dead.test'));
      assert.equal(statusOf(response), 502);
      assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), ['endpoint_failure (dial: ECONNREFUSED)']);
      suite.router.register('dead.test', suite.rule.backend.port);
      while (statusOf(response) !== 200) response = await ask(suite.router.port, get('dead.test'));
      for (let i = 0; i < 10; i++) {
        assert.equal(statusOf(await ask(suite.router.port, get('dead.test'))), 200);
      }
    });
  });

  test('B21 puts an encoded CRLF in a value has it passed as the text it is', async () => {
    const { response } = await suite.rule.serves({
      input: get('app.test'),
      answer: () => ok('ok', 'Location: /%0d%0aSet-Cookie:%20a=1\r\n'),
    });
    assert.deepEqual(valuesOf(response, 'Location'), ['/%0d%0aSet-Cookie:%20a=1']);
    assert.deepEqual(valuesOf(response, 'Set-Cookie'), []);
  });

  test('B23 sends compressed bytes has them passed as they are', async () => {
    const zeros = gzipSync(Buffer.alloc(1_000_000)).toString('latin1');
    const { response } = await suite.rule.serves({
      input: get('app.test'),
      answer: () => Buffer.from(ok(zeros, 'Content-Encoding: gzip\r\n'), 'latin1'),
    });
    assert.equal(response.body, zeros);
  });

  test('B23 sets a thousand cookies has them passed in their order, or 502', async () => {
    const cookies = Array.from({ length: 900 }, (_, i) => `c${i}=${'v'.repeat(50)}`);
    const { response } = await suite.rule.serves({
      input: get('app.test'),
      answer: () => ok('ok', cookies.map((cookie) => `Set-Cookie: ${cookie}\r\n`).join('')),
    });
    assert.deepEqual(valuesOf(response, 'Set-Cookie'), cookies);
  });

  test('B24 sends trailers has them passed as trailers, but for those that would be believed', async () => {
    const trailers =
      'X-Sum: 1\r\nContent-Length: 5\r\nSet-Cookie: a=1\r\nX-Cf-RouterError: x\r\nTransfer-Encoding: chunked\r\n';
    const { response } = await suite.rule.serves({
      input: get('app.test'),
      answer: () => `${CHUNKED}2\r\nok\r\n0\r\n${trailers}\r\n`,
    });
    assert.deepEqual(response.trailers, ['X-Sum: 1']);
    assert.deepEqual(valuesOf(response, 'X-Sum'), []);
  });

  test('B24 sends trailers to an HTTP/1.0 client has them dropped', () =>
    suite.rule.talks(async (client) => {
      answerOnce(`${CHUNKED}2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n`);
      client.send('GET / HTTP/1.0\r\nHost: app.test\r\n\r\n');
      await client.closed;
      assert.ok(client.received.endsWith('\r\n\r\nok'));
    }));

  test('B13 sends chunks in reply to HTTP/1.0 has the connection end the body', () =>
    suite.rule.talks(async (client) => {
      answerOnce(`${CHUNKED.replace('200 OK', '201 Created')}2\r\nok\r\n0\r\n\r\n`);
      client.send('POST / HTTP/1.0\r\nHost: app.test\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n');
      assert.equal(await client.closed, 'end');
      const response = await client.response();
      assert.deepEqual([statusOf(response), response.body], [201, 'ok']);
      assert.deepEqual(valuesOf(response, 'Transfer-Encoding'), []);
      assert.deepEqual(valuesOf(response, 'Connection'), ['close']);
    }));

  for (const [version, framing] of [
    ['HTTP/1.1', 'chunked'],
    ['HTTP/1.0', undefined],
  ] as const) {
    test(`B25 ends its body with its connection is relayed to ${version}`, () =>
      suite.rule.talks(async (client) => {
        answerOnce('HTTP/1.0 200 OK\r\nServer: old\r\n\r\nto the end', true);
        client.send(`GET / ${version}\r\nHost: app.test\r\n\r\n`);
        if (framing === undefined) await client.closed;
        const response = await client.response();
        assert.equal(response.start, 'HTTP/1.1 200 OK');
        assert.equal(response.body, 'to the end');
        assert.equal(valuesOf(response, 'Transfer-Encoding')[0], framing);
      }));
  }

  test('B26 closes an idle connection as a request comes is asked again on another', () =>
    suite.rule.talks(async (client) => {
      const { backend } = suite.rule;
      const used = new Set<unknown>();
      backend.answer = (request, connection) => {
        if (used.has(connection)) return void connection.socket.destroy();
        used.add(connection);
        return ok(request.start);
      };
      for (let i = 0; i < 10; i++) {
        const response = await client.send(get('app.test', `/${i}`)).response();
        assert.equal(response.body, `GET /${i} HTTP/1.1`);
      }
    }));

  test('B26 has closed an idle connection before a POST comes gets that on another, too', () =>
    suite.rule.talks(async (client) => {
      const { backend } = suite.rule;
      for (let i = 0; i < 10; i++) {
        await client.send(get('app.test')).response();
        const { socket } = backend.connections.at(-1)!;
        socket.end();
        await backend.until(() => socket.destroyed);
        client.send('POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 4\r\n\r\nbody');
        assert.equal(statusOf(await client.response()), 200);
      }
    }));

  test('B26 closes a connection with the POST in hand gets it only once', () =>
    suite.rule.talks(async (client) => {
      const { backend } = suite.rule;
      const requests = backend.requests.length;
      await client.send(get('app.test')).response();
      backend.answer = (_, { socket }) => void socket.destroy();
      client.send('POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 4\r\n\r\nbody');
      assert.equal(statusOf(await client.response()), 502);
      assert.equal(backend.requests.length, requests + 2);
    }));
});
