import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'vitest';

const TEST = new URL('../../', import.meta.url);

/** The tables of hostile input that are HTTP's: their letter and how many rows each has. */
const TABLES: Readonly<Record<string, number>> = {
  F: 30,
  K: 16,
  S: 28,
  H: 21,
  P: 20,
  U: 13,
  B: 26,
  T: 27,
  X: 16,
  N: 7,
};
const EDGES = ['E01', 'E09', 'E10'];
/** A test's name, or a case's of a corpus, that begins with the rows it stands for. */
const NAME = /['"`](?:§\d[\d.]* )?((?:[A-Z]\d\d )*[A-Z]\d\d)['"`\s]/g;

test('every row has a test or a case of a corpus that is named after it', () => {
  const named = new Set<string>();
  for (const file of globSync('**/*.ts', { cwd: TEST })) {
    if (file.endsWith('every-row.test.ts')) continue;
    const text = readFileSync(new URL(file, TEST), 'utf8');
    for (const [, rows] of text.matchAll(NAME)) for (const row of rows!.split(' ')) named.add(row);
  }
  const rows = Object.entries(TABLES).flatMap(([letter, count]) =>
    Array.from({ length: count }, (_, i) => `${letter}${String(i + 1).padStart(2, '0')}`),
  );
  const wanted = [...rows, ...EDGES];
  assert.deepEqual(
    wanted.filter((row) => !named.has(row)),
    [],
  );
});
