import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import {
  dialFailure,
  type FailureClass,
  failureCounter,
  failureStatus,
  isRetriable,
  isStale,
  isUnreached,
  marksFailed,
  mayTryAgain,
  prunes,
} from '../../../src/http/policy/failure.ts';
import { COUNTERS } from '../../../src/telemetry/counters.ts';

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
    ['own-fault', NO, NO, YES, NO, NO],
    ['own-fault', NO, YES, YES, NO, NO],
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

describe('§2.6 what ends before the request was sent is retried, marks and prunes, and has a status and a metric', () => {
  const table: readonly [failure: FailureClass, status: number, metric: string][] = [
    ['dial', 502, 'bad_gateways'],
    ['not-tls', 525, 'backend_tls_handshake_failed'],
    ['hostname-mismatch', 503, 'backend_invalid_id'],
    ['untrusted-certificate', 526, 'backend_invalid_tls_cert'],
    ['expired-certificate', 526, 'backend_invalid_tls_cert'],
    ['certificate-refused', 496, 'backend_tls_handshake_failed'],
    ['handshake-refused', 525, 'backend_tls_handshake_failed'],
    ['handshake-timeout', 502, 'bad_gateways'],
  ];
  for (const [failure, status, metric] of table) {
    test(`${failure} is ${status} ${metric}`, () => {
      const facts = { class: failure, reused: false, idempotent: false };
      assert.deepEqual(
        [isRetriable(facts), marksFailed(facts), prunes(failure), isUnreached(failure)],
        [true, true, true, true],
      );
      assert.equal(failureStatus(failure), status);
      assert.equal(COUNTERS[failureCounter(failure)], metric);
    });
  }

  for (const failure of [
    'local',
    'own-fault',
    'version-mismatch',
    'handshake-reset',
    'unsent',
    'closed-early',
    'reset-early',
    'timeout',
    'malformed',
    'truncated',
  ] as const) {
    test(`${failure} prunes nothing and is 502 bad_gateways`, () => {
      assert.deepEqual([prunes(failure), isUnreached(failure), failureStatus(failure)], [false, false, 502]);
      assert.equal(COUNTERS[failureCounter(failure)], 'bad_gateways');
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
  const again = (
    failure: FailureClass,
    attempts: number,
    maxAttempts: number,
    untried: boolean,
    mayExceed = YES,
  ) =>
    mayTryAgain(
      { class: failure, reused: NO, idempotent: YES },
      { attempts, maxAttempts, untried, mayExceed },
    );

  test('while there is an endpoint that has not been tried, up to the limit', () => {
    assert.equal(again('closed-early', 1, 3, YES), true);
    assert.equal(again('closed-early', 2, 3, YES), true);
    assert.equal(again('closed-early', 3, 3, YES), false);
    assert.equal(again('closed-early', 1, 3, NO), false);
    assert.equal(again('closed-early', 1, 1, YES), false);
  });

  test('beyond the limit after endpoints that could not be reached, for the time of one of them', () => {
    for (const failure of ['dial', 'untrusted-certificate'] as const) {
      assert.equal(again(failure, 3, 3, YES), true);
      assert.equal(again(failure, 30, 3, YES), true);
      assert.equal(again(failure, 3, 3, NO), false);
      assert.equal(again(failure, 3, 3, YES, NO), false);
      assert.equal(again(failure, 2, 3, YES, NO), true);
      assert.equal(again(failure, 1, 1, YES), false);
    }
    assert.equal(again('local', 3, 3, YES), false);
  });

  test('once beyond the limit after a stale connection, also when there is no other endpoint', () => {
    assert.equal(again('unsent', 1, 1, NO), true);
    assert.equal(again('unsent', 2, 1, NO), false);
    assert.equal(again('unsent', 3, 3, NO), true);
    assert.equal(again('unsent', 4, 3, YES), false);
  });
});
