import { describe } from '../faults.ts';
import type { Check } from '../figure.ts';
import type { Command } from './command.ts';
import type { Gateway, Seen } from './gateway.ts';
import { ROUTE, ROUTERS, type Stage } from './stage.ts';
import { outcomeOf, type Pace, type Trial, type Wish } from './trial.ts';

export type PhaseName = Seen['phase']['name'];

/** What came of one part of a figure. */
export interface Played {
  readonly checks: readonly Check[];
  /** May be empty. */
  readonly note: string;
}

/** Seconds. */
const PATIENCE = 180;
const PATIENCE_MS = PATIENCE * 1000;
const PACE: Pace = { plan: '5,50,100', step: 4, window: 3, soak: 6 };

/** One cutover after the other, there and back: each begins where the last one has left the requests. */
export class Story {
  readonly stage: Stage;
  #isGreen = false;

  constructor(stage: Stage) {
    this.stage = stage;
  }

  /** All routers, beginning with the one that has this number. */
  from(at: number): [Gateway, Gateway, Gateway] {
    const { gateways } = this.stage;
    return [0, 1, 2].map((each) => gateways[(at + each) % ROUTERS]!) as [Gateway, Gateway, Gateway];
  }

  /** @param at number of the router that is to drive */
  wish(at: number): Wish {
    const { blue, green } = this.stage;
    const [from, to] = this.#isGreen ? [green, blue] : [blue, green];
    return { from, to, pace: PACE, at };
  }

  /** Resolves when the command has ended. */
  end(wish: Wish, command: Command): Promise<Trial> {
    return outcomeOf(this.stage, wish, command, PATIENCE);
  }

  /** Resolves when the cutover is over, as this router knows it. */
  async over(gateway: Gateway): Promise<PhaseName> {
    const { phase } = await gateway.until(ROUTE, 'over', ({ exit }) => exit !== null, PATIENCE_MS);
    if (phase.name === 'done') this.#isGreen = !this.#isGreen;
    return phase.name;
  }
}

export function untilIn(gateway: Gateway, phase: PhaseName): Promise<Seen> {
  return gateway.until(ROUTE, `in ${phase}`, (seen) => seen.phase.name === phase, PATIENCE_MS);
}

/** Resolves with the seconds until somebody has done something about a cutover. */
export async function untilMoved(gateway: Gateway, before: Seen): Promise<number> {
  const begun = performance.now();
  const hasMoved = ({ phase, notes }: Seen) =>
    phase.name !== before.phase.name || notes.length > before.notes.length;
  await gateway.until(ROUTE, 'going on', hasMoved, PATIENCE_MS);
  return (performance.now() - begun) / 1000;
}

export function noteOf(name: string, { shopping }: Trial): string {
  return shopping.failed === 0 ? '' : `${name}: ${describe(shopping.faults)}.`;
}
