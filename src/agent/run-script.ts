import { type ChildProcess, spawn } from 'node:child_process';
import { on, once } from '../boundary/events.ts';
import { ONE_ROUND } from '../boundary/owner.ts';
import { after } from '../boundary/timers.ts';
import type { CheckResult } from './route/check.ts';

export interface ScriptEnd {
  readonly result: CheckResult;
  readonly stdout: string;
  readonly stderr: string;
}

/** Of each stream; what a script says beyond is dropped. Characters. */
const LONGEST_OUTPUT = 16_384;
/** Until a script that has ended must have let go of its streams: what it has started may keep them for ever. */
const LAST_WORDS_MS = 100;

/**
 * Runs a script without arguments, in a process group of its own, so that with it what it has started is killed when the
 * time is up, but for what has left the group (`setsid`). @param timeout milliseconds; null: as long as it takes
 */
export async function runScript(
  path: string,
  timeout: number | null,
  signal: AbortSignal,
): Promise<ScriptEnd> {
  let child: ChildProcess;
  try {
    child = spawn(path, [], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    return { result: { ok: false, reason: (error as Error).message }, stdout: '', stderr: '' };
  }
  if (!child.stdout || !child.stderr) return unstarted(child);
  const ended = Promise.withResolvers<CheckResult>();
  const closed = Promise.withResolvers<void>();
  const stdout = collected(child.stdout);
  const stderr = collected(child.stderr);
  once(child, 'error', ONE_ROUND, (error: Error) => ended.resolve({ ok: false, reason: error.message }));
  once(child, 'exit', ONE_ROUND, (code: number | null, by: string | null) => {
    ended.resolve(code === 0 ? { ok: true } : { ok: false, reason: by ? `killed by ${by}` : `exit ${code}` });
  });
  once(child, 'close', ONE_ROUND, () => closed.resolve());
  const kill = (reason: string): void => {
    ended.resolve({ ok: false, reason });
    killGroup(child);
  };
  const timer =
    timeout === null
      ? undefined
      : after(timeout, ONE_ROUND, () => kill(`Script failed to exit within ${timeout}ms`));
  const stop = (): void => kill('called off');
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const result = await ended.promise;
  clearTimeout(timer);
  signal.removeEventListener('abort', stop);
  const late = after(LAST_WORDS_MS, ONE_ROUND, () => closed.resolve());
  await closed.promise;
  clearTimeout(late);
  child.stdout.destroy();
  child.stderr.destroy();
  return { result, stdout: stdout(), stderr: stderr() };
}

/** The process has no file descriptors left for the streams of another; why is told later. */
async function unstarted(child: ChildProcess): Promise<ScriptEnd> {
  const { promise, resolve } = Promise.withResolvers<string>();
  once(child, 'error', ONE_ROUND, (error: Error) => resolve(error.message));
  return { result: { ok: false, reason: await promise }, stdout: '', stderr: '' };
}

function collected(stream: NonNullable<ChildProcess['stdout']>): () => string {
  let text = '';
  stream.setEncoding('utf8');
  on(stream, 'error', ONE_ROUND, () => {});
  on(stream, 'data', ONE_ROUND, (part: string) => {
    if (text.length < LONGEST_OUTPUT) text += part.slice(0, LONGEST_OUTPUT - text.length);
  });
  return () => text;
}

function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  // Once it has ended and been waited for, its number may be another's.
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
