import { readdir } from 'node:fs/promises';
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';

/**
 * Between two looks at how late the control thread's loop is. With what the library does by itself, 10, an idle router woke up
 * a hundred times a second, beside the requests of whichever proxy thread has the same core.
 */
const LAG_LOOK_MS = 1000;

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
}
