/** Counts since the last report, of one port or one backend. */
export interface TcpCounts {
  opened: number;
  closed: number;
  failed: number;
  fromClient: number;
  fromBackend: number;
}

/** From a proxy thread to the control thread. */
export interface TcpReport {
  readonly ports: ReadonlyMap<number, TcpCounts>;
  readonly backends: ReadonlyMap<string, TcpCounts>;
}

/** What a thread has counted by port and by backend since its last report. */
export class TcpTally {
  #ports = new Map<number, TcpCounts>();
  #backends = new Map<string, TcpCounts>();

  port(port: number): TcpCounts {
    return counts(this.#ports, port);
  }

  backend(address: string): TcpCounts {
    return counts(this.#backends, address);
  }

  /** Null when nothing happened. */
  take(): TcpReport | null {
    if (this.#ports.size === 0 && this.#backends.size === 0) return null;
    const report = { ports: this.#ports, backends: this.#backends };
    this.#ports = new Map();
    this.#backends = new Map();
    return report;
  }
}

/** Adds `report` to sums kept since the start. */
export function addCounts<Key>(sums: Map<Key, TcpCounts>, report: ReadonlyMap<Key, TcpCounts>): void {
  for (const [key, more] of report) {
    const sum = counts(sums, key);
    sum.opened += more.opened;
    sum.closed += more.closed;
    sum.failed += more.failed;
    sum.fromClient += more.fromClient;
    sum.fromBackend += more.fromBackend;
  }
}

function counts<Key>(map: Map<Key, TcpCounts>, key: Key): TcpCounts {
  let found = map.get(key);
  if (found === undefined) {
    found = { opened: 0, closed: 0, failed: 0, fromClient: 0, fromBackend: 0 };
    map.set(key, found);
  }
  return found;
}
