import { Random } from '../fuzz/random.ts';
import { onPanic } from '../src/boundary/boundary.ts';
import type { Fault } from './fault.ts';
import { nextStep, type Step } from './step.ts';
import { World } from './world.ts';

/** Choices of balancers are drawn from this stream, steps from the other: a history cut short draws no others. */
const CHOICES = 1;
const STEPS = 2;
const RESOLUTION = 1 << 20;

export interface Failure {
  /** What had happened by then, the last step being the one that failed; when all went well until the end, all. */
  readonly history: readonly Step[];
  readonly error: string;
}

/** Plays so many steps of a seed; `null`: nothing was wrong. */
export function play(seed: number, steps: number, faults: ReadonlySet<Fault> = new Set()): Failure | null {
  const random = new Random(seed, STEPS);
  const history: Step[] = [];
  return attempt(seed, faults, history, () => (history.length < steps ? nextStep(random) : null));
}

/** Plays a history again. */
export function replay(seed: number, history: readonly Step[], faults: ReadonlySet<Fault>): Failure | null {
  const played: Step[] = [];
  return attempt(seed, faults, played, () => history[played.length] ?? null);
}

function attempt(
  seed: number,
  faults: ReadonlySet<Fault>,
  history: Step[],
  next: () => Step | null,
): Failure | null {
  const choices = new Random(seed, CHOICES);
  let panic: unknown = null;
  onPanic(({ error }) => {
    panic ??= error;
  });
  try {
    const world = new World(() => choices.below(RESOLUTION) / RESOLUTION, faults);
    for (let step = next(); step !== null; step = next()) {
      history.push(step);
      world.take(step);
      if (panic !== null) throw panic;
    }
    world.finish();
    if (panic !== null) throw panic;
    return null;
  } catch (error) {
    return { history, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
