interface Flushable {
  flush(): void;
}

/** Lets everything that happens in one turn of the loop be sent at its end, in one write per client. */
export class FlushQueue {
  #waiting: Flushable[] = [];

  add(client: Flushable): void {
    if (this.#waiting.push(client) === 1) setImmediate(this.#run);
  }

  readonly #run = (): void => {
    const clients = this.#waiting;
    this.#waiting = [];
    for (const client of clients) client.flush();
  };
}
