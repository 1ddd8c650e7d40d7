import { histogramWidth, observe } from './histogram.ts';
import { LabelledRows, type RowShape } from './labelled-rows.ts';

/** Components that are told apart; a tag from the bus names them. */
const MAX_COMPONENTS = 100;
/** Applications that are told apart in `http_latency_seconds`. */
const MAX_APPS = 2000;

/** What is measured of each request. Plain data: it crosses to the proxy threads. */
export interface MeterSettings {
  /** `per_request_metrics_reporting` */
  readonly perRequest: boolean;
  /** `per_app_prometheus_http_metrics_reporting` */
  readonly perApp: boolean;
  /** Upper bounds, ascending. */
  readonly buckets: {
    /** Nanoseconds. */
    readonly routeLookup: readonly number[];
    /** Seconds. */
    readonly gorouterTime: readonly number[];
    /** Milliseconds. */
    readonly latency: readonly number[];
    /** Seconds. */
    readonly httpLatency: readonly number[];
  };
}

export interface MeterBuffers {
  readonly components: SharedArrayBuffer;
  readonly router: SharedArrayBuffer;
  readonly apps: SharedArrayBuffer;
}

/** The row of a component begins with its attempts, then its latency. */
export const LATENCY = 1;

export function meterShapes({ perApp, buckets }: MeterSettings) {
  const shape = (labels: number, width: number): RowShape => ({ labels, width });
  return {
    components: shape(MAX_COMPONENTS, LATENCY + histogramWidth(buckets.latency)),
    router: shape(1, histogramWidth(buckets.routeLookup) + histogramWidth(buckets.gorouterTime)),
    apps: shape(perApp ? MAX_APPS : 1, histogramWidth(buckets.httpLatency)),
  };
}

export function allocateMeters(threads: number, settings: MeterSettings): MeterBuffers {
  const shapes = meterShapes(settings);
  return {
    components: LabelledRows.allocate(threads, shapes.components),
    router: LabelledRows.allocate(threads, shapes.router),
    apps: LabelledRows.allocate(threads, shapes.apps),
  };
}

/** Where an endpoint's numbers lie; -1 until it is first asked for. */
export interface MeterRows {
  componentRow: number;
  appRow: number;
}

/** One thread's measurements of the requests it carries (gorouter.md §6.5). */
export class Meters {
  /** Whether requests are timed. */
  readonly timed: boolean;
  readonly #settings: MeterSettings;
  readonly #components: LabelledRows;
  readonly #router: LabelledRows;
  readonly #apps: LabelledRows;

  constructor(buffers: MeterBuffers, thread: number, settings: MeterSettings) {
    const shapes = meterShapes(settings);
    this.timed = settings.perRequest;
    this.#settings = settings;
    this.#components = new LabelledRows(buffers.components, thread, shapes.components);
    this.#router = new LabelledRows(buffers.router, thread, shapes.router);
    this.#apps = new LabelledRows(buffers.apps, thread, shapes.apps);
    // Its only row, which the rest relies on.
    this.#router.row('other');
  }

  /** One attempt to send a request to an endpoint of that component. */
  attempted(rows: MeterRows, component: string): void {
    if (rows.componentRow < 0) rows.componentRow = this.#components.row(component);
    this.#components.cells[rows.componentRow]!++;
  }

  lookedUp(milliseconds: number): void {
    observe(this.#router.cells, 0, this.#settings.buckets.routeLookup, milliseconds * 1e6);
  }

  /** `latency`: from the request's first byte to the response's last; `router`: what of the whole was spent here. Ms. */
  answered(rows: MeterRows, appId: string, latency: number, router: number): void {
    const { buckets, perApp } = this.#settings;
    observe(this.#components.cells, rows.componentRow + LATENCY, buckets.latency, latency);
    // gorouter counts seconds here into buckets meant for milliseconds; dashboards know it so.
    const start = histogramWidth(buckets.routeLookup);
    observe(this.#router.cells, start, buckets.gorouterTime, router / 1000);
    if (!perApp || appId === '') return;
    if (rows.appRow < 0) rows.appRow = this.#apps.row(appId);
    // gorouter divides twice by a billion, so that all lands in the first bucket: this is the true value.
    observe(this.#apps.cells, rows.appRow, buckets.httpLatency, latency / 1000);
  }
}
