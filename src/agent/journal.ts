import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';

/** A file of lines, each of which lasts from the moment that it is noted, though its process be killed in the next. */
export class Journal {
  readonly #file: number;
  #state: 'open' | 'closed' = 'open';

  /** What is there stays. Throws what the system says, as do the others. */
  constructor(path: string) {
    this.#file = openSync(path, 'a', 0o600);
  }

  note(value: unknown): void {
    // The end of the line comes first: whoever was killed in the middle of one has left none.
    writeSync(this.#file, `\n${JSON.stringify(value)}`);
  }

  clear(): void {
    ftruncateSync(this.#file);
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    closeSync(this.#file);
  }
}

/** All that can be read of it, in order. Throws what the system says. */
export function readJournal(path: string): unknown[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        return [];
      }
    });
}
