import { readdirSync, readFileSync } from 'node:fs';

interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** User and system time of the process and of its children already waited for, in clock ticks. */
  readonly ticks: number;
}

/** USER_HZ: the unit of /proc/<pid>/stat on every Linux architecture that Node runs on. */
export const TICKS_PER_SECOND = 100;

/** One line of /proc/<pid>/stat, see proc(5). The command in parentheses may itself hold spaces and `)`. */
export function parseStat(line: string): ProcessStat {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  return {
    pid: Number.parseInt(line, 10),
    parent: field(4),
    ticks: field(14) + field(15) + field(16) + field(17),
  };
}

/** Sum over `root` and everything descended from it. */
export function treeTicks(root: number, stats: readonly ProcessStat[]): number {
  let ticks = 0;
  for (const stat of stats) {
    if (stat.pid === root) ticks += stat.ticks;
    else if (stat.parent === root) ticks += treeTicks(stat.pid, stats);
  }
  return ticks;
}

/** CPU seconds used so far by a process and all its descendants. */
export function cpuSeconds(pid: number): number {
  return treeTicks(pid, readStats()) / TICKS_PER_SECOND;
}

/** CPU seconds used so far by the threads of that name in a process. @param name up to 15 characters, as the kernel keeps it */
export function threadSeconds(pid: number, name: string): number {
  const tasks = `/proc/${pid}/task`;
  let ticks = 0;
  for (const task of readdirSync(tasks)) {
    const line = readFileSync(`${tasks}/${task}/stat`, 'utf8');
    if (line.includes(`(${name})`)) ticks += parseStat(line).ticks;
  }
  return ticks / TICKS_PER_SECOND;
}

function readStats(): ProcessStat[] {
  const stats: ProcessStat[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      stats.push(parseStat(readFileSync(`/proc/${entry}/stat`, 'utf8')));
    } catch {
      // The process ended between the listing and the reading.
    }
  }
  return stats;
}
