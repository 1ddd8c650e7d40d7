import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  dialFailure,
  type FailureClass,
  isIdempotent,
  isRetriable,
  isStale,
  marksFailed,
  mayTryAgain,
} from '../../../src/http/policy/failure.ts';

const YES = true;
const NO = false;

describe('a failed attempt is retried, marks its backend, or was a stale connection, as the table says', () => {
  const table: readonly [
    failure: FailureClass,
    reused: boolean,
    idempotent: boolean,
    retried: boolean,
    marks: boolean,
    stale: boolean,
  ][] = [
    ['dial', NO, NO, YES, YES, NO],
    ['dial', NO, YES, YES, YES, NO],
    ['local', NO, NO, YES, NO, NO],
    ['local', NO, YES, YES, NO, NO],
    ['unsent', YES, NO, YES, NO, YES],
    ['unsent', YES, YES, YES, NO, YES],
    ['unsent', NO, NO, YES, NO, YES],
    ['closed-early', NO, NO, NO, NO, NO],
    ['closed-early', NO, YES, YES, NO, NO],
    ['closed-early', YES, NO, NO, NO, YES],
    ['closed-early', YES, YES, YES, NO, YES],
    ['reset-early', NO, NO, NO, YES, NO],
    ['reset-early', NO, YES, NO, YES, NO],
    ['reset-early', YES, NO, NO, NO, YES],
    ['reset-early', YES, YES, YES, NO, YES],
    ['timeout', NO, YES, NO, NO, NO],
    ['timeout', YES, YES, NO, NO, NO],
    ['malformed', NO, YES, NO, NO, NO],
    ['malformed', YES, YES, NO, NO, NO],
    ['truncated', NO, YES, NO, NO, NO],
    ['truncated', YES, YES, NO, NO, NO],
  ];
  for (const [failure, reused, idempotent, retried, marks, stale] of table) {
    const connection = reused ? 'a reused' : 'a new';
    test(`${failure} on ${connection} connection, ${idempotent ? 'safe' : 'unsafe'} to repeat`, () => {
      const facts = { class: failure, reused, idempotent };
      assert.deepEqual([isRetriable(facts), marksFailed(facts), isStale(facts)], [retried, marks, stale]);
    });
  }
});

test('X07 a connection that could not be made for want of something here says nothing about its backend', () => {
  for (const code of ['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM']) {
    assert.equal(dialFailure(code), 'local', code);
  }
  for (const code of ['ECONNREFUSED', 'EHOSTUNREACH', 'ETIMEDOUT', 'timeout', '']) {
    assert.equal(dialFailure(code), 'dial', code);
  }
});

describe('one more attempt is made', () => {
  test('while there is an endpoint that has not failed, up to the limit', () => {
    assert.equal(mayTryAgain(1, 3, NO, YES), true);
    assert.equal(mayTryAgain(2, 3, NO, YES), true);
    assert.equal(mayTryAgain(3, 3, NO, YES), false);
    assert.equal(mayTryAgain(1, 3, NO, NO), false);
    assert.equal(mayTryAgain(1, 1, NO, YES), false);
  });

  test('once beyond the limit after a stale connection, also when there is no other endpoint', () => {
    assert.equal(mayTryAgain(1, 1, YES, NO), true);
    assert.equal(mayTryAgain(2, 1, YES, NO), false);
    assert.equal(mayTryAgain(3, 3, YES, NO), true);
    assert.equal(mayTryAgain(4, 3, YES, YES), false);
  });
});

describe('a request may be repeated', () => {
  test('when its method has no effect and it has no body', () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'TRACE']) {
      assert.equal(isIdempotent(method, false, false), true, method);
      assert.equal(isIdempotent(method, true, false), false, `${method} with a body`);
    }
  });

  test('when a key makes the repeat known, and it has no body', () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'get', 'FOO']) {
      assert.equal(isIdempotent(method, false, false), false, method);
      assert.equal(isIdempotent(method, false, true), true, `${method} with a key`);
      assert.equal(isIdempotent(method, true, true), false, `${method} with a key and a body`);
    }
  });
});
