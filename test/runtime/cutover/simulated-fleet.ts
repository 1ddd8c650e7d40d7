import { LATENCY_CELLS, latencyCell } from '../../../src/latency/cells.ts';
import type { ArmReport, ArmState } from '../../../src/runtime/cutover/arm-report.ts';
import { firstRecord, isNoCutover, readOrder } from '../../../src/runtime/cutover/cutover-order.ts';
import type { CutoverRecord } from '../../../src/runtime/cutover/cutover-record.ts';
import { Cutovers } from '../../../src/runtime/cutover/cutovers.ts';
import { splitKey } from '../../../src/runtime/splits/split-decisions.ts';
import { LogLines } from '../../support/registry-fixture.ts';
import { SharedStore } from './shared-store.ts';

export const ROUTE = 'shop.test';
const STEP_MS = 250;
const ROUNDS_OF_ALL = 4;
/** Requests of a router in a second. */
const RATE = 400;

interface Arms {
  from: ArmState;
  to: ArmState;
}

export interface SimulatedRouter {
  readonly id: string;
  readonly cutovers: Cutovers;
  readonly arms: Arms;
  state: 'up' | 'killed' | 'left' | 'deaf';
}

/** Routers of one route with a shared store, a clock that is turned by hand, and requests that come of themselves. */
export class SimulatedFleet {
  readonly store = new SharedStore();
  readonly log = new LogLines();
  readonly routers: SimulatedRouter[] = [];
  /** Of the new arm, 0 to 1. */
  failing = 0;
  /** Of every probe. */
  probed: string | null = null;
  /** They answer as the first router does, and are in no roll-call. */
  strangers: readonly string[] = [];
  gorouters: readonly string[] = [];
  /** What is decided is on its way. */
  isUnheard = false;
  /** What the wall clock has been set back. */
  behind = 0;
  now = 10_000_000;
  #rounds = 0;

  constructor(ids: readonly string[]) {
    for (const id of ids) this.add(id);
  }

  add(id: string): SimulatedRouter {
    const router: SimulatedRouter = {
      id,
      state: 'up',
      arms: { from: idleArm(4), to: idleArm(4) },
      cutovers: new Cutovers({
        id,
        store: () => view,
        routers: () => this.#known(),
        gorouters: () => this.gorouters,
        hasLeft: (other) => this.routers.some((each) => each.id === other && each.state === 'left'),
        askArms: async () => this.#reports(id),
        probe: async () => this.probed,
        log: this.log,
        now: () => this.now - this.behind,
        monotonic: () => this.now,
      }),
    };
    const view = this.store.view(() => router.state !== 'up');
    view.watch((entry) => {
      if (!this.isUnheard) router.cutovers.memory.heed(entry);
    });
    this.routers.push(router);
    return router;
  }

  get record(): CutoverRecord {
    const known = this.routers.find(({ state }) => state === 'up')?.cutovers.memory.of(ROUTE);
    if (known?.record == null) throw new Error('there is no cutover');
    return known.record;
  }

  get phase(): CutoverRecord['course']['phase']['name'] {
    return this.record.course.phase.name;
  }

  /** Of the new arm, as the store has it; null: there is no split. */
  get weight(): number | null {
    const split = this.store.decisions.get(splitKey({ text: ROUTE }));
    const arms = (split?.value['arms'] ?? []) as { selector: string; weight: number }[];
    return arms.find(({ selector }) => selector === 'app:green')?.weight ?? null;
  }

  async begin(at: SimulatedRouter, more: object = {}): Promise<void> {
    const order = readOrder({ route: ROUTE, from: 'app:blue', to: 'app:green', ...more });
    if (typeof order === 'string') throw new Error(order);
    const record = firstRecord(order, {
      route: ROUTE,
      found: this.store.decisions.get(splitKey({ text: ROUTE }))?.value ?? null,
      before: at.cutovers.memory.of(ROUTE)?.record ?? null,
      routers: this.#known(),
      id: `cutover-${this.now}`,
      by: 'alice',
      now: this.now,
    });
    if (isNoCutover(record)) throw new Error(record.why);
    const { outcome } = await at.cutovers.write(record, 'alice', at.cutovers.memory.of(ROUTE)?.revision ?? 0);
    if (outcome !== 'ok') throw new Error(outcome);
    await at.cutovers.drive(ROUTE);
  }

  /** Turns the clock until something is so, or for so many seconds; answers how many it took. */
  async until(isSo: () => boolean, most: number): Promise<number> {
    const begun = this.now;
    while (!isSo()) {
      if (this.now - begun > most * 1000) throw new Error(`not after ${most} s: ${this.phase}`);
      await this.#step();
    }
    return (this.now - begun) / 1000;
  }

  async pass(seconds: number): Promise<void> {
    const ends = this.now + seconds * 1000;
    while (this.now < ends) await this.#step();
  }

  driver(): SimulatedRouter | undefined {
    return this.routers.find(
      ({ state, cutovers }) => state === 'up' && cutovers.memory.of(ROUTE)?.lease.isOurs === true,
    );
  }

  async #step(): Promise<void> {
    this.now += STEP_MS;
    this.#serve();
    const all = ++this.#rounds % ROUNDS_OF_ALL === 0;
    const up = this.routers.filter(({ state }) => state === 'up');
    await Promise.all(up.map(({ cutovers }) => cutovers.round(all)));
    // What was begun on the way, such as a probe.
    await new Promise((resolve) => setImmediate(resolve));
  }

  #serve(): void {
    const share = (this.weight ?? 0) / 10_000;
    const requests = (RATE * STEP_MS) / 1000;
    for (const { arms, state } of this.routers) {
      if (state === 'killed' || state === 'left') continue;
      const to = Math.round(requests * share);
      arms.to = served(arms.to, to, Math.round(to * this.failing));
      arms.from = served(arms.from, requests - to, 0);
    }
  }

  /** One that was killed has not said goodbye. */
  #known(): string[] {
    return this.routers.filter(({ state }) => state !== 'left').map(({ id }) => id);
  }

  #reports(asker: string): ReadonlyMap<string, ArmReport> {
    const revision = this.store.decisions.get(splitKey({ text: ROUTE }))?.revision ?? 0;
    const answering = this.routers.filter(({ id, state }) => state === 'up' || id === asker);
    const reports = answering.map(({ id, arms }): [string, ArmReport] => [
      id,
      { revision, arms: [arms.from, arms.to] },
    ]);
    return new Map([...reports, ...this.strangers.map((id): [string, ArmReport] => [id, reports[0]![1]])]);
  }
}

function idleArm(endpoints: number): ArmState {
  return {
    endpoints,
    counts: [0, 0, 0, 0, 0, 0],
    latency: new Array<number>(LATENCY_CELLS).fill(0),
    worst: [],
  };
}

function served(arm: ArmState, requests: number, failed: number): ArmState {
  const [begun = 0, ended = 0, answered = 0, appErrors = 0] = arm.counts;
  const latency = [...arm.latency];
  latency[latencyCell(10)]! += requests;
  const counts = [begun + requests, ended + requests, answered + requests - failed, appErrors + failed, 0, 0];
  return { ...arm, counts, latency };
}
