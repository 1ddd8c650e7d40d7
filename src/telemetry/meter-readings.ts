import { histogramWidth } from './histogram.ts';
import { sumByLabel } from './labelled-rows.ts';
import { LATENCY, type MeterBuffers, type MeterSettings, meterShapes, VARZ_LATENCY } from './meters.ts';

export interface VarzNumbers {
  readonly responses: Float64Array;
  readonly latency: Float64Array;
}

/** The sums of all threads' measurements, made when they are asked for. */
export class MeterReadings {
  readonly settings: MeterSettings;
  readonly #buffers: MeterBuffers;
  readonly #threads: number;
  readonly #shapes: ReturnType<typeof meterShapes>;

  constructor(buffers: MeterBuffers, threads: number, settings: MeterSettings) {
    this.#buffers = buffers;
    this.#threads = threads;
    this.settings = settings;
    this.#shapes = meterShapes(settings);
  }

  components(): { readonly component: string; readonly attempts: number; readonly latency: Float64Array }[] {
    const sums = sumByLabel(this.#buffers.components, this.#threads, this.#shapes.components);
    return [...sums].map(([component, cells]) => ({
      component,
      attempts: cells[0]!,
      latency: cells.subarray(LATENCY),
    }));
  }

  /** Responses by group of status, and the spread of their latency; by component, only with `varz`. */
  varz(): Map<string, VarzNumbers> {
    const sums = sumByLabel(this.#buffers.varz, this.#threads, this.#shapes.varz);
    return new Map(
      [...sums].map(([component, cells]) => [
        component,
        { responses: cells.subarray(0, VARZ_LATENCY), latency: cells.subarray(VARZ_LATENCY) },
      ]),
    );
  }

  routeLookup(): Float64Array {
    return this.#router().subarray(0, this.#lookupWidth);
  }

  gorouterTime(): Float64Array {
    return this.#router().subarray(this.#lookupWidth);
  }

  apps(): [app: string, cells: Float64Array][] {
    return [...sumByLabel(this.#buffers.apps, this.#threads, this.#shapes.apps)];
  }

  get #lookupWidth(): number {
    return histogramWidth(this.settings.buckets.routeLookup);
  }

  #router(): Float64Array {
    const { router } = this.#shapes;
    const [sum] = sumByLabel(this.#buffers.router, this.#threads, router).values();
    return sum ?? new Float64Array(router.width);
  }
}
