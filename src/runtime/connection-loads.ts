/** How many client connections each proxy thread has, for all of them to see. */
export class ConnectionLoads {
  readonly #loads: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#loads = new Int32Array(memory);
  }

  static allocate(threads: number): SharedArrayBuffer {
    return new SharedArrayBuffer(threads * Int32Array.BYTES_PER_ELEMENT);
  }

  add(thread: number): void {
    Atomics.add(this.#loads, thread, 1);
  }

  remove(thread: number): void {
    Atomics.sub(this.#loads, thread, 1);
  }

  clear(thread: number): void {
    Atomics.store(this.#loads, thread, 0);
  }

  /** By thread. */
  counts(): number[] {
    return Array.from(this.#loads, (_, thread) => Atomics.load(this.#loads, thread));
  }

  /** The thread that should have the connection which `thread` has just accepted: mostly itself. */
  ownerFor(thread: number): number {
    let least = thread;
    let leastLoad = Atomics.load(this.#loads, thread);
    const own = leastLoad;
    for (let other = 0; other < this.#loads.length; other++) {
      const load = Atomics.load(this.#loads, other);
      if (load < leastLoad) {
        least = other;
        leastLoad = load;
      }
    }
    return isWorthMoving(own, leastLoad) ? least : thread;
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
