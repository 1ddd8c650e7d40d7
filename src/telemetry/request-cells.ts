import { LATENCY_CELLS, latencyCell } from '../latency/cells.ts';

/** What requests came to, each to one of these. */
const REQUEST_OUTCOMES = [
  /** A response of an application below 400, or a protocol that both sides switched to. */
  'answered',
  /** A response of an application from 400 to 499. */
  'client_error',
  /** A response of an application from 500 on. */
  'app_error',
  /** No whole response of an application, though there should have been one. */
  'gateway_error',
  /** What the router has refused by itself: no route, a rule, a limit. */
  'refused',
  /** The client went away. */
  'aborted',
  /** What the router has answered for itself: health checks. */
  'own',
  /** Of threads that ended meanwhile. */
  'lost',
] as const;

export type RequestOutcome = (typeof REQUEST_OUTCOMES)[number];

const WIDTH = REQUEST_OUTCOMES.length + LATENCY_CELLS;
/** Whole cache lines, so that threads do not slow each other down. */
const ROW = Math.ceil(WIDTH / 8) * 8;
const BYTES = ROW * Float64Array.BYTES_PER_ELEMENT;
const PLACES = Object.fromEntries(REQUEST_OUTCOMES.map((name, at) => [name, at])) as Record<
  RequestOutcome,
  number
>;

/** Sums over all threads since the process began. */
export interface RequestSums {
  readonly outcomes: Readonly<Record<RequestOutcome, number>>;
  /** All that have ended. */
  readonly ended: number;
  /** `latency/cells.ts` */
  readonly latency: Float64Array;
}

/** One thread's own row of what requests came to and how long applications took: a plain addition is enough. */
export class RequestCells {
  readonly #row: Float64Array;

  constructor(memory: SharedArrayBuffer, lane: number) {
    this.#row = new Float64Array(memory, lane * BYTES, ROW);
  }

  static allocate(lanes: number): SharedArrayBuffer {
    return new SharedArrayBuffer(lanes * BYTES);
  }

  /** @param ms from the head to the end of the response; negative: it is not to be counted */
  end(outcome: RequestOutcome, ms: number): void {
    this.#row[PLACES[outcome]]!++;
    if (ms >= 0) this.#row[REQUEST_OUTCOMES.length + latencyCell(ms)]!++;
  }

  /** Its thread is gone, and with it what it had begun and not ended. @param begun how many it has begun at all */
  settle(begun: number): void {
    const ended = this.#row.subarray(0, REQUEST_OUTCOMES.length).reduce((sum, count) => sum + count, 0);
    this.#row[PLACES.lost]! += Math.max(0, begun - ended);
  }

  static sums(memory: SharedArrayBuffer): RequestSums {
    const sum = new Float64Array(WIDTH);
    const cells = new Float64Array(memory);
    for (let row = 0; row < cells.length; row += ROW) {
      for (let at = 0; at < WIDTH; at++) sum[at]! += cells[row + at]!;
    }
    const outcomes = Object.fromEntries(REQUEST_OUTCOMES.map((name) => [name, sum[PLACES[name]]!])) as Record<
      RequestOutcome,
      number
    >;
    const ended = Object.values(outcomes).reduce((total, count) => total + count, 0);
    return { outcomes, ended, latency: sum.subarray(REQUEST_OUTCOMES.length) };
  }
}
