import { type ChildProcess, type StdioOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { CannotStart } from './cannot-start.ts';
import { findProgram } from './find-program.ts';

/** Core of the measured proxy, alone. */
export const PROXY_CORE = 0;
/** Core of the load generator, the origin and the benchmark itself. */
export const LOAD_CORE = 1;
/** Of the machine: the benchmark pins itself to one. */
const CORES = availableParallelism();
/** For what is not to be pinned. */
export const ANY_CORE = `0-${CORES - 1}`;

/** As taskset takes them. */
export type Cores = number | string;

export interface Daemon {
  readonly name: string;
  readonly pid: number;
  /** What it wrote on stdout, and on stderr. */
  readonly output: string;
  readonly errors: string;
  /** Undefined while it runs; then how it ended and its last words. */
  ending(): string | undefined;
  /** Null while it runs, or where a signal has ended it. */
  exitCode(): number | null;
}

/** One directory and a set of pinned processes that are all gone when the benchmark ends, however it ends. */
export class Bed {
  readonly directory: string;
  readonly #taskset: string;
  readonly #children = new Set<ChildProcess>();
  readonly #closing = () => this.close();

  /** @throws CannotStart where processes cannot be pinned */
  constructor() {
    if (process.platform !== 'linux') throw new CannotStart('the benchmark reads /proc: it needs Linux');
    const taskset = findProgram('taskset');
    if (!taskset) throw new CannotStart('taskset is not installed: apt-get install util-linux');
    if (CORES < 2) throw new CannotStart('the benchmark needs two cores, this machine has one');
    this.#taskset = taskset;
    spawnSync(taskset, ['-a', '-c', '-p', String(LOAD_CORE), String(process.pid)]);
    this.directory = mkdtempSync(join(tmpdir(), 'cellgate-bench-'));
    process.on('exit', this.#closing);
  }

  /** Writes a file into the directory; returns its path. */
  write(name: string, text: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, text);
    return path;
  }

  start(name: string, cores: Cores, command: string, args: readonly string[]): Daemon {
    const output = join(this.directory, `${name}.stdout`);
    const errors = join(this.directory, `${name}.stderr`);
    // Append mode, so that the access log on it can be truncated between two windows.
    const files = [openSync(output, 'a'), openSync(errors, 'a')] as const;
    const child = this.#spawn(cores, command, args, ['ignore', ...files]);
    for (const file of files) closeSync(file);
    return {
      name,
      pid: child.pid!,
      output,
      errors,
      exitCode: () => child.exitCode,
      ending: () => {
        if (child.exitCode === null && child.signalCode === null) return undefined;
        const words = lastWords(errors) || lastWords(output);
        return `${name} ended with ${child.signalCode ?? `code ${child.exitCode}`}: ${words || 'no message'}`;
      },
    };
  }

  /** Runs a program to its end on the load core; returns what it wrote on stdout. */
  async run(command: string, args: readonly string[]): Promise<string> {
    const child = this.#spawn(LOAD_CORE, command, args, ['ignore', 'pipe', 'inherit']);
    let text = '';
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    const [code] = await once(child, 'close');
    this.#children.delete(child);
    if (code !== 0)
      throw new CannotStart(`${command} ended with code ${code}: ${text.trim() || 'no message'}`);
    return text;
  }

  /** Runs a script of ours with which messages can be exchanged. */
  fork(cores: Cores, script: string): ChildProcess {
    return this.#spawn(cores, process.execPath, [script], ['ignore', 'inherit', 'inherit', 'ipc']);
  }

  /** Ends all processes and removes the directory. */
  close(): void {
    for (const child of this.#children) {
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch {
        // Already gone.
      }
    }
    this.#children.clear();
    process.off('exit', this.#closing);
    rmSync(this.directory, { recursive: true, force: true });
  }

  #spawn(cores: Cores, command: string, args: readonly string[], stdio: StdioOptions): ChildProcess {
    const child = spawn(this.#taskset, ['-c', String(cores), command, ...args], {
      stdio,
      // A process group of its own, so that a killed nginx master does not leave its worker behind.
      detached: true,
    });
    this.#children.add(child);
    return child;
  }
}

/** The last line, or the one that says what was thrown where Node ended with a stack trace. */
function lastWords(path: string): string {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1) ?? '';
}
