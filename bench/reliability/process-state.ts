import { readdirSync, readFileSync } from 'node:fs';
import { parseStat, TICKS_PER_SECOND } from '../cpu-time.ts';

/** Resident memory in bytes, of one process. */
export function residentBytes(pid: number): number {
  return parseResident(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

/** `text` is that of /proc/<pid>/status, see proc(5). NaN when it does not say. */
export function parseResident(text: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1]) * 1024;
}

/** CPU seconds that the thread a process began with has used: the control thread of a router. */
export function firstThreadSeconds(pid: number): number {
  return parseStat(readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8')).ticks / TICKS_PER_SECOND;
}

export function openDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** The most descriptors that this process may give its children. */
export function descriptorLimit(): number {
  return parseDescriptorLimit(readFileSync('/proc/self/limits', 'utf8'));
}

/** `text` is that of /proc/<pid>/limits. */
export function parseDescriptorLimit(text: string): number {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(text)?.[1];
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
}
