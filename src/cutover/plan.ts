/** Of the arm that is brought in, in hundredths of a percent; the arm that it replaces has the rest. */
export const WHOLE = 10_000;

/** What becomes of a cutover whose new arm gets too few requests to be judged. */
type OnQuiet = 'hold' | 'promote' | 'revert';

export interface Plan {
  /** Strictly rising, from 1 to `WHOLE`, with which it ends. */
  readonly weights: readonly number[];
  /** How long a weight has to be good for before the next. Milliseconds, as all times here. */
  readonly stepMs: number;
  readonly windowMs: number;
  /** At the last weight, with the way back still open. */
  readonly soakMs: number;
  /** Of each arm, before there is a verdict. */
  readonly minRequests: number;
  readonly quietMs: number;
  readonly onQuiet: OnQuiet;
}

/** As an operator gives it: percentages as text, times in milliseconds. */
export interface PlanSettings extends Omit<Plan, 'weights'> {
  readonly plan: string;
}

export const DEFAULT_PLAN: PlanSettings = {
  plan: '1,5,25,50,100',
  stepMs: 60_000,
  windowMs: 15_000,
  soakMs: 60_000,
  minRequests: 50,
  quietMs: 300_000,
  onQuiet: 'hold',
};

/** `message`: one sentence that begins with the option that is wrong. */
export interface PlanFault {
  readonly kind: 'plan-fault';
  readonly message: string;
}

const MOST_STEPS = 100;
/** Short of which a p95 says nothing. */
const FEWEST_REQUESTS = 20;
const MOST_REQUESTS = 1_000_000;
const SHORTEST_WINDOW_MS = 1000;
const LONGEST_WINDOW_MS = 600_000;
const LONGEST_MS = 7 * 24 * 3_600_000;
/** Two decimals at most, so that every percentage is a whole weight. */
const PERCENTAGE = /^\d{1,3}(?:\.\d{1,2})?$/;

export function makePlan({ plan, ...rest }: PlanSettings): Plan | PlanFault {
  const weights = parseWeights(plan);
  if (!Array.isArray(weights)) return weights as PlanFault;
  return wrongNumber(rest) ?? { weights, ...rest };
}

export function isPlanFault(made: Plan | PlanFault): made is PlanFault {
  return 'kind' in made;
}

/** What comes after a weight; null: it is the last, or beyond. */
export function nextWeight({ weights }: Plan, weight: number): number | null {
  return weights.find((next) => next > weight) ?? null;
}

/** How often the judge looks at a weight where all goes as planned. At least 1. */
export function plannedLooks({ stepMs, windowMs, soakMs }: Plan, weight: number): number {
  return Math.max(1, Math.ceil((weight === WHOLE ? soakMs : stepMs) / windowMs));
}

function parseWeights(text: string): number[] | PlanFault {
  const weights: number[] = [];
  const steps = text.split(',', MOST_STEPS + 1);
  if (steps.length > MOST_STEPS) return fault('--plan', `has more than ${MOST_STEPS} steps`);
  for (const step of steps.map((piece) => piece.trim())) {
    const weight = PERCENTAGE.test(step) ? Math.round(Number(step) * 100) : 0;
    if (weight < 1 || weight > WHOLE) {
      return fault(
        '--plan',
        `"${step.slice(0, 40)}" is not a percentage from 0.01 to 100, as in ${DEFAULT_PLAN.plan}`,
      );
    }
    const before = weights.at(-1) ?? 0;
    if (weight <= before) {
      return fault('--plan', `${step} comes after ${before / 100}, and a cutover only goes up`);
    }
    weights.push(weight);
  }
  const last = weights.at(-1)!;
  return last === WHOLE ? weights : fault('--plan', `ends at ${last / 100}, and a cutover ends at 100`);
}

function wrongNumber(plan: Omit<Plan, 'weights'>): PlanFault | null {
  const { stepMs, windowMs, soakMs, minRequests, quietMs } = plan;
  if (!isWithin(windowMs, SHORTEST_WINDOW_MS, LONGEST_WINDOW_MS)) {
    return fault('--window', `must be from ${spoken(SHORTEST_WINDOW_MS)} to ${spoken(LONGEST_WINDOW_MS)}`);
  }
  if (!isWithin(stepMs, windowMs, LONGEST_MS)) return fault('--step-time', outside(windowMs));
  if (!isWithin(quietMs, windowMs, LONGEST_MS)) return fault('--quiet-timeout', outside(windowMs));
  if (!isWithin(soakMs, 0, LONGEST_MS)) return fault('--soak', `must be from 0s to ${spoken(LONGEST_MS)}`);
  if (Number.isInteger(minRequests) && isWithin(minRequests, FEWEST_REQUESTS, MOST_REQUESTS)) return null;
  return fault(
    '--min-requests',
    `${minRequests} is not a whole number from ${FEWEST_REQUESTS} to ${MOST_REQUESTS}`,
  );
}

function isWithin(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

function outside(windowMs: number): string {
  return `must be from a window, ${spoken(windowMs)}, to ${spoken(LONGEST_MS)}`;
}

function spoken(milliseconds: number): string {
  return milliseconds >= 3_600_000 ? `${milliseconds / 3_600_000}h` : `${milliseconds / 1000}s`;
}

function fault(option: string, message: string): PlanFault {
  return { kind: 'plan-fault', message: `${option}: ${message}` };
}
