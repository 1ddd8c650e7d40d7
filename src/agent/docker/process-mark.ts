import { readFileSync } from 'node:fs';

/** A process that is told from another which has its number later: by when it was started. */
export interface ProcessMark {
  readonly pid: number;
  /** In the kernel's ticks since it was booted. */
  readonly started: string;
}

/**
 * The first process of a container, if it can be seen from here: an agent in a container of its own sees other processes
 * under these numbers. Null: it cannot.
 */
export function markProcess(pid: number, containerId: string): ProcessMark | null {
  try {
    const started = startOf(pid);
    const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
    return started !== null && groups.includes(containerId) ? { pid, started } : null;
  } catch {
    return null;
  }
}

export function isRunning({ pid, started }: ProcessMark): boolean {
  try {
    return startOf(pid) === started;
  } catch {
    return false;
  }
}

/** Null: it has ended, and waits for somebody to ask how. */
function startOf(pid: number): string | null {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name before may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return ['Z', 'X'].includes(fields[0] ?? 'X') ? null : (fields[19] ?? null);
}
