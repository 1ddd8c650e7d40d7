import { CannotStart } from '../cannot-start.ts';
import { findProgram } from '../find-program.ts';
import { HOST } from '../target.ts';
import type { Load, LoadResult } from './load.ts';

interface Requests {
  readonly connections: number;
  readonly path?: string;
  /** Beside Host. */
  readonly headers?: readonly string[];
  /** Bytes sent with each, by POST. */
  readonly body?: number;
  /** What one answer counts for. */
  readonly operations?: number;
}

/** One thread of wrk. */
export function wrk(requests: Requests): Load {
  const { connections, path = '/', headers = [], body = 0, operations = 1 } = requests;
  return {
    description: `wrk over ${connections} connections`,
    missing: () => (findProgram('wrk') ? undefined : 'wrk is not installed: apt-get install wrk'),
    async run(bed, { listener, port }, seconds) {
      const lines = [`Host: ${HOST}`, ...headers].flatMap((line) => ['-H', line]);
      const script = body === 0 ? [] : ['-s', bed.write('wrk.lua', posting(body))];
      const url = `${listener === 'https' ? 'https' : 'http'}://127.0.0.1:${port}${path}`;
      const timing = [`-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '--latency'];
      const result = parseWrk(await bed.run('wrk', ['-t1', ...timing, ...script, ...lines, url]));
      return { ...result, operations: result.operations * operations };
    },
  };
}

function posting(bytes: number): string {
  return `wrk.method = "POST"\nwrk.body = string.rep("x", ${bytes})\n`;
}

const MILLISECONDS: Record<string, number> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Reads the report of `wrk --latency`.
 * @throws CannotStart when a figure is not in it
 */
export function parseWrk(text: string): LoadResult {
  const total = match(text, /(\d+) requests in ([\d.]+)(us|ms|s|m|h),/);
  const socketErrors = /connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text)?.slice(1) ?? [];
  const refusals = /Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0;
  return {
    operations: Number(total[1]),
    seconds: milliseconds(total[2], total[3]) / 1000,
    failures: socketErrors.reduce((sum, count) => sum + Number(count), Number(refusals)),
    p50: latency(text, 50),
    p99: latency(text, 99),
  };
}

function latency(text: string, percent: number): number {
  const [, value, unit] = match(text, new RegExp(`^\\s+${percent}%\\s+([\\d.]+)(us|ms|s|m|h) *$`, 'm'));
  return milliseconds(value, unit);
}

function milliseconds(value: string | undefined, unit: string | undefined): number {
  return Number(value) * MILLISECONDS[unit!]!;
}

function match(text: string, pattern: RegExp): RegExpExecArray {
  const found = pattern.exec(text);
  if (!found) throw new CannotStart(`wrk's report has no ${pattern.source}: ${JSON.stringify(text)}`);
  return found;
}
