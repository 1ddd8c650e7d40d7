import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { FromChild, Nghttp2Reading, ToChild, ToRead } from './nghttp2-reading.ts';

/** Of a batch, before the process that reads it is given up. */
const PATIENCE_MS = 60_000;

/** nghttp2 as node:http2 has it, in memory, in a process of its own. */
export class Nghttp2InMemory {
  /** How often a case has ended its process. */
  deaths = 0;
  #child: ChildProcess | null = null;

  /** What it makes of each; `null`: that case ended its process. One batch at a time. */
  async read(batch: readonly ToRead[]): Promise<readonly (Nghttp2Reading | null)[]> {
    const readings = await this.#ask(batch);
    if (readings !== null) return readings;
    if (batch.length === 1) {
      this.deaths++;
      return [null];
    }
    // Which it was is found by halves.
    const middle = batch.length >> 1;
    const first = await this.read(batch.slice(0, middle));
    return [...first, ...(await this.read(batch.slice(middle)))];
  }

  async #ask(batch: readonly ToRead[]): Promise<readonly Nghttp2Reading[] | null> {
    const child = this.#living();
    const over = new AbortController();
    const { signal } = over;
    const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    try {
      const answered = once(child, 'message', { signal }) as Promise<[FromChild]>;
      const gone = once(child, 'exit', { signal }).then(() => null);
      child.send({ batch } satisfies ToChild, () => {});
      const answer = await Promise.race([answered, gone]);
      return answer === null ? null : answer[0].readings;
    } finally {
      clearTimeout(late);
      over.abort();
    }
  }

  #living(): ChildProcess {
    if (this.#child !== null) return this.#child;
    const child = fork(new URL('nghttp2-child.ts', import.meta.url), {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    });
    child.on('error', () => {});
    child.on('exit', () => {
      this.#child = null;
    });
    this.#child = child;
    return child;
  }

  stop(): void {
    this.#child?.kill('SIGKILL');
  }
}
