import assert from 'node:assert/strict';
import { test } from 'vitest';
import { streamFailure } from '../../../src/http/h2/connection/stream-failure.ts';

test('T23 only what the backend has certainly not processed counts as unsent', () => {
  const end = { code: 0, by: 'peer', answered: false, unseen: false } as const;
  assert.equal(streamFailure({ ...end, unseen: true }), 'unsent');
  assert.equal(streamFailure({ ...end, code: 8 }), 'closed-early');
  assert.equal(streamFailure({ ...end, code: 1 }), 'malformed');
  assert.equal(streamFailure({ ...end, by: 'here', code: 7 }), 'malformed');
  for (const code of [0, 7, 8])
    assert.equal(streamFailure({ ...end, by: 'connection', code }), 'reset-early');
  for (const code of [0, 1, 7, 13]) {
    assert.equal(streamFailure({ ...end, code, unseen: true, answered: true }), 'truncated');
  }
});
