import { CannotStart } from '../cannot-start.ts';
import type { LoadResult, SaturatingLoad } from './load.ts';

export const wrk: SaturatingLoad = {
  name: 'wrk',
  async run(bed, { port, host }, connections, seconds) {
    const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-H', `Host: ${host}`];
    return parseWrk(await bed.run('wrk', [...args, `http://127.0.0.1:${port}/`]));
  },
};

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
    requests: Number(total[1]),
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
