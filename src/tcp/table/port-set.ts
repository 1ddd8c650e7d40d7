const HIGHEST = 65_535;

/** Ports written as `1024-1123,4000`. */
export class PortSet {
  readonly #ports: Uint8Array;
  readonly size: number;

  constructor(ports: Iterable<number>) {
    this.#ports = new Uint8Array(HIGHEST + 1);
    for (const port of ports) this.#ports[port] = 1;
    this.size = this.#ports.reduce((sum, one) => sum + one, 0);
  }

  has(port: number): boolean {
    return this.#ports[port] === 1;
  }

  /** Null when `text` is not a list of ports and ranges, each from 1 to 65535. Empty text is the empty set. */
  static parse(text: string): PortSet | null {
    const ports: number[] = [];
    for (const part of text.split(',')) {
      if (part.trim() === '' && text.trim() === '') continue;
      const match = /^\s*(\d{1,5})(?:\s*-\s*(\d{1,5}))?\s*$/.exec(part);
      if (match === null) return null;
      const first = Number(match[1]);
      const last = Number(match[2] ?? match[1]);
      if (first < 1 || last > HIGHEST || first > last) return null;
      for (let port = first; port <= last; port++) ports.push(port);
    }
    return new PortSet(ports);
  }
}
