import type { Result } from '../../bench/report/report.ts';
import { type Row, summarise } from '../../bench/summary.ts';
import type { Sample } from '../../bench/window.ts';

/** A window in which nothing was wrong. */
export const CALM: Sample = {
  cpuMicroseconds: 20,
  operations: 200_000,
  seconds: 5,
  failures: 0,
  p50: 1,
  p99: 2,
  core: { processes: 0.9, idle: 0.01, stolen: 0 },
  others: 0,
  loadIdle: 0.3,
};

/** A row per proxy, with a window for each list of figures that differ from the calm ones. */
export function rowsOf(
  proxies: Readonly<Record<string, readonly Partial<Sample>[]>>,
  sharedCores = false,
): Row[] {
  const samples = Object.entries(proxies).map(
    ([name, rounds]) => [name, rounds.map((figures) => ({ ...CALM, ...figures }))] as const,
  );
  return summarise(new Map(samples), sharedCores);
}

export function resultOf(wishes: Partial<Result>): Result {
  return {
    name: 'get',
    title: 'GET',
    unit: 'request',
    conditions: 'one core',
    machine: { cpu: 'Test CPU', cores: 2, kernel: 'Linux 6', node: 'v26.0.0' },
    finished: '2026-01-01T00:00:00.000Z',
    rows: [],
    checks: [],
    notes: [],
    missing: [],
    ...wishes,
  };
}
