import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { overlay } from '../../src/config/defaults.ts';
import type { Addresses } from '../../src/runtime/parts/addresses.ts';
import { LOCAL } from './router.ts';

/** The command of this checkout. */
export const LAUNCHER = fileURLToPath(new URL('../../bin/cellgate', import.meta.url));

/** Whoever runs the tests may have named a router of theirs, or a collector. */
const OWN_ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:CELLGATE|OTEL)_/.test(name)),
);

interface Ending {
  onTestFinished(done: () => unknown): void;
}

export function temporaryDirectory(t: Ending): string {
  const directory = mkdtempSync(join(tmpdir(), 'cellgate-test-'));
  t.onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** A configuration file with this text; its path. */
export function configFile(t: Ending, text: string): string {
  const path = join(temporaryDirectory(t), 'cellgate.yml');
  writeFileSync(path, text);
  return path;
}

/** Another program than the checkout's launcher, and who starts it. */
export interface Start {
  readonly program: string;
  /** Default: there is nothing to read. */
  readonly stdin?: 'pipe';
  /** Of user and group; by default those that run the test. */
  readonly uid?: number;
  readonly gid?: number;
}

/** The command as its users start it; killed with the test if it still runs then. */
export class CellgateProcess {
  readonly child: ChildProcess;
  readonly exited: Promise<readonly [code: number | null, signal: NodeJS.Signals | null]>;
  stdout = '';
  stderr = '';

  constructor(
    t: Ending,
    args: readonly string[],
    cwd: string = tmpdir(),
    environment: NodeJS.ProcessEnv = {},
    { program, stdin, ...user }: Start = { program: LAUNCHER },
  ) {
    const env = { ...OWN_ENVIRONMENT, ...environment };
    this.child = spawn(program, args, { cwd, env, stdio: [stdin ?? 'ignore', 'pipe', 'pipe'], ...user });
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.exited = once(this.child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    t.onTestFinished(async () => {
      this.child.kill('SIGKILL');
      await this.exited;
    });
  }

  /** Runs the router; `config` is laid over one that listens on free local ports only. */
  static router(
    t: Ending,
    config: object = {},
    environment: NodeJS.ProcessEnv = {},
    start?: Start,
  ): CellgateProcess {
    const local = overlay(LOCAL, { logging: { level: 'info' } });
    const path = configFile(t, JSON.stringify(overlay(local, config)));
    // Whoever starts it may be somebody else, who has to read it.
    chmodSync(dirname(path), 0o755);
    return new CellgateProcess(t, ['-c', path], tmpdir(), environment, start);
  }

  /** Resolves once requests are served. */
  async started(): Promise<Addresses> {
    return (await this.logged('gorouter.started')) as Addresses;
  }

  /** Resolves with the data of the first log line with this message. */
  async logged(message: string): Promise<unknown> {
    await this.until(`"message":"${message}"`);
    const line = this.stdout.split('\n').find((each) => each.includes(`"message":"${message}"`));
    return JSON.parse(line!).data;
  }

  /** Resolves once `text` is on that output, and the rest of its line; rejects when the process ends without it. */
  async until(text: string, on: 'stdout' | 'stderr' = 'stdout'): Promise<void> {
    const ended = this.exited.then(() => 'ended' as const);
    while (!hasLine(this[on], text)) {
      const what = await Promise.race([once(this.child[on]!, 'data'), ended]);
      if (what === 'ended' && !hasLine(this[on], text)) {
        throw new Error(`ended without ${JSON.stringify(text)}: ${this.stdout}${this.stderr}`);
      }
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

function hasLine(output: string, text: string): boolean {
  const at = output.indexOf(text);
  return at >= 0 && output.indexOf('\n', at) >= 0;
}
