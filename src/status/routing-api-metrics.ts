import { Counter, type Registry as Exposition } from 'prom-client';

export interface RoutingApiErrors {
  readonly tokenFetch: number;
  readonly subscribeEvents: number;
}

/** gorouter's counters about the routing API (docs/compatibility.md §6.5), which it sends to Loggregator alone. */
export function exposeRoutingApi(registry: Exposition, errors: () => RoutingApiErrors): void {
  const counter = (name: string, help: string, read: () => number): void => {
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  };
  counter('token_fetch_errors', 'Tokens the UAA did not give', () => errors().tokenFetch);
  counter(
    'subscribe_events_errors',
    'Streams of events that could not be opened or broke off',
    () => errors().subscribeEvents,
  );
}
