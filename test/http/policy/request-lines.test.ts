import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import type { Head } from '../../../src/http/message/head.ts';
import { NO_LINES, ownLines } from '../../../src/http/message/own-lines.ts';
import type { Request } from '../../../src/http/message/request.ts';
import { TextHead } from '../../../src/http/message/text-head.ts';
import { type Forwarding, writeRequest } from '../../../src/http/policy/request-lines.ts';
import { latin1, readRequest } from '../../support/message-reader.ts';
import { requestOf } from '../../support/parsed-head.ts';

const FORWARDING: Forwarding = {
  forwardedLines: null,
  forwardedFor: '192.0.2.7',
  forwardedProto: 'http',
  clientCert: { drops: false, lines: NO_LINES },
  requestStart: '1700000000000',
  requestId: 'the-id',
  endpointLines: ownLines(
    ...['X-CF-ApplicationID', 'app'],
    ...['X-CF-InstanceIndex', '0'],
    ...['X-CF-InstanceID', 'one'],
  ),
  keepAlive: true,
  upgradeTo: null,
  trace: null,
  signed: false,
  redirection: null,
  keepsDebug: false,
  protectedNames: ['x-request-start', 'authorization'],
};

/** The router's own lines behind the client's when the client says nothing of its own. */
const OWN = [
  'X-Forwarded-For: 192.0.2.7',
  'X-Forwarded-Proto: http',
  'X-Request-Start: 1700000000000',
  'X-Vcap-Request-Id: the-id',
  'X-CF-ApplicationID: app',
  'X-CF-InstanceIndex: 0',
  'X-CF-InstanceID: one',
];

function requestHead(head: Head, request: Request, forwarding: Forwarding): string {
  return `${new TextHead().of({ writeTo: (sink) => writeRequest(sink, head, request, forwarding) })}\r\n`;
}

/** All lines of the head for the backend; the last two are the empty line. */
function forwarded(start: string, lines: readonly string[], forwarding: Partial<Forwarding> = {}): string[] {
  const { head, request } = requestOf(start, ...lines);
  return requestHead(head, request, { ...FORWARDING, ...forwarding }).split('\r\n');
}

/** The client's lines that are left between Host and the router's own. */
function kept(...lines: readonly string[]): string[] {
  const all = forwarded('GET / HTTP/1.1', ['Host: a.test', ...lines]);
  return all.slice(2, all.indexOf(OWN[0]!));
}

describe('the head for the backend', () => {
  test("§3.4 is the client's request line and lines, then the router's own", () => {
    assert.deepEqual(
      forwarded('GET //a/../%2f?x;y=%0d HTTP/1.1', ['hOsT: A.test:80', 'User-Agent: u', 'accept: */*']),
      ['GET //a/../%2f?x;y=%0d HTTP/1.1', 'hOsT: A.test:80', 'User-Agent: u', 'accept: */*', ...OWN, '', ''],
    );
  });

  test('is HTTP/1.1 also for a client of HTTP/1.0', () => {
    assert.deepEqual(forwarded('GET /x HTTP/1.0', ['A: 1', 'Host: a.test']).slice(0, 3), [
      'GET /x HTTP/1.1',
      'Host: a.test',
      'A: 1',
    ]);
  });

  test('S15 begins with the request line whatever empty lines came before it', () => {
    assert.equal(forwarded('\r\n\r\nGET / HTTP/1.1', ['Host: a.test'])[0], 'GET / HTTP/1.1');
  });

  test('H08 of an absolute form has the origin form and the host of the target', () => {
    assert.deepEqual(forwarded('GET http://A.test/x?y HTTP/1.1', ['B: 2', 'Host: a.test']).slice(0, 3), [
      'GET /x?y HTTP/1.1',
      'Host: A.test',
      'B: 2',
    ]);
  });

  test('has Host once, where the client put it and spelled canonically', () => {
    const lines = forwarded('GET / HTTP/1.1', ['A: 1', 'Host:\ta.test ', 'B: 2']);
    assert.deepEqual(lines, ['GET / HTTP/1.1', 'A: 1', 'Host: a.test', 'B: 2', ...OWN, '', '']);
  });

  test('P12 overwrites what a client says of itself in names that are ours', () => {
    const lines = forwarded('GET / HTTP/1.1', [
      'Host: a.test',
      'X-CF-ApplicationID: mine',
      'x-cf-instanceindex: 7',
      'X-Cf-InstanceId: mine',
      'X-Vcap-Request-Id: mine',
      'X-Forwarded-For: 1.1.1.1',
      'X-Forwarded-Proto: gopher',
      'X-CF-App-Instance: mine:0',
    ]);
    assert.deepEqual(lines, ['GET / HTTP/1.1', 'Host: a.test', ...OWN, '', '']);
  });

  test("P12 keeps the client's X-Request-Start", () => {
    const lines = forwarded('GET / HTTP/1.1', ['Host: a.test', 'x-request-start: 5']);
    assert.deepEqual(
      lines.filter((line) => /request-start/i.test(line)),
      ['x-request-start: 5'],
    );
  });
});

describe('the framing for the backend', () => {
  const framing = (...lines: readonly string[]) =>
    forwarded('POST / HTTP/1.1', ['Host: a.test', ...lines]).filter((line) => /length|encoding/i.test(line));

  test('K16 is written anew, minimal and canonical', () => {
    assert.deepEqual(framing('Transfer-Encoding:  CHUNKED '), ['Transfer-Encoding: chunked']);
    assert.deepEqual(framing('content-length:\t0012'), ['Content-Length: 12']);
  });

  test('states a length of 0 when the client does, and only then', () => {
    assert.deepEqual(framing('Content-Length: 0'), ['Content-Length: 0']);
    assert.deepEqual(framing(), []);
  });

  test('is exact for the longest body there can be', () => {
    assert.deepEqual(framing('Content-Length: 9007199254740991'), ['Content-Length: 9007199254740991']);
  });
});

describe('P04 hop-by-hop lines', () => {
  const HOP_BY_HOP = [
    'Keep-Alive: timeout=5',
    'Proxy-Connection: keep-alive',
    'Proxy-Authenticate: Basic',
    'Proxy-Authorization: Basic eDp5',
    'Trailer: X-Sum',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA',
    'Connection: keep-alive',
    'TE: gzip',
  ];

  test('go no further, but for Trailer before a body that can have some', () => {
    assert.deepEqual(kept('Transfer-Encoding: chunked', 'Trailer: X-Sum', 'trailer:b'), [
      'Trailer: X-Sum',
      'trailer: b',
    ]);
    assert.deepEqual(kept('Content-Length: 1', 'Trailer: X-Sum'), []);
    assert.deepEqual(kept('Transfer-Encoding: chunked', 'Trailer: X-Sum', 'Connection: Trailer'), []);
  });

  test('go no further, in any case, and their neighbours do', () => {
    for (const line of HOP_BY_HOP) {
      assert.deepEqual(kept('A: 1', line, 'B: 2'), ['A: 1', 'B: 2'], line);
      assert.deepEqual(kept(line.toUpperCase(), 'B: 2'), ['B: 2'], line);
    }
    assert.deepEqual(kept(...HOP_BY_HOP), []);
  });

  test('are replaced by our own wish to close', () => {
    const tail = (keepAlive: boolean, ...lines: readonly string[]) =>
      forwarded('GET / HTTP/1.1', ['Host: a.test', ...lines], { keepAlive }).slice(2 + OWN.length);
    assert.deepEqual(tail(true, 'Connection: close'), ['', '']);
    assert.deepEqual(tail(false, 'Connection: keep-alive'), ['Connection: close', '', '']);
    assert.deepEqual(tail(true, 'TE: gzip, Trailers;q=1'), ['', '']);
    assert.deepEqual(tail(true, 'TE: gzip , TRAILERS'), ['TE: trailers', 'Connection: TE', '', '']);
    assert.deepEqual(tail(false, 'TE: trailers'), ['TE: trailers', 'Connection: TE, close', '', '']);
  });
});

describe('a request to switch to another protocol', () => {
  test('names that protocol alone, whatever else it and the settings want', () => {
    const lines = forwarded(
      'GET / HTTP/1.1',
      ['Host: a.test', 'Connection: upgrade, TE, X-A', 'Upgrade: WebSocket', 'TE: trailers', 'X-A: 1'],
      { upgradeTo: 'websocket', keepAlive: false },
    );
    assert.deepEqual(lines.slice(2 + OWN.length), ['Connection: Upgrade', 'Upgrade: websocket', '', '']);
  });
});

describe('H16 Max-Forwards', () => {
  const hops = (start: string, ...lines: readonly string[]) =>
    forwarded(start, ['Host: a.test', ...lines]).filter((line) => /max-forwards/i.test(line));

  test('of OPTIONS counts down', () => {
    assert.deepEqual(hops('OPTIONS / HTTP/1.1', 'max-forwards: 10'), ['Max-Forwards: 9']);
    assert.deepEqual(hops('OPTIONS * HTTP/1.1', 'Max-Forwards: 1'), ['Max-Forwards: 0']);
    assert.deepEqual(hops('OPTIONS / HTTP/1.0', 'Max-Forwards: 007'), ['Max-Forwards: 6']);
  });

  test('of OPTIONS is the least of several, and never more than a number that all can read', () => {
    assert.deepEqual(hops('OPTIONS / HTTP/1.1', 'Max-Forwards: 9', 'Max-Forwards: 3', 'Max-Forwards: 5'), [
      'Max-Forwards: 2',
    ]);
    assert.deepEqual(hops('OPTIONS / HTTP/1.1', `Max-Forwards: ${'9'.repeat(400)}`), ['Max-Forwards: 254']);
  });

  test('passes as it is when it is no number, and with another method', () => {
    assert.deepEqual(hops('OPTIONS / HTTP/1.1', 'Max-Forwards: many'), ['Max-Forwards: many']);
    assert.deepEqual(hops('GET / HTTP/1.1', 'Max-Forwards: 0'), ['Max-Forwards: 0']);
  });
});

test('P20 Expect goes no further from HTTP/1.0, which cannot take a 100', () => {
  const expects = (version: string) =>
    forwarded(`POST / ${version}`, ['Host: a.test', 'Expect: 100-continue', 'Content-Length: 0']).includes(
      'Expect: 100-continue',
    );
  assert.deepEqual([expects('HTTP/1.1'), expects('HTTP/1.0')], [true, false]);
});

describe('lines that Connection names', () => {
  test('go no further, whatever their case and wherever they are', () => {
    assert.deepEqual(
      kept('X-A: 1', 'Connection: x-a, X-B', 'X-b: 2', 'X-C: 3', 'connection: x-d', 'X-D: 4'),
      ['X-C: 3'],
    );
  });

  test('§3.4 go on when they are protected', () => {
    assert.deepEqual(kept('Connection: Authorization, Cookie', 'authorization: Basic x', 'Cookie: a=b'), [
      'authorization: Basic x',
    ]);
  });

  test("P01 P02 leave the router's own lines, Host and the framing alone", () => {
    const { head, request } = requestOf(
      'POST / HTTP/1.1',
      'Host: a.test',
      'Connection: close, Host, Content-Length, X-Forwarded-For, X-Forwarded-Proto, X-Vcap-Request-Id',
      'Connection: X-CF-ApplicationID, X-CF-InstanceID, X-CF-InstanceIndex, X-Request-Start',
      'X-Forwarded-For: 1.1.1.1',
      'Content-Length: 3',
    );
    assert.deepEqual(requestHead(head, request, FORWARDING).split('\r\n'), [
      'POST / HTTP/1.1',
      'Host: a.test',
      ...OWN,
      'Content-Length: 3',
      '',
      '',
    ]);
    assert.ok(
      forwarded('POST / HTTP/1.1', [
        'Host: a.test',
        'Connection: Transfer-Encoding',
        'Transfer-Encoding: chunked',
      ]).includes('Transfer-Encoding: chunked'),
    );
  });
});

describe('what is forwarded', () => {
  const name = fc.constantFrom('Accept', 'COOKIE', 'x-y', 'Via', '__proto__', 'Keep-Alive', 'X-Named');
  const value = fc.constantFrom('a', 'a  b', '', '\xe9\xff', '"q", r');
  const spacing = fc.constantFrom('', ' ', ' ', '\t', '  ');
  const line = fc.record({ name, before: spacing, value, after: fc.constantFrom('', '', ' ') });

  test('is every other line in its order, its name and value byte for byte', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.boolean(), (lines, naming) => {
        const texts = lines.map(({ name, before, value, after }) => `${name}:${before}${value}${after}`);
        if (naming) texts.push('Connection: x-named');
        const expected = lines
          .filter(({ name }) => name !== 'Keep-Alive' && !(naming && name === 'X-Named'))
          .map(({ name, value }) => `${name}: ${value}`);
        assert.deepEqual(kept(...texts), expected);
      }),
      { numRuns: 500 },
    );
  });

  test('parses to the same message again', () => {
    const { head, request } = requestOf(
      'PUT /x HTTP/1.1',
      'Host: a.test',
      'A:b',
      'Transfer-Encoding: chunked',
    );
    const text = `${requestHead(head, request, FORWARDING)}0\r\n\r\n`;
    const outcome = readRequest([latin1(text)]);
    assert.ok(outcome.kind === 'message');
    assert.equal(outcome.consumed, text.length);
    assert.partialDeepStrictEqual(outcome.meaning, { method: 'PUT', target: '/x', host: 'a.test' });
  });
});
