import { readdir } from 'node:fs/promises';
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';

/**
 * Of these a look at the loop every 10 ms is made: an idle router woke up a hundred times a second, beside the requests of
 * whichever proxy thread has the same core. Looked at seldom they would say the time between two looks, healthy as the loop is.
 * `nodejs_eventloop_lag_seconds` and `cellgate_event_loop_delay_seconds` say how late it is.
 */
const LEFT_OUT = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'];
/** In place of never. Milliseconds. */
const LAG_LOOK_MS = 24 * 3600 * 1000;

/** What the process itself is like: gorouter's names (docs/compatibility.md §6.5), and those usual for Node. */
export function exposeProcess(exposition: Registry): void {
  const registers = [exposition];
  new Gauge({
    name: 'file_descriptors',
    help: 'Open file descriptors',
    registers,
    async collect() {
      const open = await readdir('/proc/self/fd').catch(() => []);
      this.set(open.length);
    },
  });
  collectDefaultMetrics({ register: exposition, eventLoopMonitoringPrecision: LAG_LOOK_MS });
  for (const figure of LEFT_OUT) exposition.removeSingleMetric(`nodejs_eventloop_lag_${figure}_seconds`);
}
