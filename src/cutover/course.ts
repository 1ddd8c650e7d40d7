import type { Evidence, Sides } from './evidence.ts';
import type { Plan } from './plan.ts';
import type { ArmNames } from './wording.ts';

/** Of the two arms, in hundredths of a percent; together 10000. */
export interface Weights {
  readonly from: number;
  readonly to: number;
}

export type Outcome = 'done' | 'reverted' | 'not-begun' | 'held' | 'refused';

/** What a command that waits for the cutover exits with. */
export const EXIT_CODES: Readonly<Record<Outcome, number>> = {
  done: 0,
  refused: 1,
  reverted: 2,
  'not-begun': 2,
  held: 3,
};

/** Where the weights of the plan are on the routers. */
export type Moving =
  /** Some routers have not said that they have them. */
  | 'ramp'
  /** All have. */
  | 'judge'
  /** All have, and there are no more to come. */
  | 'soak';

/** `since`: Unix milliseconds, when the phase began, or began anew. */
export type Phase =
  /** May it begin at all? */
  | { readonly name: 'preflight'; readonly since: number }
  /** Does the new arm answer, before it gets a request? */
  | { readonly name: 'probe'; readonly since: number }
  | { readonly name: Moving; readonly since: number }
  /** The weights stay until a person, or the routers that are waited for, say more. The judge goes on. */
  | {
      readonly name: 'held';
      readonly since: number;
      readonly why: 'operator' | 'routers' | 'quiet';
      readonly in: Moving;
    }
  /** The weights from before are on their way. */
  | { readonly name: 'reverting'; readonly since: number; readonly reason: string }
  | Ended;

export interface Ended {
  readonly name: Exclude<Outcome, 'held'>;
  readonly since: number;
  readonly reason: string;
}

/** A cutover as it stands: plain data, that any router can go on with. */
export interface Course {
  readonly plan: Plan;
  readonly names: ArmNames;
  readonly before: Weights;
  readonly weights: Weights;
  /** Goes up by one with every change of the weights; 0: none was made. */
  readonly revision: number;
  /** Whose acknowledgement every change of the weights takes. */
  readonly routers: readonly string[];
  /** Who has not acknowledged the weights as they are, and since when that is expected. */
  readonly missing: Readonly<Record<string, number>>;
  /** Since when all routers have the weights as they are; null: they do not. */
  readonly settledAt: number | null;
  /** When the last window ended that came, or since when this driver could have heard of one. */
  readonly heardAt: number;
  readonly evidence: Evidence;
  readonly phase: Phase;
}

/** `at`: Unix milliseconds, which another router can go on with; they do not go back while one has the cutover. */
export type CutoverEvent = { readonly at: number } & (
  | { readonly kind: 'preflight' | 'probe'; readonly fault: string | null }
  /** A router has the weights of that revision. */
  | { readonly kind: 'acknowledged'; readonly router: string; readonly revision: number }
  /** A router that is there from now on, or one that has said goodbye. Who vanishes has not said so. */
  | { readonly kind: 'joined' | 'left'; readonly router: string }
  /**
   * What both arms did from `from` until now, summed up over all routers. `most`: the weight that the new arm has
   * instances for, see `capacity.ts`.
   */
  | { readonly kind: 'window'; readonly from: number; readonly sides: Sides; readonly most: number }
  /** Once a second or so, after all that has been heard. */
  | { readonly kind: 'tick' }
  | { readonly kind: 'pause' | 'resume' | 'promote' | 'abort'; readonly by: string }
);

export type Command =
  | { readonly kind: 'preflight' | 'probe' }
  /** Every router is to have these. */
  | { readonly kind: 'set'; readonly weights: Weights; readonly revision: number }
  | { readonly kind: 'note'; readonly text: string }
  /** For whoever waits. A cutover that is held may go on, and have another end. */
  | { readonly kind: 'end'; readonly outcome: Outcome; readonly text: string };

export interface Step {
  readonly course: Course;
  readonly commands: readonly Command[];
}
