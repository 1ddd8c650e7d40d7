/** Whether load balancers are to send traffic here: the control thread says, every proxy thread reads (docs/compatibility.md §3.15). */
export class HealthCell {
  readonly #cell: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#cell = new Int32Array(buffer);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  }

  get isHealthy(): boolean {
    return Atomics.load(this.#cell, 0) === 1;
  }

  set isHealthy(healthy: boolean) {
    Atomics.store(this.#cell, 0, healthy ? 1 : 0);
  }
}
