/** One run of autocannon in a process that can be pinned. Usage: autocannon-process.ts TASK_AS_JSON */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import autocannon from 'autocannon';
import { percentile, withOmitted } from '../statistics.ts';
import type { AutocannonTask } from './autocannon.ts';
import type { LoadResult } from './load.ts';

const task: AutocannonTask = JSON.parse(process.argv[2]!);
process.stdout.write(JSON.stringify(task.rate === undefined ? await saturate() : await steady(task.rate)));

async function saturate(): Promise<LoadResult> {
  const result = await autocannon({ ...request(), connections: task.connections, duration: task.seconds });
  return {
    requests: result.requests.total,
    seconds: result.duration,
    failures: result.errors + result.non2xx,
    p50: result.latency.p50,
    p99: result.latency.p99,
  };
}

/**
 * autocannon sends each connection's requests of a second in one burst, all connections at the same instant:
 * its own queue would be most of what is measured. Started one after the other over a second, the connections
 * spread the rate evenly. Its percentiles are whole milliseconds, so they are taken from its response events.
 */
async function steady(rate: number): Promise<LoadResult> {
  const samples: number[] = [];
  let failures = 0;
  // Connections open during the first second; the next one warms generator and proxy up.
  const measuredFrom = performance.now() + 2000;
  const runs: Promise<void>[] = [];
  for (let index = 0; index < task.connections; index++) {
    runs.push(connection());
    await delay(1000 / task.connections);
  }
  await Promise.all(runs);
  const corrected = withOmitted(samples, (1000 * task.connections) / rate);
  return {
    requests: samples.length,
    seconds: task.seconds,
    failures,
    p50: percentile(corrected, 50),
    p99: percentile(corrected, 99),
  };

  async function connection(): Promise<void> {
    const run = autocannon(
      { ...request(), connections: 1, overallRate: rate / task.connections, duration: task.seconds + 2 },
      () => {},
    );
    run.on('response', (_client, _status, _bytes, milliseconds) => {
      if (performance.now() >= measuredFrom) samples.push(milliseconds);
    });
    const [result] = await once(run, 'done');
    failures += result.errors + result.non2xx + result.mismatches;
  }
}

function request() {
  return {
    url: `http://127.0.0.1:${task.port}/`,
    headers: { host: task.host },
    expectBody: task.body,
  };
}
