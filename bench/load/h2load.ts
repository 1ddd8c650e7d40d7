import { CannotStart } from '../cannot-start.ts';
import { findProgram } from '../find-program.ts';
import { HOST } from '../target.ts';
import type { Load, LoadResult } from './load.ts';

const CONNECTIONS = 16;
const STREAMS = 8;

/** GET over HTTP/2, one thread of h2load. */
export const h2load: Load = {
  description: `h2load over ${CONNECTIONS} connections, ${STREAMS} streams on each at a time`,
  missing: () =>
    findProgram('h2load') ? undefined : 'h2load is not installed: apt-get install nghttp2-client',
  async run(bed, { listener, port }, seconds) {
    const scheme = listener === 'https' ? 'https' : 'http';
    const text = await bed.run('h2load', [
      ...['-t1', `-c${CONNECTIONS}`, `-m${STREAMS}`, `-D${seconds}`],
      ...[`--connect-to=127.0.0.1:${port}`, `${scheme}://${HOST}:${port}/`],
    ]);
    return parseH2load(text, seconds);
  },
};

/**
 * Reads the report of `h2load -D`.
 * @throws CannotStart when a figure is not in it, or HTTP/2 was not spoken
 */
export function parseH2load(text: string, seconds: number): LoadResult {
  const protocol = /^Application protocol: (.+)$/m.exec(text)?.[1];
  if (protocol !== 'h2' && protocol !== 'h2c') {
    throw new CannotStart(`h2load spoke ${protocol ?? 'no protocol'} instead of HTTP/2`);
  }
  const counts =
    /^requests: (\d+) total, \d+ started, \d+ done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout$/m.exec(
      text,
    );
  if (!counts) throw new CannotStart(`h2load's report has no requests: ${JSON.stringify(text)}`);
  const [, , succeeded, failed, errored, timeout] = counts.map(Number);
  return { operations: succeeded!, seconds, failures: failed! + errored! + timeout! };
}
