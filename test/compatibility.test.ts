import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { test } from 'vitest';

const ROOT = new URL('../', import.meta.url);
/** A whole part, like §4, has no row of its own. */
const CITATION = /docs\/compatibility\.md §(\d+\.\d+)/g;
const TEST_FILE = /`(test\/[^`]+\.test\.ts)`/g;

/** How many numbered sections there are in each part of the table. */
const SECTIONS = { 1: 9, 2: 10, 3: 16, 4: 8, 5: 5, 6: 8, 7: 6 };

interface Row {
  readonly section: string;
  readonly behaviour: string;
  readonly status: string;
  readonly tests: readonly string[];
}

const rows = readFileSync(new URL('docs/compatibility.md', ROOT), 'utf8')
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map(rowOf);

test('every numbered section is in the compatibility table', () => {
  const listed = new Set(rows.map(({ section }) => section));
  for (const [chapter, count] of Object.entries(SECTIONS)) {
    for (let number = 1; number <= count; number++)
      assert.ok(listed.has(`${chapter}.${number}`), `${chapter}.${number}`);
  }
});

test('every status is one of those the document explains', () => {
  for (const { status, behaviour } of rows) {
    assert.match(status, /^(?:same(?:, .+)?|better: .+|not yet(?:; .+)?|no effect: .+)$/, behaviour);
  }
});

test('what the compatibility table claims has tests, and they are there', () => {
  for (const { status, tests, behaviour } of rows) {
    if (/^(?:same|better)/.test(status)) assert.notDeepEqual(tests, [], behaviour);
    for (const file of tests) assert.ok(existsSync(new URL(file, ROOT)), `${behaviour}: ${file}`);
  }
});

test('each claim has a test that is named after its section', () => {
  const unnamed = rows
    .filter(({ status }) => /^(?:same|better)/.test(status))
    .filter(({ section, tests }) => !tests.some((file) => names(file, section)))
    .map(({ section, behaviour }) => `§${section} ${behaviour}`);
  assert.deepEqual(unnamed, []);
});

test('what code cites of the compatibility table is there', () => {
  const listed = new Set(rows.map(({ section }) => section));
  const missing: string[] = [];
  for (const file of globSync('{src,test,bench,fuzz,simulate}/**/*.ts', { cwd: ROOT })) {
    for (const [, cited] of readFileSync(new URL(file, ROOT), 'utf8').matchAll(CITATION)) {
      if (!listed.has(cited!)) missing.push(`${file}: §${cited}`);
    }
  }
  assert.deepEqual(missing, []);
});

/** Whether a test or a group in a file has the section in its name. */
function names(file: string, section: string): boolean {
  const text = readFileSync(new URL(file, ROOT), 'utf8');
  return new RegExp(`['"\`][^'"\`\\n]*§${RegExp.escape(section)}(?![.\\d])`).test(text);
}

function rowOf(line: string): Row {
  const cells = line.split('|').map((cell) => cell.trim());
  assert.equal(cells.length, 6, line);
  const [, place = '', behaviour = '', status = '', tests = ''] = cells;
  return {
    section: place.split(' ')[0]!,
    behaviour,
    status,
    tests: [...tests.matchAll(TEST_FILE)].map(([, file]) => file!),
  };
}
