/**
 * Above any count: such a thread is never the one with the fewest. A late count of one that is gone may still move it
 * by a few.
 */
const LEAVING = 1 << 29;
const VACANT = 1 << 30;
const SLACK = 1 << 28;

/** How many client connections the proxy thread in each lane has, for all of them to see. */
export class ConnectionLoads {
  readonly #loads: Int32Array;
  /** As they were when last looked at. */
  #own = 0;
  #least = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#loads = new Int32Array(memory);
  }

  static allocate(lanes: number): SharedArrayBuffer {
    return new SharedArrayBuffer(lanes * Int32Array.BYTES_PER_ELEMENT);
  }

  /** A connection counted for one thread is another's after all. */
  move(from: number, to: number): void {
    Atomics.sub(this.#loads, from, 1);
    Atomics.add(this.#loads, to, 1);
  }

  remove(thread: number): void {
    Atomics.sub(this.#loads, thread, 1);
  }

  /** For a thread that starts. */
  open(lane: number): void {
    Atomics.store(this.#loads, lane, 0);
  }

  /** Its thread is to get no more connections. */
  retire(lane: number): void {
    Atomics.add(this.#loads, lane, LEAVING);
  }

  /** There is no thread in it. */
  vacate(lane: number): void {
    Atomics.store(this.#loads, lane, VACANT);
  }

  /** By lane; `null`: there is no thread in it. */
  counts(): (number | null)[] {
    return Array.from(this.#loads, (_, lane) => this.count(lane));
  }

  /** `null`: there is no thread in that lane. */
  count(lane: number): number | null {
    const load = Atomics.load(this.#loads, lane);
    if (load >= VACANT - SLACK) return null;
    return load >= LEAVING - SLACK ? load - LEAVING : load;
  }

  /**
   * Counts the connection which `thread` has just accepted for the thread that should have it, mostly itself; answers
   * which that is.
   */
  claim(thread: number): number {
    for (;;) {
      const owner = this.ownerFor(thread);
      const load = owner === thread ? this.#own : this.#least;
      // Where others have come first, it may be another's turn by now.
      if (Atomics.compareExchange(this.#loads, owner, load, load + 1) === load) return owner;
    }
  }

  /** The thread that should have a connection which `thread` has just accepted. */
  ownerFor(thread: number): number {
    let least = thread;
    this.#own = Atomics.load(this.#loads, thread);
    this.#least = this.#own;
    for (let other = 0; other < this.#loads.length; other++) {
      const load = Atomics.load(this.#loads, other);
      if (load < this.#least) {
        least = other;
        this.#least = load;
      }
    }
    return isWorthMoving(this.#own, this.#least) ? least : thread;
  }
}

/**
 * Handing a connection over costs about as much as a few requests on it. Behind a load balancer there are few
 * and long ones, where one too many on a thread is felt for hours; with many short ones the kernel's spread is
 * good enough.
 */
function isWorthMoving(own: number, least: number): boolean {
  const excess = own - least;
  return excess >= 2 && excess * 4 > own;
}
