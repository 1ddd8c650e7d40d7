/** How much of the past is kept. */
export const POINTS = 180;
/** Between two points. Milliseconds. */
export const INTERVAL_MS = 5000;

/** What is nothing at that time: there were no requests to time, or nobody was there. */
export const NOTHING = Number.NaN;

/** Rows of numbers over time, all of one length: the last 15 minutes, one point for each five seconds. */
export class Series<Name extends string> {
  readonly names: readonly Name[];
  readonly #columns: ReadonlyMap<Name, Float32Array>;
  #count = 0;

  constructor(names: readonly Name[]) {
    this.names = names;
    this.#columns = new Map(names.map((name) => [name, new Float32Array(POINTS).fill(NOTHING)]));
  }

  /** How many points there ever were: the number of the next one. */
  get count(): number {
    return this.#count;
  }

  add(point: Readonly<Record<Name, number>>): void {
    const at = this.#count % POINTS;
    for (const name of this.names) this.#columns.get(name)![at] = point[name];
    this.#count++;
  }

  /** Of points from this number on, as far as they are kept. */
  from(number: number, name: Name): number[] {
    const column = this.#columns.get(name)!;
    const first = this.first(number);
    return Array.from({ length: this.#count - first }, (_, at) => column[(first + at) % POINTS]!);
  }

  /** The number of the first point that is kept, or of a later one that is asked for. */
  first(number: number): number {
    return Math.min(this.#count, Math.max(number, this.#count - POINTS, 0));
  }
}

/** As JSON has it: null for nothing, and no more digits than anybody reads. */
export function shown(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : null;
}
