import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import type { RequestCase, ResponseCase } from '../../fuzz/case.ts';
import { LLHTTP_REQUESTS, readingDifference } from '../../fuzz/check/readers.ts';
import { arrivalDifference, sentDifference } from '../../fuzz/check/requests.ts';
import * as responses from '../../fuzz/check/responses.ts';
import { type Forwarded, forward } from '../../fuzz/engine/forward.ts';
import { relay } from '../../fuzz/engine/relay.ts';
import { LlhttpServer } from '../../fuzz/reader/llhttp-server.ts';
import { readRequests } from '../../fuzz/reader/naive-requests.ts';
import { readResponse } from '../../fuzz/reader/naive-responses.ts';
import { turn } from '../../fuzz/reader/wire.ts';

const limits = { bytes: 64 * 1024, fields: 100, target: 8000 };
const TEXT =
  'POST /a HTTP/1.1\r\nHost: a.test\r\nX-A:b\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n' +
  'PUT /b HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\n\r\nhi';

function requestCase(text: string): RequestCase {
  return { kind: 'request', pieces: [text], limits, keepAlive: true, valid: false };
}

const CASE = requestCase(TEXT);
const FORWARDED = forward(CASE, CASE.pieces);

/** The difference found when `from` in what is sent on is `to` instead. */
function sentAs(from: string, to: string): string | null {
  const bytes = FORWARDED.bytes.replace(from, to);
  assert.notEqual(bytes, FORWARDED.bytes, 'nothing planted');
  return sentDifference({ ...FORWARDED, bytes }, readRequests(bytes));
}

describe('what is sent on', () => {
  test('passes as it is', () => {
    assert.equal(sentDifference(FORWARDED, readRequests(FORWARDED.bytes)), null);
    assert.equal(arrivalDifference(CASE, FORWARDED, readRequests(TEXT)), null);
  });

  const planted: Readonly<Record<string, readonly [string, string, RegExp]>> = {
    'a bare LF': ['X-A: b\r\n', 'X-A: b\n', /refuses/],
    'a folded line': ['X-A: b\r\n', 'X-A: b\r\n c\r\n', /refuses/],
    'a second framing field': ['X-A: b\r\n', 'Content-Length: 5\r\n', /more than one framing field/],
    'a header line as it came': ['X-A: b', 'X-A:b', /sent on as/],
    'a header line left out': ['X-A: b\r\n', '', /no field/],
    'another target': ['POST /a', 'POST /c', /reads "POST \/c"/],
    'another host': ['Host: a.test', 'Host: c.test', /host/],
    'a length with a zero before it': ['Content-Length: 2', 'Content-Length: 02', /length 02/],
    'a length too short': ['Content-Length: 2', 'Content-Length: 1', /reads the body "h"/],
    'a length too long': ['Content-Length: 2', 'Content-Length: 3', /sees the end/],
    'a chunk size spelled otherwise': ['\r\n5\r\n', '\r\n05\r\n', /sent on as/],
    'a chunk extension': ['\r\n5\r\n', '\r\n5;a=b\r\n', /sent on as/],
    'a trailer made up': ['X-Sum: 1\r\n', 'X-Sum: 1\r\nX-B: 2\r\n', /made up/],
    'a request too many': ['\r\nhi', '\r\nhiGET / HTTP/1.1\r\nHost: a.test\r\n\r\n', /finds 3/],
    'HTTP/1.0': ['PUT /b HTTP/1.1', 'PUT /b HTTP/1.0', /HTTP\/1\.0/],
  };
  for (const [name, [from, to, difference]] of Object.entries(planted)) {
    test(`does not pass with ${name}`, () => assert.match(sentAs(from, to) ?? 'nothing', difference));
  }
});

describe('what the router makes of what arrives', () => {
  const misread = (requests: Partial<Forwarded>) =>
    arrivalDifference(CASE, { ...FORWARDED, ...requests }, readRequests(TEXT)) ?? 'nothing';
  const [first, second] = FORWARDED.requests as [Forwarded['requests'][0], Forwarded['requests'][0]];

  test('does not pass with a request that is not there', () => {
    assert.match(misread({ requests: [first, second, second] }), /takes "PUT \/b" for a whole request/);
  });

  test('does not pass without a request that is there', () => {
    assert.match(misread({ requests: [first] }), /finds 1 requests where the naive reader finds 2/);
  });

  test('does not pass with the body of another', () => {
    assert.match(misread({ requests: [{ ...first, body: 'hello0' }, second] }), /reads the body/);
  });

  test('does not pass when a valid request is refused', () => {
    const refused = { ...FORWARDED, end: 'refused' as const, fault: 'bad_target' };
    assert.match(
      arrivalDifference({ ...CASE, valid: true }, refused, readRequests(TEXT)) ?? 'nothing',
      /a valid request is refused: bad_target/,
    );
  });
});

test('a reader that sees one request where there are two is noticed', async () => {
  const read = new LlhttpServer(false).begin(FORWARDED.bytes);
  await turn();
  const whole = read();
  const naive = readRequests(FORWARDED.bytes);
  assert.equal(readingDifference('llhttp', whole, naive, LLHTTP_REQUESTS), null);
  const one = { ...whole, messages: whole.messages.slice(0, 1) };
  assert.match(readingDifference('llhttp', one, naive, LLHTTP_REQUESTS) ?? '', /does not see "PUT \/b"/);
  const refusing = { ...one, end: 'refused' as const, why: 'HPE_INVALID_CONSTANT' };
  assert.match(readingDifference('llhttp', refusing, naive, LLHTTP_REQUESTS) ?? '', /refuses "PUT \/b"/);
});

describe('a response that breaks off', () => {
  const text = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n';
  const http10 = (old: boolean): ResponseCase => ({
    kind: 'response',
    pieces: [text],
    limits,
    method: 'GET',
    http10: old,
    valid: false,
  });

  test('passes as it is, cut off or reset', () => {
    for (const [old, end] of [
      [false, 'cut'],
      [true, 'reset'],
    ] as const) {
      const relayed = relay(http10(old), [text]);
      assert.equal(relayed.end, end);
      const sent = readResponse(relayed.bytes, { toHead: false, ended: end !== 'reset' });
      assert.equal(responses.sentDifference(http10(old), relayed, sent), null);
    }
  });

  test('does not pass when the client cannot see that', () => {
    const cut = relay(http10(false), [text]);
    const bytes = `${cut.bytes}0\r\n\r\n`;
    const sent = readResponse(bytes, { toHead: false, ended: true });
    assert.match(
      responses.sentDifference(http10(false), { ...cut, bytes }, sent) ?? 'nothing',
      /as if it did not/,
    );
    const reset = relay(http10(true), [text]);
    const ended = readResponse(reset.bytes, { toHead: false, ended: true });
    assert.match(responses.sentDifference(http10(true), reset, ended) ?? 'nothing', /as if it did not/);
  });
});
