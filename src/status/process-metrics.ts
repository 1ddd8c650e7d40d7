import { readdir } from 'node:fs/promises';
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';

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
  collectDefaultMetrics({ register: exposition });
}
