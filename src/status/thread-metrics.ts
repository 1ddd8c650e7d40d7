import { Counter, type Registry as Exposition } from 'prom-client';
import type { CounterName } from '../telemetry/counters.ts';

const GIVEN_UP = ['stream', 'exchange', 'connection', 'message', 'round', 'part'] as const;

/** How the threads of the router fare. */
export function exposeThreads(registry: Exposition, count: (name: CounterName) => number): void {
  const registers = [registry];
  new Counter({
    name: 'cellgate_panics_total',
    help: 'Errors of the router itself, by what was given up for them',
    labelNames: ['kind'],
    registers,
    collect() {
      this.reset();
      for (const kind of GIVEN_UP) this.inc({ kind }, count(`panics_${kind}`));
    },
  });
  const counter = (name: string, help: string, source: CounterName) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(count(source));
      },
    });
  counter('cellgate_proxy_threads_stuck_total', 'Proxy threads that stood still', 'threads_stuck');
  counter(
    'cellgate_proxy_threads_replaced_total',
    'Proxy threads that another took the place of',
    'threads_replaced',
  );
  counter(
    'cellgate_table_differences_total',
    "Times that a proxy thread's routes were not those of the table",
    'table_differences',
  );
}
