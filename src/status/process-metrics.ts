import { readdir } from 'node:fs/promises';
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';

/** What the process itself is like: gorouter's names (gorouter.md §6.5), and those usual for Node. */
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
  // Messages are handled in the turn they arrive in, and the client throws none away.
  new Gauge({ name: 'buffered_messages', help: 'Messages from NATS not handled yet', registers });
  new Gauge({ name: 'total_dropped_messages', help: 'Messages from NATS thrown away', registers });
  collectDefaultMetrics({ register: exposition });
}
