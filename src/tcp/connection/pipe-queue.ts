import type { Pipe } from './pipe.ts';

/** Pipes with something to write, written when every socket that was ready has been read (decision 0007). */
export class PipeQueue {
  #waiting: Pipe[] = [];
  #spare: Pipe[] = [];
  readonly #run = () => this.#flushAll();

  add(pipe: Pipe): void {
    if (this.#waiting.push(pipe) === 1) setImmediate(this.#run);
  }

  #flushAll(): void {
    const waiting = this.#waiting;
    this.#waiting = this.#spare;
    for (let i = 0; i < waiting.length; i++) waiting[i]!.flush();
    waiting.length = 0;
    this.#spare = waiting;
  }
}
