/** What is wrong, and with what: sentences, and faults of parts. In the shape in which route-registrar tells them. */
export class FaultTree {
  readonly #what: string;
  readonly #faults: (string | FaultTree)[] = [];

  constructor(what: string) {
    this.#what = what;
  }

  add(fault: string | FaultTree): void {
    this.#faults.push(fault);
  }

  /** Sentences in all. */
  get count(): number {
    return this.#faults.reduce((sum, fault) => sum + (typeof fault === 'string' ? 1 : fault.count), 0);
  }

  toString(): string {
    const { count } = this;
    const head = count === 1 ? 'there was 1 error' : `there were ${count} errors`;
    const lines = this.#faults.flatMap((fault) => `* ${fault}`.split('\n'));
    return [`${head} with '${this.#what}':`, ...lines.map((line) => `    ${line}`)].join('\n');
  }
}
