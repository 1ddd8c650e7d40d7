import { pairsOf } from '../../latency/sparse-cells.ts';
import {
  coveredSeconds,
  emptySums,
  STEP_MS,
  Traffic,
  type TrafficSum,
  WINDOWS,
} from '../../latency/traffic.ts';
import type { EndpointTexts } from '../policy/endpoint-texts.ts';

/** Instances that a thread tells apart; of one that comes when there are so many nothing is counted. */
const MOST_INSTANCES = 5000;
/** Instances that are settled in one tick. */
const PER_TICK = 250;
/** Between two looks at which may be forgotten. */
const STEPS_PER_CLEANING = 30;
/** The window by which applications are called busy. */
const BUSY = WINDOWS.indexOf(60);

/** What an instance of an application does on one thread, or all of one together. Plain data. */
export interface TrafficRow {
  readonly app: string;
  /** As registered, the address where it has none; empty, as what follows: all instances. */
  readonly instance: string;
  readonly index: string;
  readonly address: string;
  /** Requests under way. */
  readonly open: number;
  /** One for each of `WINDOWS`. */
  readonly windows: readonly WindowRow[];
}

interface WindowRow {
  readonly requests: number;
  readonly errors: number;
  /** `latency/cells.ts`, each behind its number. */
  readonly latency: readonly number[];
}

/** What a thread says of applications. */
export interface AppsThere {
  /** How much time each window covers. */
  readonly seconds: readonly number[];
  readonly rows: readonly TrafficRow[];
  /** Times that an instance came for which there was no room. */
  readonly uncounted: number;
}

interface Instance {
  readonly app: string;
  readonly instance: string;
  readonly index: string;
  readonly address: string;
  readonly traffic: Traffic;
}

/** Counts what instances of applications do on one thread. A request costs a few additions. */
export class AppTraffic {
  readonly #instances = new Map<string, Instance>();
  /** Those with something to settle. */
  #waiting: Traffic[] = [];
  #uncounted = 0;
  readonly #begunAt: number;
  /** The last step that is over. */
  #step = -1;
  #due: Traffic[] = [];

  /** @param now monotonic milliseconds */
  constructor(now: number) {
    this.#begunAt = now;
  }

  /** An attempt begins; `end` must follow for what this answers. Null: it is not counted. */
  begin(texts: EndpointTexts): Traffic | null {
    if (texts.endpoint.appId === '' || texts.isService) return null;
    let { traffic } = texts;
    if (traffic === null || !traffic.isKept) {
      traffic = this.#keep(texts);
      texts.traffic = traffic;
      if (traffic === null) return null;
    }
    traffic.open++;
    if (!traffic.isWaiting) {
      traffic.isWaiting = true;
      this.#waiting.push(traffic);
    }
    return traffic;
  }

  /** Call it a few times a second. @param now monotonic milliseconds */
  tick(now: number): void {
    const step = Math.floor((now - this.#begunAt) / STEP_MS) - 1;
    if (step > this.#step) this.#beginStep(step);
    for (const traffic of this.#due.splice(-PER_TICK)) this.#settle(traffic);
  }

  /** Of these applications each instance; of as many others that were busiest in the last minute all instances together. */
  tell(apps: ReadonlySet<string>, busiest: number): AppsThere {
    const step = Math.max(0, this.#step);
    const busy = this.#busiest(apps, busiest, step);
    const rows: TrafficRow[] = [];
    const together = new Map<string, { open: number; readonly sums: TrafficSum[] }>();
    for (const { traffic, ...about } of this.#instances.values()) {
      const { app } = about;
      if (apps.has(app)) {
        const sums = emptySums();
        traffic.addTo(sums, step);
        rows.push({ ...about, open: traffic.open, windows: sums.map(windowRow) });
      } else if (busy.has(app)) {
        const all = together.get(app) ?? { open: 0, sums: emptySums() };
        all.open += traffic.open;
        traffic.addTo(all.sums, step);
        together.set(app, all);
      }
    }
    for (const [app, { open, sums }] of together) {
      rows.push({ app, instance: '', index: '', address: '', open, windows: sums.map(windowRow) });
    }
    return { seconds: coveredSeconds(step), rows, uncounted: this.#uncounted };
  }

  #keep({ endpoint }: EndpointTexts): Traffic | null {
    const { appId: app, instanceId, instanceIndex: index, address } = endpoint;
    const instance = instanceId || address;
    // With the length in front nobody's id is taken for the end of another's.
    const key = `${app.length} ${app} ${instance}`;
    const known = this.#instances.get(key);
    if (known !== undefined) return known.traffic;
    if (this.#instances.size >= MOST_INSTANCES) {
      this.#uncounted++;
      return null;
    }
    const traffic = new Traffic();
    this.#instances.set(key, { app, instance, index, address, traffic });
    return traffic;
  }

  #beginStep(step: number): void {
    this.#step = step;
    this.#due.push(...this.#waiting);
    this.#waiting = [];
    if (step % STEPS_PER_CLEANING === 0) this.#clean(step);
  }

  #settle(traffic: Traffic): void {
    traffic.settle(this.#step);
    // What is under way will have something to settle.
    if (traffic.open > 0) this.#waiting.push(traffic);
    else traffic.isWaiting = false;
  }

  #clean(step: number): void {
    for (const [key, { traffic }] of this.#instances) {
      if (traffic.isWaiting || !traffic.isOver(step)) continue;
      traffic.isKept = false;
      this.#instances.delete(key);
    }
  }

  #busiest(apart: ReadonlySet<string>, most: number, step: number): Set<string> {
    if (most === 0) return new Set();
    const sums = new Map<string, number>();
    for (const { app, traffic } of this.#instances.values()) {
      if (!apart.has(app)) sums.set(app, (sums.get(app) ?? 0) + traffic.requestsIn(BUSY, step));
    }
    const sorted = [...sums].filter(([, requests]) => requests > 0).toSorted(([, a], [, b]) => b - a);
    return new Set(sorted.slice(0, most).map(([app]) => app));
  }
}

function windowRow({ requests, errors, cells }: TrafficSum): WindowRow {
  return { requests, errors, latency: pairsOf(cells) };
}
