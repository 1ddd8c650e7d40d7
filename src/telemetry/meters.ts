import { statusGroup } from './counters.ts';
import { histogramWidth, observe } from './histogram.ts';
import { LabelledRows, type RowShape } from './labelled-rows.ts';
import type { RequestTelling } from './request-envelopes.ts';
import { SPREAD_WIDTH, spreadCell } from './spread.ts';

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
  /** `status.enable_deprecated_varz_healthz_endpoints`: whether responses and latencies are kept for `/varz`. */
  readonly varz: boolean;
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
  readonly varz: SharedArrayBuffer;
}

/** The row of a component begins with its attempts, then its latency. */
export const LATENCY = 1;

/** The row of a component for `/varz`: responses by group of status, then the spread of its latency. */
export const VARZ_LATENCY = 5;

export function meterShapes({ perApp, varz, buckets }: MeterSettings) {
  const shape = (labels: number, width: number): RowShape => ({ labels, width });
  return {
    components: shape(MAX_COMPONENTS, LATENCY + histogramWidth(buckets.latency)),
    router: shape(1, histogramWidth(buckets.routeLookup) + histogramWidth(buckets.gorouterTime)),
    apps: shape(perApp ? MAX_APPS : 1, histogramWidth(buckets.httpLatency)),
    varz: shape(varz ? MAX_COMPONENTS : 1, VARZ_LATENCY + SPREAD_WIDTH),
  };
}

export function allocateMeters(threads: number, settings: MeterSettings): MeterBuffers {
  const shapes = meterShapes(settings);
  return {
    components: LabelledRows.allocate(threads, shapes.components),
    router: LabelledRows.allocate(threads, shapes.router),
    apps: LabelledRows.allocate(threads, shapes.apps),
    varz: LabelledRows.allocate(threads, shapes.varz),
  };
}

/** What is measured of an endpoint's requests counts for these; where the numbers lie, -1 until first asked for. */
export interface Metered {
  readonly component: string;
  readonly appId: string;
  componentRow: number;
  appRow: number;
  varzRow: number;
}

/** One thread's measurements of the requests it carries (docs/compatibility.md §6.5). */
export class Meters {
  /** Whether requests are timed. */
  readonly timed: boolean;
  /** Requests by application since the map was last emptied; `null` when nobody wants to know. */
  readonly appRequests: Map<string, number> | null;
  readonly #settings: MeterSettings;
  readonly #components: LabelledRows;
  readonly #router: LabelledRows;
  readonly #apps: LabelledRows;
  readonly #varz: LabelledRows;
  readonly #telling: RequestTelling | null;

  /** `telling`: hears of each request, when there is one. */
  constructor(
    buffers: MeterBuffers,
    thread: number,
    settings: MeterSettings,
    telling: RequestTelling | null = null,
  ) {
    const shapes = meterShapes(settings);
    this.timed = settings.perRequest || settings.varz;
    this.appRequests = settings.varz ? new Map() : null;
    this.#settings = settings;
    this.#components = new LabelledRows(buffers.components, thread, shapes.components);
    this.#router = new LabelledRows(buffers.router, thread, shapes.router);
    this.#apps = new LabelledRows(buffers.apps, thread, shapes.apps);
    this.#varz = new LabelledRows(buffers.varz, thread, shapes.varz);
    this.#telling = settings.perRequest ? telling : null;
    // Its only row, which the rest relies on.
    this.#router.row('other');
  }

  /** One attempt to send a request to an endpoint of that component. */
  attempted(to: Metered, component: string): void {
    if (to.componentRow < 0) to.componentRow = this.#components.row(component);
    this.#components.cells[to.componentRow]!++;
  }

  lookedUp(milliseconds: number): void {
    observe(this.#router.cells, 0, this.#settings.buckets.routeLookup, milliseconds * 1e6);
    this.#telling?.lookedUp(Math.round(milliseconds * 1e6));
  }

  /** `latency`: from the request's first byte to the response's last; `router`: what of the whole was spent here. Ms. */
  answered(by: Metered, status: number, latency: number, router: number): void {
    const { buckets, perApp } = this.#settings;
    observe(this.#components.cells, by.componentRow + LATENCY, buckets.latency, latency);
    // gorouter counts seconds here into buckets meant for milliseconds; dashboards know it so.
    const start = histogramWidth(buckets.routeLookup);
    observe(this.#router.cells, start, buckets.gorouterTime, router / 1000);
    this.#telling?.answered(by.component, latency, router);
    if (this.appRequests !== null) this.#noteForVarz(by, status, latency);
    if (!perApp || by.appId === '') return;
    if (by.appRow < 0) by.appRow = this.#apps.row(by.appId);
    // gorouter divides twice by a billion, so that all lands in the first bucket: this is the true value.
    observe(this.#apps.cells, by.appRow, buckets.httpLatency, latency / 1000);
  }

  #noteForVarz(by: Metered, status: number, latency: number): void {
    if (by.varzRow < 0) by.varzRow = this.#varz.row(by.component);
    this.#varz.cells[by.varzRow + statusGroup(status)]!++;
    this.#varz.cells[by.varzRow + VARZ_LATENCY + spreadCell(latency)]!++;
    if (by.appId !== '') this.appRequests!.set(by.appId, (this.appRequests!.get(by.appId) ?? 0) + 1);
  }
}
