import { Gauge, type Registry } from 'prom-client';

/** What is to be told of the table beside its size. */
export interface TableStateSource {
  /** Endpoints of all routes by state. */
  states(): Promise<Readonly<Record<string, number>>>;
  readonly ageSeconds: number;
  readonly isFrozen: boolean;
}

export function exposeTableState(exposition: Registry, source: TableStateSource): void {
  gauge(
    exposition,
    'cellgate_table_age_seconds',
    'Since the bus could last say anything; 0 while it is there',
    () => source.ageSeconds,
  );
  gauge(exposition, 'cellgate_pruning_frozen', '1 while endpoints stay that would go otherwise', () =>
    source.isFrozen ? 1 : 0,
  );
  new Gauge({
    name: 'cellgate_endpoints',
    help: 'Endpoints of all routes by state',
    labelNames: ['state'],
    registers: [exposition],
    async collect() {
      for (const [state, count] of Object.entries(await source.states())) this.set({ state }, count);
    },
  });
}

function gauge(exposition: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [exposition],
    collect() {
      this.set(read());
    },
  });
}
