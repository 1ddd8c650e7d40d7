import { addCounts, type TcpCounts, type TcpReport } from '../../tcp/connection/tally.ts';

/** What one thread has open, by its own reports. */
interface Share {
  readonly ports: Map<number, number>;
  readonly backends: Map<string, number>;
}

/** The sums of what all threads have counted since the start, right also when one of them is gone. */
export class TcpSums {
  readonly ports = new Map<number, TcpCounts>();
  readonly backends = new Map<string, TcpCounts>();
  readonly #shares = new Map<number, Share>();

  add(lane: number, { ports, backends }: TcpReport): void {
    addCounts(this.ports, ports);
    addCounts(this.backends, backends);
    let share = this.#shares.get(lane);
    if (share === undefined) {
      share = { ports: new Map(), backends: new Map() };
      this.#shares.set(lane, share);
    }
    note(share.ports, ports);
    note(share.backends, backends);
  }

  /** The thread in that lane has ended: nobody is left to say that what it had open is closed. */
  settle(lane: number): void {
    const share = this.#shares.get(lane);
    if (share === undefined) return;
    this.#shares.delete(lane);
    for (const [port, open] of share.ports) this.ports.get(port)!.closed += open;
    for (const [backend, open] of share.backends) this.backends.get(backend)!.closed += open;
  }

  /**
   * Forgets backends that no route leads to and no connection is open to.
   * @param touched those for which that may have changed; default: all
   */
  forget(isRouted: (backend: string) => boolean, touched: Iterable<string> = this.backends.keys()): void {
    for (const backend of touched) {
      const counts = this.backends.get(backend);
      if (counts?.opened === counts?.closed && !isRouted(backend)) this.backends.delete(backend);
    }
  }
}

function note<Key>(share: Map<Key, number>, report: ReadonlyMap<Key, TcpCounts>): void {
  for (const [key, { opened, closed }] of report) {
    const open = (share.get(key) ?? 0) + opened - closed;
    if (open === 0) share.delete(key);
    else share.set(key, open);
  }
}
