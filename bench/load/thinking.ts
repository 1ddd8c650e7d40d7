import type { Bed } from '../bed.ts';
import { CannotStart } from '../cannot-start.ts';
import { percentile, withOmitted } from '../statistics.ts';
import { HOST, type Target } from '../target.ts';

export const THINKING_CONNECTIONS = 256;
/** The percentiles that are told. */
export const PERCENTILES = [10, 50, 75, 90, 95, 99, 99.5, 99.9] as const;

export interface Latencies {
  readonly requests: number;
  readonly seconds: number;
  readonly failures: number;
  /** Milliseconds, in the order of `PERCENTILES`. */
  readonly percentiles: readonly number[];
}

/**
 * GETs at about `rate` per second, from clients each of which pauses between an answer and its next request. Requests
 * that a slow answer held back are counted as slow too (correction for coordinated omission).
 */
export async function think(bed: Bed, { port }: Target, seconds: number, rate: number): Promise<Latencies> {
  const pause = (THINKING_CONNECTIONS / rate) * 1000;
  const text = await bed.run('wrk', [
    ...['-t1', `-c${THINKING_CONNECTIONS}`, `-d${seconds}s`, '-s', bed.write('thinking.lua', script(pause))],
    ...['-H', `Host: ${HOST}`, `http://127.0.0.1:${port}/`],
  ]);
  return parseThinking(text, pause);
}

/** Pauses are whole milliseconds: spread over a range they have the wanted mean, and clients do not keep step. */
function script(pause: number): string {
  return `
local mean = ${pause.toFixed(3)}
function delay()
  return math.floor(mean * (0.5 + math.random()) + math.random())
end
function done(summary, latency)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  io.write(string.format("summary %d %d %d\\n", summary.requests, summary.duration, failures))
  for i = 1, #latency do
    local microseconds, count = latency(i)
    io.write(string.format("latency %d %d\\n", microseconds, count))
  end
end
`;
}

/**
 * Reads what the script prints; `interval` in milliseconds, between two requests of one client.
 * @throws CannotStart when it is not there
 */
export function parseThinking(text: string, interval: number): Latencies {
  const [, requests, microseconds, failures] = /^summary (\d+) (\d+) (\d+)$/m.exec(text) ?? [];
  if (requests === undefined) throw new CannotStart(`wrk printed no summary: ${JSON.stringify(text)}`);
  const samples: number[] = [];
  for (const [, value, count] of text.matchAll(/^latency (\d+) (\d+)$/gm)) {
    for (let each = 0; each < Number(count); each++) samples.push(Number(value) / 1000);
  }
  const corrected = withOmitted(samples, interval);
  return {
    requests: Number(requests),
    seconds: Number(microseconds) / 1e6,
    failures: Number(failures),
    percentiles: PERCENTILES.map((p) => percentile(corrected, p)),
  };
}
