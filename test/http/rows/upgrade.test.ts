import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { ok } from '../../support/backend.ts';
import { type RawMessage, statusOf, valuesOf } from '../../support/raw-http.ts';
import { rowSuite } from '../../support/row-suite.ts';
import { acceptOf } from '../../support/websocket-server.ts';

// U09, U10 and U13 are in tunnel.test.ts, U11 in route-services.test.ts, U12 in h2/websocket.test.ts.

const suite = rowSuite();

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

/** A GET with these header lines. */
function asked(...lines: string[]): string {
  return ['GET / HTTP/1.1', 'Host: app.test', ...lines, '\r\n'].join('\r\n');
}

/** A request for a WebSocket. */
function webSocket(...more: string[]): string {
  return asked('Connection: Upgrade', 'Upgrade: websocket', `Sec-WebSocket-Key: ${KEY}`, ...more);
}

function switching(...lines: string[]): string {
  return ['HTTP/1.1 101 Switching Protocols', ...lines, '\r\n'].join('\r\n');
}

const SWITCHING_TO_WEBSOCKET = switching(
  'Upgrade: websocket',
  'Connection: Upgrade',
  `Sec-WebSocket-Accept: ${acceptOf(KEY)}`,
);

/** That the request goes on as one that asks for no upgrade. */
async function assertServedPlainly(input: string): Promise<void> {
  const { requests } = await suite.rule.serves({ input });
  assert.equal(requests.length, 1);
  for (const name of ['Upgrade', 'HTTP2-Settings', 'Connection']) {
    assert.deepEqual(valuesOf(requests[0]!, name), [], name);
  }
}

/** That a 101 to it is a failure of the application. */
async function assertNoTunnel(input: string): Promise<void> {
  const answer = () => SWITCHING_TO_WEBSOCKET;
  const { response } = await suite.rule.serves({ input, status: 502, answer });
  assert.match(valuesOf(response, 'X-Cf-RouterError')[0]!, /^endpoint_failure \(101 /);
}

/** That a 101 opens a tunnel for this request; what the backend got of it. */
async function assertTunnel(
  input: string,
  protocol = 'websocket',
  accept: readonly string[] = [`Sec-WebSocket-Accept: ${acceptOf(KEY)}`],
): Promise<RawMessage> {
  let asked: RawMessage | undefined;
  await suite.rule.talks(async (client) => {
    const { backend } = suite.rule;
    const before = backend.requests.length;
    backend.answer = () => switching('Connection: Upgrade', `Upgrade: ${protocol}`, ...accept);
    const response = await client.send(input).response();
    assert.equal(statusOf(response), 101);
    assert.deepEqual(
      response.lines.filter((line) => line.startsWith('Sec-')).map((line) => line.trim()),
      accept,
    );
    asked = backend.requests[before];
    const { socket } = backend.connections.at(-1)!;
    client.send('from the client');
    await suite.rule.reached('from the client');
    socket.write('from the backend');
    await client.until('from the backend');
    socket.destroy();
  });
  return asked!;
}

describe('C6 HTTP/2 by way of Upgrade', () => {
  for (const upgrade of ['h2c', 'H2C', 'h2', 'h2c, websocket', 'websocket, h2c']) {
    test(`U01 is never asked of an application: ${upgrade}`, () =>
      assertServedPlainly(
        asked(
          'Connection: Upgrade, HTTP2-Settings',
          `Upgrade: ${upgrade}`,
          'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
        ),
      ));
  }

  test('U01 is no tunnel, even when the application believes it was asked', () =>
    suite.rule.talks(async (client) => {
      suite.rule.backend.answer = () => switching('Connection: Upgrade', 'Upgrade: h2c');
      client.send(asked('Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'));
      assert.equal(statusOf(await client.response()), 502);
    }));
});

describe('C6 §3.11 an answer other than 101', () => {
  for (const status of [200, 302, 404, 426, 503]) {
    test(`U02 is relayed as it is, and what the client sent early goes nowhere: ${status}`, () =>
      suite.rule.talks(async (client) => {
        const { backend } = suite.rule;
        const requests = backend.requests.length;
        backend.answer = () => ok('no', 'X-Mine: 1\r\n').replace('200 OK', `${status} Whatever`);
        client.send(`${webSocket()}GET /smuggled HTTP/1.1\r\nHost: app.test\r\n\r\n`);
        const response = await client.response();
        assert.deepEqual([statusOf(response), response.body], [status, 'no']);
        assert.deepEqual(valuesOf(response, 'X-Mine'), ['1']);
        assert.deepEqual(valuesOf(response, 'Connection'), ['close']);
        assert.equal(await client.closed, 'end');
        assert.equal(client.received, '');
        assert.equal(backend.requests.length, requests + 1);
      }));
  }

  test('U02 made by the router ends the connection as well', () =>
    suite.rule.talks(async (client) => {
      client.send(
        `${webSocket().replace('app.test', 'nope.test')}GET /smuggled HTTP/1.1\r\nHost: app.test\r\n\r\n`,
      );
      assert.equal(statusOf(await client.response()), 404);
      assert.equal(await client.closed, 'end');
      assert.equal(client.received, '');
    }));
});

describe('C6 §3.11 a 101 that does not answer the request', () => {
  const upgrade = 'Upgrade: websocket';
  const connection = 'Connection: Upgrade';
  const accept = `Sec-WebSocket-Accept: ${acceptOf(KEY)}`;
  for (const [what, ...lines] of [
    ['to another protocol', connection, 'Upgrade: h2c', accept],
    ['to two protocols', connection, 'Upgrade: websocket, h2c', accept],
    ['without a protocol', connection, accept],
    ['without Connection: Upgrade', upgrade, accept],
  ] as [string, ...string[]][]) {
    test(`U03 is 502, and the connection to the application is gone: ${what}`, () =>
      suite.rule.talks(async (client) => {
        const { backend } = suite.rule;
        backend.answer = () => `${switching(...lines)}stray bytes`;
        const response = await client.send(webSocket()).response();
        assert.equal(statusOf(response), 502);
        assert.match(valuesOf(response, 'X-Cf-RouterError')[0]!, /^endpoint_failure \(101 /);
        assert.ok(!response.body.includes('stray'));
        const { socket } = backend.connections.at(-1)!;
        await backend.until(() => socket.destroyed);
        assert.equal(await client.closed, 'end');
        assert.equal(client.received, '');
      }));
  }
});

describe('C6 a request for a WebSocket', () => {
  for (const key of [[], ['Sec-WebSocket-Key:'], ['Sec-WebSocket-Key: short']]) {
    test(`U04 with such a key is the application's to judge: ${key}`, async () => {
      const request = await assertTunnel(asked('Connection: Upgrade', 'Upgrade: websocket', ...key));
      const [line] = key;
      assert.deepEqual(
        request.lines.filter((each) => each.startsWith('Sec-')).map((each) => each.trim()),
        line === undefined ? [] : [line],
      );
    });
  }

  for (const accept of [[], ['Sec-WebSocket-Accept:'], ['Sec-WebSocket-Accept: bm8=']]) {
    test(`U03 gets a tunnel when the client is to judge this answer to its key: ${accept}`, async () => {
      await assertTunnel(webSocket(), 'websocket', accept);
    });
  }

  for (const version of ['8', '99']) {
    test(`U04 of version ${version} is the application's to turn down`, async () => {
      const { requests } = await suite.rule.serves({
        input: webSocket(`Sec-WebSocket-Version: ${version}`),
        answer: () =>
          'HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n',
        status: 426,
      });
      assert.deepEqual(valuesOf(requests[0]!, 'Sec-WebSocket-Version'), [version]);
    });
  }

  for (const framing of ['Content-Length: 4', 'Transfer-Encoding: chunked']) {
    test(`U05 with a body is refused: ${framing}`, () =>
      suite.rule.refuses({ input: `${webSocket(framing)}body`, status: 400, code: 'upgrade_with_body' }));
  }

  test('U06 without Connection: Upgrade is served as any other', () =>
    assertServedPlainly(asked('Upgrade: websocket', `Sec-WebSocket-Key: ${KEY}`)));

  test('U06 by POST is served as any other', () => assertServedPlainly(webSocket().replace('GET', 'POST')));

  test('U06 in HTTP/1.0 is served as any other', () =>
    assertServedPlainly(webSocket().replace('HTTP/1.1', 'HTTP/1.0')));

  for (const [what, input] of [
    ['by POST', webSocket().replace('GET', 'POST')],
    ['in HTTP/1.0', webSocket().replace('HTTP/1.1', 'HTTP/1.0')],
    ['without Connection: Upgrade', webSocket().replace('Connection: Upgrade', 'Connection: X-Other')],
  ] as const) {
    test(`U06 U08 ${what} gets no tunnel, whatever the application says`, () => assertNoTunnel(input));
  }

  for (const [what, ...lines] of [
    ['in a list of options', 'Connection: keep-alive, Upgrade', 'Upgrade: websocket'],
    [
      'in the second of two Connection lines',
      'Connection: keep-alive',
      'Connection: upgrade',
      'Upgrade: websocket',
    ],
    ['in any case', 'connection: UPGRADE', 'upgrade: WebSocket'],
  ] as [string, ...string[]][]) {
    test(`U07 is found ${what}`, async () => {
      const request = await assertTunnel(asked(...lines, `Sec-WebSocket-Key: ${KEY}`));
      assert.deepEqual(valuesOf(request, 'Connection'), ['Upgrade']);
      assert.match(valuesOf(request, 'Upgrade')[0]!, /^websocket$/i);
    });
  }

  test('U07 another protocol is as good', async () => {
    const request = await assertTunnel(asked('Connection: Upgrade', 'Upgrade: echo/1.0'), 'Echo/1.0');
    assert.deepEqual(valuesOf(request, 'Upgrade'), ['echo/1.0']);
  });

  test('U08 none, and yet a 101 to it: 502', () => assertNoTunnel(asked()));
});
