import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import type { HeadSink } from '../../../src/http/message/head-sink.ts';
import { TextHead } from '../../../src/http/message/text-head.ts';
import { interimHead, switchingHead, writeResponse } from '../../../src/http/policy/response-lines.ts';
import { responseOf } from '../../support/parsed-head.ts';

const DATE = 'Tue, 14 Nov 2023 22:13:20 GMT';
const OWN = ['X-Vcap-Request-Id: the-id', `Date: ${DATE}`];

/** All lines for the client, each of which ends in CRLF. */
function relayed(start: string, ...lines: readonly string[]): string[] {
  const { head, response } = responseOf(start, ...lines);
  const writeTo = (sink: HeadSink) => writeResponse(sink, head, response, 'the-id', DATE, false);
  const all = new TextHead().of({ writeTo }).split('\r\n');
  assert.equal(all.pop(), '');
  return all;
}

describe('the lines for the client', () => {
  test("are the backend's, then the router's own, without framing", () => {
    assert.deepEqual(
      relayed(
        'HTTP/1.0 404 Not  \xe9here',
        'Server: s',
        'Content-Length: 3',
        'set-cookie: a=1',
        'Set-Cookie: b=2',
        'set-cookie: a=1',
      ),
      [
        'HTTP/1.1 404 Not  \xe9here',
        'Server: s',
        'set-cookie: a=1',
        'Set-Cookie: b=2',
        'set-cookie: a=1',
        ...OWN,
      ],
    );
    assert.deepEqual(relayed('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'), ['HTTP/1.1 200 OK', ...OWN]);
  });

  test("keep the backend's own Date and X-Vcap-Request-Id", () => {
    assert.deepEqual(relayed('HTTP/1.1 200 OK', 'date: then', 'x-vcap-request-id: mine'), [
      'HTTP/1.1 200 OK',
      'date: then',
      'x-vcap-request-id: mine',
    ]);
  });

  test('B16 have the space before an empty reason', () => {
    assert.equal(relayed('HTTP/1.1 200')[0], 'HTTP/1.1 200 ');
  });

  test('are spelled canonically where the backend did not', () => {
    assert.deepEqual(relayed('HTTP/1.1 200 OK', 'A:b', 'C:\t d \t', 'E:', 'F: g'), [
      'HTTP/1.1 200 OK',
      'A: b',
      'C: d',
      'E: ',
      'F: g',
      ...OWN,
    ]);
  });

  test('P05 have nothing that was for one hop, in any case', () => {
    const hopByHop = [
      'Connection: keep-alive',
      'Keep-Alive: timeout=5',
      'Proxy-Connection: keep-alive',
      'Proxy-Authenticate: Basic',
      'TE: trailers',
      'Trailer: X-Sum',
      'Upgrade: h2c',
      'X-CF-Proxy-Signature: s',
      'X-Cf-RouterError: unknown_route',
    ];
    for (const line of hopByHop) {
      const expected = ['HTTP/1.1 200 OK', 'A: 1', 'B: 2', ...OWN];
      assert.deepEqual(relayed('HTTP/1.1 200 OK', 'A: 1', line, 'B: 2'), expected, line);
      assert.deepEqual(relayed('HTTP/1.1 200 OK', 'A: 1', line.toLowerCase(), 'B: 2'), expected, line);
    }
  });

  test('announce the trailers that may follow, and those alone', () => {
    const { head, response } = responseOf(
      'HTTP/1.1 200 OK',
      'Trailer: X-Sum,  X-More',
      'Transfer-Encoding: chunked',
    );
    const lines = (brings: boolean) =>
      new TextHead().of({ writeTo: (sink) => writeResponse(sink, head, response, 'the-id', DATE, brings) });
    assert.ok(lines(true).startsWith('HTTP/1.1 200 OK\r\nTrailer: X-Sum,  X-More\r\n'));
    assert.ok(!lines(false).includes('Trailer'));
  });

  test('P05 have nothing that Connection names', () => {
    assert.deepEqual(relayed('HTTP/1.1 200 OK', 'X-A: 1', 'Connection: x-a, close', 'X-B: 2'), [
      'HTTP/1.1 200 OK',
      'X-B: 2',
      ...OWN,
    ]);
  });
});

test('the answer that opens a tunnel names the one protocol and is spelled by the router', () => {
  const { head, response } = responseOf(
    'HTTP/1.1 101 Switching Protocols',
    'connection: keep-alive, upgrade, X-A',
    'upgrade: WebSocket',
    'X-A: b',
    'Content-Length: 3',
    'Sec-WebSocket-Accept: s3p',
  );
  assert.equal(
    new TextHead().of(switchingHead(head, response, 'websocket', 'the-id', [])),
    'HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3p\r\nX-Vcap-Request-Id: the-id\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n',
  );
});

test('an interim response is its status line and lines, and ends there', () => {
  const { head, response } = responseOf(
    'HTTP/1.1 103 Early Hints',
    'Link: </a>',
    'Connection: X-A',
    'X-A: b',
  );
  assert.equal(
    new TextHead().of(interimHead(head, response, null)),
    'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n',
  );
});
