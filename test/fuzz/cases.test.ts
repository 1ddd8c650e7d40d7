import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { makeCase } from '../../fuzz/case.ts';
import { readFinding, writeFinding } from '../../fuzz/finding.ts';
import { readRequests } from '../../fuzz/reader/naive-requests.ts';

const CASES = Array.from({ length: 2000 }, (_, index) => makeCase(1, index));

describe('the cases of a seed', () => {
  test('are the same whenever they are made', () => {
    assert.deepEqual(
      CASES.slice(0, 100),
      Array.from({ length: 100 }, (_, index) => makeCase(1, index)),
    );
  });

  test('are bytes, requests and responses in turn', () => {
    for (const [index, { kind, pieces }] of CASES.entries()) {
      assert.equal(kind, index % 2 === 0 ? 'request' : 'response');
      assert.match(pieces.join(''), /^[\0-\xff]*$/);
    }
  });

  test('differ from one another', () => {
    const texts = CASES.map(({ pieces }) => pieces.join(''));
    assert.ok(new Set(texts).size > 1950);
  });

  test('hold whole requests where they are said to be valid, and all kinds of broken ones', () => {
    const ends = { valid: new Set<string>(), mutated: new Set<string>() };
    for (const { kind, pieces, valid } of CASES) {
      if (kind === 'request') ends[valid ? 'valid' : 'mutated'].add(readRequests(pieces.join('')).end);
    }
    assert.deepEqual([...ends.valid], ['whole']);
    assert.deepEqual([...ends.mutated].sort(), ['refused', 'unfinished', 'whole']);
  });

  test('can be written to a file and read back from it', (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'findings-'));
    t.onTestFinished(() => rmSync(directory, { recursive: true }));
    for (const fuzzCase of CASES.slice(0, 50)) {
      const path = writeFinding({ name: 'one', difference: 'x', fuzzCase, readings: { a: [] } }, directory);
      assert.deepEqual(readFinding(path), fuzzCase);
    }
  });
});
