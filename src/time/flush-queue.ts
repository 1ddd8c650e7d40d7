interface Flushable {
  flush(): void;
}

/**
 * What has something to write. All of it is written when every socket that was ready has been read: the other
 * sides are then woken once for many messages, not for each (decision 0007).
 */
export class FlushQueue {
  #waiting: Flushable[] = [];
  readonly #run = () => this.#flushAll();

  add(one: Flushable): void {
    if (this.#waiting.push(one) === 1) setImmediate(this.#run);
  }

  #flushAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) one.flush();
  }
}
