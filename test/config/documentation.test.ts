import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { describeConfig } from '../../src/config/describe.ts';

test('docs/configuration.md says what the schema says', () => {
  const written = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  assert.equal(written, describeConfig(), 'run: node src/config/describe.ts > docs/configuration.md');
});
