import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

test('every line of docs/outages.md names a test, and there is such a test', () => {
  const rows = readFileSync(join(ROOT, 'docs/outages.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (who|-+) /.test(line));
  assert.ok(rows.length > 20);
  for (const row of rows) {
    const tests = [...row.matchAll(/`(test\/[\w./-]+\.test\.ts)`/g)].map(([, path]) => path!);
    assert.ok(tests.length > 0, row);
    for (const path of tests) assert.ok(existsSync(join(ROOT, path)), path);
  }
});
