import { type ArmSeen, type CutoverSeen, ratesBetween } from './cutover-state.ts';
import { printable } from './printable.ts';
import { textTable } from './text-table.ts';

/** A look at a cutover. */
export interface Look {
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly seen: CutoverSeen;
}

const HEAD = ['', 'REQUESTS/S', 'ERRORS', 'P50', 'P95', 'IN FLIGHT', 'ENDPOINTS'];
const WIDTH = 100;
const BAR = 40;
const WHOLE = 10_000;

/** Both arms side by side, the plan, and what comes next, in lines for a terminal. @param now Unix milliseconds */
export function cutoverView(before: Look, last: Look, now: number): string[] {
  const { seen } = last;
  return [
    `${printable(seen.route)}: ${printable(seen.from)} is replaced by ${printable(seen.to)}`,
    planLine(seen),
    nextLine(seen, now),
    ...armsLines(before, last),
  ];
}

function planLine({ plan, weight }: CutoverSeen): string {
  const filled = Math.round((weight / WHOLE) * BAR);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}`;
  const steps = plan.map((step) => (step === weight ? `[${step / 100}]` : String(step / 100)));
  return `${bar} ${weight / 100} %   plan ${steps.join(' ')}`;
}

function nextLine(seen: CutoverSeen, now: number): string {
  const { phase, plan, weight, nextAt, missing, reason } = seen;
  if (missing.length > 0 && phase !== 'reverting')
    return `${phase}: waiting for ${missing.map(printable).join(', ')}`;
  const due =
    nextAt === null ? '' : `, in ${Math.max(0, Math.ceil((nextAt - now) / 1000))} s at the earliest`;
  switch (phase) {
    case 'judge': {
      const next = plan.find((step) => step > weight);
      return `judging${next === undefined ? '' : `: ${next / 100} % is next${due}`}`;
    }
    case 'soak':
      return `soaking: the end is next${due}`;
    case 'probe':
      return 'probing the new part';
    default:
      return reason === '' ? phase : `${phase}: ${printable(reason)}`;
  }
}

function armsLines(before: Look, last: Look): string[] {
  const { arms, from, to } = last.seen;
  const former = before.seen.arms;
  if (arms === null || former === null) return [];
  const ms = last.at - before.at;
  const rows = [rowOf(from, former.from, arms.from, ms), rowOf(to, former.to, arms.to, ms)];
  return textTable(HEAD, rows, WIDTH).trimEnd().split('\n');
}

function rowOf(name: string, before: ArmSeen, now: ArmSeen, ms: number): string[] {
  const { perSecond, failed, p50, p95 } = ratesBetween(before, now, ms);
  return [
    printable(name),
    perSecond.toFixed(perSecond < 10 ? 1 : 0),
    failed === null ? '-' : `${(failed * 100).toFixed(1)} %`,
    timeText(p50),
    timeText(p95),
    String(now.inFlight),
    String(now.endpoints),
  ];
}

function timeText(ms: number | null): string {
  if (ms === null) return '-';
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
