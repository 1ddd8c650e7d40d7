import { Gauge, type Registry } from 'prom-client';

/** What was done in one window of time. */
interface Window {
  /** What it is called by. Seconds. */
  readonly over: number;
  readonly perSecond: number;
  readonly errorsPerSecond: number;
  /** Milliseconds; null: nothing was answered. */
  readonly p50: number | null;
  readonly p95: number | null;
}

interface Figures {
  readonly inFlight: number;
  readonly windows: readonly Window[];
}

/** What an application has done lately. */
export interface AppReading extends Figures {
  readonly app: string;
  readonly instances: readonly (Figures & { readonly instance: string })[];
}

type Labelled = readonly [labels: Readonly<Record<string, string>>, figures: Figures];
type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** Of some applications, and of instances of a few: there may be tens of thousands. */
export function exposeApps(exposition: Registry, readings: () => Promise<readonly AppReading[]>): void {
  expose(exposition, 'cellgate_app', 'an application', ['app'], async () =>
    (await readings()).map(({ app, ...figures }): Labelled => [{ app }, figures]),
  );
  expose(
    exposition,
    'cellgate_app_instance',
    'an instance of an application',
    ['app', 'instance'],
    async () =>
      (await readings()).flatMap(({ app, instances }) =>
        instances.map(({ instance, ...figures }): Labelled => [{ app, instance }, figures]),
      ),
  );
}

function expose(
  exposition: Registry,
  prefix: string,
  whose: string,
  names: readonly string[],
  read: () => Promise<readonly Labelled[]>,
): void {
  const gauge = (
    name: string,
    help: string,
    more: readonly string[],
    samples: (each: Labelled) => Sample[],
  ) =>
    new Gauge({
      name: `${prefix}_${name}`,
      help,
      labelNames: [...names, ...more],
      registers: [exposition],
      async collect() {
        const all = await read();
        this.reset();
        for (const [labels, value] of all.flatMap(samples)) this.set(labels, value);
      },
    });
  gauge('requests_in_flight', `Requests of ${whose} under way`, [], ([labels, { inFlight }]) => [
    [labels, inFlight],
  ]);
  const rates = (rate: (window: Window) => number) => {
    return ([labels, { windows }]: Labelled): Sample[] =>
      windows.map((window) => [{ ...labels, window: nameOf(window) }, rate(window)]);
  };
  gauge(
    'requests_per_second',
    `Requests of ${whose} that have ended, a second, over the last seconds`,
    ['window'],
    rates(({ perSecond }) => perSecond),
  );
  gauge(
    'errors_per_second',
    `Requests that ${whose} answered with 500 or above, or not as it should, a second`,
    ['window'],
    rates(({ errorsPerSecond }) => errorsPerSecond),
  );
  gauge(
    'response_seconds',
    `Time from a request to the end of its response, at most a seventeenth off, of ${whose}`,
    ['window', 'quantile'],
    ([labels, { windows }]) => windows.flatMap((window) => quantiles(labels, window)),
  );
}

function quantiles(labels: Readonly<Record<string, string>>, window: Window): Sample[] {
  const of = (quantile: string, ms: number | null): Sample[] =>
    ms === null ? [] : [[{ ...labels, window: nameOf(window), quantile }, ms / 1000]];
  return [...of('0.5', window.p50), ...of('0.95', window.p95)];
}

function nameOf({ over }: Window): string {
  return `${over}s`;
}
