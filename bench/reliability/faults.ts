/** How often what went wrong, by reason. */
export type Faults = Readonly<Record<string, number>>;

export class FaultCount {
  readonly #byReason = new Map<string, number>();

  /** `error`: what was thrown, or the reason itself. */
  add(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#byReason.set(reason, (this.#byReason.get(reason) ?? 0) + 1);
  }

  get faults(): Faults {
    return Object.fromEntries(this.#byReason);
  }
}

export function sum(faults: Faults): number {
  return Object.values(faults).reduce((total, count) => total + count, 0);
}

/** `3 × ECONNRESET, 1 × 503`; empty when there are none. */
export function describe(faults: Faults): string {
  return Object.entries(faults)
    .map(([reason, count]) => `${count} × ${reason}`)
    .join(', ');
}
