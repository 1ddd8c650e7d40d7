import { CannotStart } from '../cannot-start.ts';
import { findProgram } from '../find-program.ts';
import type { Load, LoadResult } from './load.ts';

const PROCESSES = 4;

/** TLS handshakes, a connection for each; ECDSA P-256 and TLS 1.2, for which s_time can resume. */
export function handshakes(kind: 'full' | 'resumed'): Load {
  return {
    description: `${PROCESSES} × openssl s_time, TLS 1.2`,
    missing: () => (findProgram('openssl') ? undefined : 'openssl is not installed: apt-get install openssl'),
    async run(bed, { port }, seconds) {
      const begun = performance.now();
      const args = ['s_time', '-connect', `127.0.0.1:${port}`, '-tls1_2', '-time', String(seconds)];
      const runs = Array.from({ length: PROCESSES }, () =>
        bed.run('openssl', [...args, kind === 'full' ? '-new' : '-reuse']),
      );
      const counts = (await Promise.all(runs)).map((text) => parseSTime(text, kind));
      return {
        operations: counts.reduce((sum, { operations }) => sum + operations, 0),
        failures: counts.reduce((sum, { failures }) => sum + failures, 0),
        seconds: (performance.now() - begun) / 1000,
      };
    },
  };
}

/**
 * Reads the report of `openssl s_time`: a letter per connection, `r` where a session was resumed.
 * @throws CannotStart when there is no count in it
 */
export function parseSTime(text: string, kind: 'full' | 'resumed'): Omit<LoadResult, 'seconds'> {
  const count = /^(\d+) connections in \d+ real seconds/m.exec(text)?.[1];
  if (count === undefined) throw new CannotStart(`s_time's report has no count: ${JSON.stringify(text)}`);
  const letters = /^[r*t23]+$/m.exec(text)?.[0] ?? '';
  const resumed = letters.replaceAll(/[^r]/g, '').length;
  const operations = Number(count);
  return { operations, failures: kind === 'resumed' ? operations - resumed : resumed };
}
