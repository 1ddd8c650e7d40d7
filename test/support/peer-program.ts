import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../bench/find-program.ts';
import { temporaryDirectory } from './cellgate-process.ts';

/** Far longer than any of them takes; below the limit of a test. */
const PATIENCE_MS = 60_000;

interface Ending {
  onTestFinished(done: () => unknown): void;
}

export interface ProgramEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What to tell of a test that needs this program: `false` where it is installed. */
export function unlessInstalled(program: string): string | false {
  return findProgram(program) === undefined && `${program} is not installed`;
}

/** Runs an installed program to its end, which comes with the test's at the latest. */
export async function runProgram(t: Ending, program: string, ...args: string[]): Promise<ProgramEnd> {
  const child = spawn(findProgram(program)!, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
  t.onTestFinished(() => child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('latin1').on('data', (text: string) => {
    stderr += text;
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.on('error', reject);
  child.on('close', resolve);
  return { code: await promise, stdout, stderr };
}

/** A file of the test's own with this content; its path. */
export function fileOf(t: Ending, content: string | Buffer, name = 'file'): string {
  const path = join(temporaryDirectory(t), name);
  writeFileSync(path, content);
  return path;
}
