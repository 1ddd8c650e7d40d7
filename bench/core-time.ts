import { readFileSync } from 'node:fs';

/** Clock ticks since boot, see /proc/stat in proc(5). */
export interface CoreTicks {
  /** User, nice and system time. */
  readonly processes: number;
  readonly idle: number;
  /** Taken away by the hypervisor for other guests. */
  readonly stolen: number;
  readonly total: number;
}

/** Shares of a window, 0..1. What remains went to interrupts. */
export type CoreUse = Omit<CoreTicks, 'total'>;

export function coreTicks(core: number): CoreTicks {
  return parseCoreTicks(readFileSync('/proc/stat', 'utf8'), core);
}

export function parseCoreTicks(text: string, core: number): CoreTicks {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`cpu${core} `)) ?? '';
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line
    .split(' ')
    .slice(1)
    .map(Number);
  const processes = user + nice + system;
  return {
    processes,
    idle: idle + iowait,
    stolen: steal,
    total: processes + idle + iowait + irq + softirq + steal,
  };
}

export function coreUse(before: CoreTicks, after: CoreTicks): CoreUse {
  const total = after.total - before.total;
  return {
    processes: (after.processes - before.processes) / total,
    idle: (after.idle - before.idle) / total,
    stolen: (after.stolen - before.stolen) / total,
  };
}
