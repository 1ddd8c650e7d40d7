/** Who holds a part of a message, the rest of which has not come. */
export interface UnfinishedHolder {
  /** Others need the memory: it lets go of the part, and of its peer. */
  shed(): void;
}

/**
 * The memory of messages of which peers have sent only a part so far, over all connections: each may be large, and nobody
 * but the peers has a say in when they end. Where all are too much, the one that began first goes.
 */
export class Unfinished {
  readonly #limit: number;
  /** Bytes by holder, the oldest first. */
  readonly #bytes = new Map<UnfinishedHolder, number>();
  #total = 0;

  /** @param limit bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The holder has so many bytes by now. It is never the one to go. */
  hold(holder: UnfinishedHolder, bytes: number): void {
    this.#total += bytes - (this.#bytes.get(holder) ?? 0);
    this.#bytes.set(holder, bytes);
    if (this.#total <= this.#limit) return;
    for (const oldest of this.#bytes.keys()) {
      if (oldest === holder) continue;
      this.letGo(oldest);
      oldest.shed();
      if (this.#total <= this.#limit) return;
    }
  }

  /** Its message is whole, or nobody waits for it any more; nothing happens where there is none. */
  letGo(holder: UnfinishedHolder): void {
    const bytes = this.#bytes.get(holder);
    if (bytes === undefined) return;
    this.#total -= bytes;
    this.#bytes.delete(holder);
  }
}
