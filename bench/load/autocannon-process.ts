/** One run of autocannon in a process that can be pinned. Usage: autocannon-process.ts TASK_AS_JSON */
import autocannon from 'autocannon';
import { BODY, HOST } from '../target.ts';
import type { AutocannonTask } from './autocannon.ts';
import type { LoadResult } from './load.ts';

const { port, connections, seconds }: AutocannonTask = JSON.parse(process.argv[2]!);
const result = await autocannon({
  url: `http://127.0.0.1:${port}/`,
  headers: { host: HOST },
  expectBody: BODY,
  connections,
  duration: seconds,
});
process.stdout.write(
  JSON.stringify({
    operations: result.requests.total,
    seconds: result.duration,
    failures: result.errors + result.non2xx + result.mismatches,
    p50: result.latency.p50,
    p99: result.latency.p99,
  } satisfies LoadResult),
);
