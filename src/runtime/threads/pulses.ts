/** By lane, how often its thread has had a turn; a thread that is stuck has none. */
export class Pulses {
  readonly #beats: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#beats = new Int32Array(memory);
  }

  static allocate(lanes: number): SharedArrayBuffer {
    return new SharedArrayBuffer(lanes * Int32Array.BYTES_PER_ELEMENT);
  }

  /** Call it every 100 ms, and before anything that clients wait for. */
  beat(lane: number): void {
    Atomics.add(this.#beats, lane, 1);
  }

  /** Another number than before: there was a beat meanwhile. */
  read(lane: number): number {
    return Atomics.load(this.#beats, lane);
  }
}
