import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import * as faults from '../../../src/http/message/fault.ts';
import {
  type Answer,
  EMPTY_HOST,
  endpointFailure,
  FORWARDING_LOOP,
  noEndpoints,
  OPTIONS_OF_THE_ROUTER,
  plainAnswer,
  type RouterError,
  routerExhausted,
  statusText,
  unknownRoute,
} from '../../../src/http/policy/router-error.ts';

function headOf({ status, reason, lines }: Answer): string {
  return `HTTP/1.1 ${status} ${reason}\r\n${lines.text}`;
}

const DATE = 'Tue, 14 Nov 2023 22:13:20 GMT';

describe("§3.2 a router's own answer, to the letter", () => {
  const answers: readonly [error: RouterError, head: readonly string[], body: string][] = [
    [
      EMPTY_HOST,
      ['HTTP/1.1 400 Bad Request', 'Cache-Control: public,max-age=2', 'X-Cf-RouterError: empty_host'],
      '400 Bad Request: Request had empty Host header\n',
    ],
    [
      unknownRoute('a.test:80'),
      ['HTTP/1.1 404 Not Found', 'Cache-Control: no-cache, no-store', 'X-Cf-RouterError: unknown_route'],
      "404 Not Found: Requested route ('a.test:80') does not exist.\n",
    ],
    [
      noEndpoints('a.test'),
      [
        'HTTP/1.1 503 Service Unavailable',
        'Cache-Control: public,max-age=2',
        'X-Cf-RouterError: no_endpoints',
      ],
      "503 Service Unavailable: Requested route ('a.test') has no available endpoints.\n",
    ],
    [
      endpointFailure('EOF'),
      ['HTTP/1.1 502 Bad Gateway', 'X-Cf-RouterError: endpoint_failure (EOF)'],
      '502 Bad Gateway: Registered endpoint failed to handle the request.\n',
    ],
    [
      endpointFailure('bad certificate', 526),
      ['HTTP/1.1 526 Invalid SSL Certificate', 'X-Cf-RouterError: endpoint_failure (bad certificate)'],
      '526 Invalid SSL Certificate\n',
    ],
    [
      routerExhausted('dial: EMFILE'),
      [
        'HTTP/1.1 503 Service Unavailable',
        'Cache-Control: no-cache, no-store',
        'X-Cf-RouterError: router_exhausted (dial: EMFILE)',
      ],
      '503 Service Unavailable: The router is out of resources.\n',
    ],
    [
      FORWARDING_LOOP,
      [
        'HTTP/1.1 508 Loop Detected',
        'Cache-Control: no-cache, no-store',
        'X-Cf-RouterError: forwarding_loop',
      ],
      '508 Loop Detected: The request has passed through too many proxies.\n',
    ],
  ];
  for (const [error, expected, body] of answers) {
    test(error.routerError, () => {
      const answer = plainAnswer(error, 'the-id', DATE);
      assert.equal(answer.body, body);
      const routerError = expected.at(-1)!;
      assert.deepEqual(headOf(answer).split('\r\n'), [
        ...expected.slice(0, -1),
        'Content-Type: text/plain; charset=utf-8',
        routerError,
        'X-Content-Type-Options: nosniff',
        'X-Vcap-Request-Id: the-id',
        `Date: ${DATE}`,
        `Content-Length: ${Buffer.byteLength(body)}`,
        '',
      ]);
    });
  }

  test('H16 names no error to OPTIONS that goes no further', () => {
    const answer = plainAnswer(OPTIONS_OF_THE_ROUTER, 'the-id', DATE);
    assert.match(headOf(answer), /^HTTP\/1\.1 200 OK\r\n/);
    assert.doesNotMatch(headOf(answer), /RouterError/i);
  });

  test('leaves out what is empty', () => {
    const error = { status: 408, routerError: '', message: 'Late.', cacheControl: '' };
    assert.equal(
      headOf(plainAnswer(error, '', DATE)),
      'HTTP/1.1 408 Request Timeout\r\nContent-Type: text/plain; charset=utf-8\r\n' +
        `X-Content-Type-Options: nosniff\r\nDate: ${DATE}\r\nContent-Length: 27\r\n`,
    );
  });
});

test('a refused message is answered with a status that has a text', () => {
  for (const { name, status } of Object.values(faults)) assert.notEqual(statusText(status), '', name);
});

test('a status nobody knows has no text', () => assert.equal(statusText(599), ''));
