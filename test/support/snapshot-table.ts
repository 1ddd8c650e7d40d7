import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import type { Restored, RestoredEntry, Said, TableSource } from '../../src/snapshot/table-source.ts';

export interface TestEntry {
  readonly said: Said;
  /** Unix milliseconds. */
  announced: number;
}

/** A table whose endpoints say whatever a test wants. */
export class TestTable implements TableSource<TestEntry> {
  readonly kind: string;
  readonly #entries = new Set<TestEntry>();

  constructor(kind = 'http') {
    this.kind = kind;
  }

  put(said: Said, announced: number): TestEntry {
    const entry = { said, announced };
    this.#entries.add(entry);
    return entry;
  }

  delete(entry: TestEntry): void {
    this.#entries.delete(entry);
  }

  entries(): Iterable<TestEntry> {
    return this.#entries;
  }

  describe({ said }: TestEntry): object {
    return said;
  }

  announcedAt(entry: TestEntry): number | null {
    return this.#entries.has(entry) ? entry.announced : null;
  }
}

/** What is restored, each line read once. */
export function taken({ entries }: Restored): RestoredEntry[] {
  const all = entries.map(({ kind, announced, value }) => ({ kind, announced, value }));
  return all.filter(({ value }) => value !== null);
}

/** Gone with the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'cellgate-snapshot-'));
  t.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
