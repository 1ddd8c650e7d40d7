/** A message that has come in part: its client can be cut off. */
interface Half {
  cut(): void;
}

/** The memory of messages of which all clients together have sent only a part so far: whoever has held it longest goes. */
export class Halves {
  readonly #limit: number;
  /** Oldest first, with the bytes that each may come to. */
  readonly #bytes = new Map<Half, number>();
  #total = 0;

  /** @param limit bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** One has begun that will have so many bytes. It must not be there already. */
  begin(half: Half, bytes: number): void {
    this.#bytes.set(half, bytes);
    this.#total += bytes;
    for (const oldest of this.#bytes.keys()) {
      if (this.#total <= this.#limit) return;
      if (oldest === half) continue;
      this.end(oldest);
      oldest.cut();
    }
  }

  /** It is whole, or gone; nothing happens where there is none. */
  end(half: Half): void {
    this.#total -= this.#bytes.get(half) ?? 0;
    this.#bytes.delete(half);
  }
}
