import type { AppsThere, TrafficRow } from '../../http/account/app-traffic.ts';
import { LATENCY_CELLS, latencyPercentile } from '../../latency/cells.ts';
import { WINDOWS } from '../../latency/traffic.ts';

/** What was done in one window, over all threads. */
export interface WindowFigures {
  /** What it is called by, and how much it covers now. Seconds. */
  readonly over: number;
  readonly seconds: number;
  readonly requests: number;
  readonly perSecond: number;
  readonly errors: number;
  readonly errorsPerSecond: number;
  /** Milliseconds; null: nothing was answered. */
  readonly p50: number | null;
  readonly p95: number | null;
}

export interface Figures {
  readonly inFlight: number;
  readonly windows: readonly WindowFigures[];
}

export interface InstanceFigures extends Figures {
  readonly instance: string;
  readonly index: string;
  readonly address: string;
}

export interface AppFigures extends Figures {
  readonly app: string;
  /** The busiest first; empty where they are not told apart. */
  readonly instances: readonly InstanceFigures[];
}

interface WindowSum {
  seconds: number;
  requests: number;
  perSecond: number;
  errors: number;
  errorsPerSecond: number;
  readonly cells: Float64Array;
}

/** What several threads say of the same. */
class Sum {
  #open = 0;
  readonly #windows: WindowSum[] = WINDOWS.map(() => ({
    seconds: 0,
    requests: 0,
    perSecond: 0,
    errors: 0,
    errorsPerSecond: 0,
    cells: new Float64Array(LATENCY_CELLS),
  }));

  /** @param seconds that each window covers on that thread */
  add({ open, windows }: TrafficRow, seconds: readonly number[]): void {
    this.#open += open;
    for (const [at, { requests, errors, latency }] of windows.entries()) {
      const sum = this.#windows[at]!;
      const covered = seconds[at]!;
      sum.seconds = Math.max(sum.seconds, covered);
      sum.requests += requests;
      sum.perSecond += requests / covered;
      sum.errors += errors;
      sum.errorsPerSecond += errors / covered;
      for (let pair = 0; pair < latency.length; pair += 2) sum.cells[latency[pair]!]! += latency[pair + 1]!;
    }
  }

  figures(): Figures {
    return {
      inFlight: this.#open,
      windows: this.#windows.map(({ cells, ...sums }, at) => ({
        over: WINDOWS[at]!,
        ...sums,
        p50: latencyPercentile(cells, 0.5) || null,
        p95: latencyPercentile(cells, 0.95) || null,
      })),
    };
  }
}

interface AppSum {
  readonly all: Sum;
  readonly instances: Map<string, { readonly row: TrafficRow; readonly sum: Sum }>;
}

/** What threads say of applications, as one; those with most requests in the last minute first. */
export function appFigures(threads: readonly AppsThere[]): AppFigures[] {
  const apps = new Map<string, AppSum>();
  for (const { seconds, rows } of threads) {
    for (const row of rows) {
      let app = apps.get(row.app);
      if (app === undefined) {
        app = { all: new Sum(), instances: new Map() };
        apps.set(row.app, app);
      }
      app.all.add(row, seconds);
      if (row.instance === '') continue;
      const known = app.instances.get(row.instance) ?? { row, sum: new Sum() };
      known.sum.add(row, seconds);
      app.instances.set(row.instance, known);
    }
  }
  return Array.from(apps, ([app, { all, instances }]) => ({
    app,
    ...all.figures(),
    instances: Array.from(instances.values(), ({ row: { instance, index, address }, sum }) => ({
      instance,
      index,
      address,
      ...sum.figures(),
    })).toSorted(busiestFirst),
  })).toSorted(busiestFirst);
}

/** Of one that has done nothing. */
export function noFigures(): Figures {
  return new Sum().figures();
}

const MINUTE = WINDOWS.indexOf(60);

function busiestFirst(a: Figures, b: Figures): number {
  return b.windows[MINUTE]!.requests - a.windows[MINUTE]!.requests;
}
