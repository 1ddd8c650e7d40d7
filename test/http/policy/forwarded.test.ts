import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { forwardedFor, forwardedProto } from '../../../src/http/policy/forwarded.ts';
import { requestOf } from '../../support/parsed-head.ts';

describe('X-Forwarded-For', () => {
  const listFor = (...lines: readonly string[]) => {
    const { head, request } = requestOf('GET / HTTP/1.1', 'Host: a.test', ...lines);
    return forwardedFor(head, request, '192.0.2.7');
  };

  test('§3.4 is the address of the client when nothing came along', () =>
    assert.equal(listFor('A: b'), '192.0.2.7'));

  test('P06 ends with the address of the client whatever came along', () => {
    assert.equal(listFor('X-Forwarded-For: 1.2.3.4'), '1.2.3.4, 192.0.2.7');
    assert.equal(listFor('x-forwarded-for:  1.2.3.4, 5.6.7.8 '), '1.2.3.4, 5.6.7.8, 192.0.2.7');
  });

  test('P07 joins several lines in their order', () => {
    assert.equal(
      listFor('X-Forwarded-For: a', 'B: c', 'X-FORWARDED-FOR: b, c', 'D: e'),
      'a, b, c, 192.0.2.7',
    );
  });
});

describe('X-Forwarded-Proto', () => {
  const NONE = null;
  const cases: readonly [
    force: boolean,
    sanitize: boolean,
    scheme: 'http' | 'https',
    sent: string | null,
    got: string,
  ][] = [
    [false, false, 'http', NONE, 'http'],
    [false, false, 'http', '', 'http'],
    [false, false, 'http', 'http', 'http'],
    [false, false, 'http', 'https', 'https'],
    [false, false, 'http', 'Gopher', 'Gopher'],
    [false, false, 'https', NONE, 'https'],
    [false, false, 'https', '', 'https'],
    [false, false, 'https', 'http', 'http'],
    [false, false, 'https', 'https', 'https'],
    [false, true, 'http', NONE, 'http'],
    [false, true, 'http', 'http', 'http'],
    [false, true, 'http', 'https', 'http'],
    [false, true, 'https', NONE, 'https'],
    [false, true, 'https', 'http', 'https'],
    [true, false, 'http', NONE, 'https'],
    [true, false, 'http', 'http', 'https'],
    [true, false, 'https', 'http', 'https'],
    [true, true, 'http', 'http', 'https'],
    [true, true, 'https', NONE, 'https'],
  ];

  for (const [force, sanitize, scheme, sent, got] of cases) {
    const said = sent === NONE ? 'nothing' : JSON.stringify(sent);
    test(`P08 force ${force}, sanitize ${sanitize}, over ${scheme}, client says ${said}: ${got}`, () => {
      const lines = sent === NONE ? [] : [`X-Forwarded-Proto: ${sent}`];
      const { head, request } = requestOf('GET / HTTP/1.1', 'Host: a.test', ...lines);
      const settings = { forceForwardedProtoHttps: force, sanitizeForwardedProto: sanitize };
      assert.equal(forwardedProto(head, request, scheme, settings), got);
    });
  }

  test('§3.5 is the first of several lines', () => {
    const { head, request } = requestOf(
      'GET / HTTP/1.1',
      'Host: a.test',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Proto: http',
    );
    const settings = { forceForwardedProtoHttps: false, sanitizeForwardedProto: false };
    assert.equal(forwardedProto(head, request, 'http', settings), 'https');
  });
});
