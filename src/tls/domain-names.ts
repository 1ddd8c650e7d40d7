/** The domains whose clients must show certificates (`domains`, docs/compatibility.md §3.14): host names, or `*.` and a domain. */
export class DomainNames {
  readonly #names: ReadonlySet<string>;

  constructor(names: readonly string[]) {
    this.#names = new Set(names.map((name) => name.toLowerCase()));
  }

  get isEmpty(): boolean {
    return this.#names.size === 0;
  }

  /**
   * The domain a host is in, by its lower-case name; empty: none. The exact name comes first, and `*.` stands for one
   * label. A wildcard route's `*` counts as a label.
   */
  of(host: string): string {
    if (this.isEmpty) return '';
    const lower = host.toLowerCase();
    const name = lower.endsWith('.') ? lower.slice(0, -1) : lower;
    if (this.#names.has(name)) return name;
    const dot = name.indexOf('.');
    const wildcard = dot < 1 ? '' : `*${name.slice(dot)}`;
    return this.#names.has(wildcard) ? wildcard : '';
  }
}
