import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'vitest';
import { keepSystemErrorsShort } from '../../src/boundary/system-errors.ts';

test('errors of the system say what they are and no more, others where they come from, as they always do', (t) => {
  const before = Error.prepareStackTrace;
  t.onTestFinished(() => {
    Error.prepareStackTrace = before;
  });
  const usual = new TypeError('a fault').stack!.split('\n');
  keepSystemErrorsShort();
  const ours = new TypeError('a fault').stack!.split('\n');
  assert.equal(ours[0], 'TypeError: a fault');
  assert.deepEqual(ours.slice(2), usual.slice(2));
  assert.match(ours[1]!, /^ {4}at .*system-errors\.test\.ts.*:\d+:\d+\)?$/);
  const bare = Object.create(null) as { stack: string };
  Error.captureStackTrace(bare);
  assert.match(bare.stack, /^Error\n {4}at /);
  try {
    readFileSync('/no/such/file');
    assert.fail('there is one');
  } catch (error) {
    assert.match(
      (error as Error).stack!,
      /^Error: ENOENT: no such file or directory, open '\/no\/such\/file'$/,
    );
  }
});
