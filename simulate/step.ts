import type { Random } from '../fuzz/random.ts';

type StepKind =
  /** The control plane: a message of an instance, one of the last again, a round of pruning, what follows a pause, the bus, the clock. */
  | 'register'
  | 'beat'
  | 'unregister'
  | 'move'
  | 'prune'
  | 'pause'
  | 'bus'
  | 'clock'
  /** Turns: of the control thread, and of a proxy thread. */
  | 'control'
  | 'deliver'
  | 'turn'
  /** Exchanges of a proxy thread; `misfit`: another instance was found where one with TLS should be. */
  | 'begin'
  | 'answer'
  | 'fail'
  | 'misfit'
  | 'end'
  /** Threads. */
  | 'die'
  | 'start'
  /** Everything that waits has its turn, and then all must be equal. */
  | 'settle';

/** One thing that happens. Numbers choose among what there is at that moment, so that a history can be cut short. */
export interface Step {
  readonly kind: StepKind;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

const WEIGHTS: Readonly<Record<StepKind, number>> = {
  register: 120,
  beat: 60,
  unregister: 40,
  move: 12,
  prune: 6,
  pause: 1,
  bus: 2,
  clock: 12,
  control: 120,
  deliver: 160,
  turn: 160,
  begin: 160,
  answer: 60,
  fail: 60,
  misfit: 12,
  end: 120,
  die: 2,
  start: 4,
  settle: 4,
};

const KINDS = (Object.keys(WEIGHTS) as StepKind[]).flatMap((kind) =>
  new Array<StepKind>(WEIGHTS[kind]).fill(kind),
);

export function nextStep(random: Random): Step {
  const number = () => random.below(1 << 20);
  return { kind: random.pick(KINDS), a: number(), b: number(), c: number() };
}
