import { Counter, Gauge, type Registry } from 'prom-client';

/** One arm of a route with a split, now. */
export interface ArmReading {
  readonly route: string;
  /** Its selector. */
  readonly arm: string;
  readonly weight: number;
  /** First attempts at it on this router, by what became of them. */
  readonly requests: readonly (readonly [outcome: string, count: number])[];
}

/** Of routes without a split there is nothing. */
export function exposeSplits(exposition: Registry, readings: () => readonly ArmReading[]): void {
  new Gauge({
    name: 'cellgate_split_weight',
    help: 'Weight of the parts of a route that has a split, 0 to 10000',
    labelNames: ['route', 'arm'],
    registers: [exposition],
    collect() {
      this.reset();
      for (const { route, arm, weight } of readings()) this.set({ route, arm }, weight);
    },
  });
  new Counter({
    name: 'cellgate_arm_requests_total',
    help: 'First attempts at a part of a route while it has a split, by what became of them',
    labelNames: ['route', 'arm', 'outcome'],
    registers: [exposition],
    collect() {
      this.reset();
      for (const { route, arm, requests } of readings()) {
        for (const [outcome, count] of requests) this.inc({ route, arm, outcome }, count);
      }
    },
  });
}
