import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Bed } from '../bed.ts';
import { ANY_CORE, type Cores } from '../bed.ts';
import { CannotStart } from '../cannot-start.ts';
import type { Answer, Calls, Question } from './calls.ts';

/** A script in a process of its own that answers `Calls`. */
export class Subprocess<C extends Calls<C>> {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #last = 0;

  constructor(bed: Bed, script: URL, cores: Cores = ANY_CORE) {
    const path = fileURLToPath(script);
    this.#child = bed.fork(cores, path);
    this.#child.on('message', (answer: Answer) => this.#take(answer));
    this.#child.on('exit', (code, signal) => {
      const error = new CannotStart(`${path} ended with ${signal ?? `code ${code}`}`);
      for (const { reject } of this.#waiting.values()) reject(error);
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Rejects with what the script threw, or when the process ends. */
  call<N extends keyof C & string>(
    name: N,
    ...[argument]: Parameters<C[N]>
  ): Promise<Awaited<ReturnType<C[N]>>> {
    const waiting = Promise.withResolvers<unknown>();
    this.#last++;
    this.#waiting.set(this.#last, waiting);
    this.#child.send({ id: this.#last, name, argument } satisfies Question);
    return waiting.promise as Promise<Awaited<ReturnType<C[N]>>>;
  }

  #take({ id, value, error }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new CannotStart(error));
  }
}
