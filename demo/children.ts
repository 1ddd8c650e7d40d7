import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How long a child may take to end before it is killed. Milliseconds. */
const PATIENCE = 5_000;

/** The processes of a demonstration: each has a log file of its own, and all end with it. */
export class Children {
  readonly #folder: string;
  readonly #running = new Set<ChildProcess>();
  #phase: 'running' | 'ending' = 'running';
  /** Resolves with one sentence when a child ends by itself. */
  readonly failed: Promise<string>;
  readonly #fail: (sentence: string) => void;

  constructor(folder: string) {
    this.#folder = folder;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.failed = promise;
    this.#fail = resolve;
  }

  start(name: string, program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
    const log = openSync(this.logOf(name), 'a');
    // A group of its own: Ctrl-C is for the demonstration, which ends them in the right order.
    const child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log],
      detached: true,
    });
    this.#running.add(child);
    child.on('error', (error) => this.#fail(`${name} does not start: ${error.message}`));
    child.on('exit', () => {
      this.#running.delete(child);
      if (this.#phase === 'running') this.#fail(`${name} has ended: ${this.lastLineOf(name)}`);
    });
  }

  logOf(name: string): string {
    return join(this.#folder, `${name}.log`);
  }

  lastLineOf(name: string): string {
    return readFileSync(this.logOf(name), 'utf8').trimEnd().split('\n').at(-1) ?? '';
  }

  /** Ends all, those that were started last first. */
  async end(): Promise<void> {
    this.#phase = 'ending';
    for (const child of [...this.#running].reverse()) {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
      await gone;
      clearTimeout(timer);
    }
  }
}
