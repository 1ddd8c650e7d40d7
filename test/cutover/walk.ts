import { advance, begin } from '../../src/cutover/advance.ts';
import type { Course, CutoverEvent, Step } from '../../src/cutover/course.ts';
import { DEFAULT_PLAN, isPlanFault, makePlan, type PlanSettings, WHOLE } from '../../src/cutover/plan.ts';
import type { ArmWindow } from '../../src/cutover/window.ts';
import { armWindow } from './arm-window.ts';

export const BEFORE = { from: 9950, to: 50 };
const ROUTERS = ['r1', 'r2'];
const WINDOW_MS = 15_000;

/** A course, and when the last thing happened to it. */
export interface Place {
  readonly course: Course;
  readonly at: number;
}

/** Something that can happen anywhere. */
export interface Happening {
  readonly name: string;
  event(place: Place): CutoverEvent;
}

export function start(changes: Partial<PlanSettings> = {}): Place {
  const plan = makePlan({ ...DEFAULT_PLAN, plan: '1,10,100', quietMs: 60_000, ...changes });
  if (isPlanFault(plan)) throw new Error(plan.message);
  const names = { from: 'blue', to: 'green' };
  return {
    course: begin({ plan, names, before: BEFORE, weights: BEFORE, routers: ROUTERS, at: 0 }).course,
    at: 0,
  };
}

export function happen(place: Place, happening: Happening): { readonly place: Place; readonly step: Step } {
  const event = happening.event(place);
  const step = advance(place.course, event);
  return { place: { course: step.course, at: event.at }, step };
}

const BLUE = armWindow({ requests: 9000, failed: 9 });
const DOWN = armWindow({ requests: 9000, failed: 8000 });

export const HAPPENINGS: readonly Happening[] = [
  answered('preflight', null),
  answered('preflight', 'router gorouter-1 is no Cellgate'),
  answered('probe', null),
  answered('probe', 'green answered 503'),
  acknowledged('r1'),
  acknowledged('r2'),
  acknowledged('r3'),
  { name: 'a late r1', event: ({ course, at }) => acknowledgement('r1', course.revision - 1, at) },
  { name: 'r3 joined', event: ({ at }) => ({ kind: 'joined', router: 'r3', at }) },
  { name: 'r1 left', event: ({ at }) => ({ kind: 'left', router: 'r1', at }) },
  { name: 'r2 left', event: ({ at }) => ({ kind: 'left', router: 'r2', at }) },
  heard('good', BLUE, armWindow({ requests: 1000 })),
  heard('bad', BLUE, armWindow({ requests: 1000, failed: 240 })),
  heard('quarter', BLUE, armWindow({ requests: 1000, failed: 600 })),
  heard('few', BLUE, armWindow({ requests: 1 })),
  heard('unclear', DOWN, armWindow({ requests: 1000, failed: 900 })),
  heard('mixed good', BLUE, armWindow({ requests: 1000 }), true),
  heard('mixed quarter', BLUE, armWindow({ requests: 1000, failed: 600 }), true),
  ticked(1000),
  ticked(11_000),
  ticked(60_000),
  told('pause'),
  told('resume'),
  told('promote'),
  told('abort'),
];

export function named(name: string): Happening {
  const found = HAPPENINGS.find((happening) => happening.name === name);
  if (found === undefined) throw new Error(`nothing is called ${name}`);
  return found;
}

function answered(kind: 'preflight' | 'probe', fault: string | null): Happening {
  return {
    name: fault === null ? `${kind} passed` : `${kind} failed`,
    event: ({ at }) => ({ kind, fault, at: at + 100 }),
  };
}

function acknowledged(router: string): Happening {
  return { name: router, event: ({ course, at }) => acknowledgement(router, course.revision, at) };
}

function acknowledgement(router: string, revision: number, at: number): CutoverEvent {
  return { kind: 'acknowledged', router, revision, at: at + 100 };
}

function heard(name: string, from: ArmWindow, to: ArmWindow, isMixed = false): Happening {
  return {
    name,
    event: ({ course, at }) => ({
      kind: 'window',
      from: isMixed ? (course.settledAt ?? at) - 1 : at,
      sides: { from, to },
      most: WHOLE,
      at: at + WINDOW_MS,
    }),
  };
}

function ticked(ms: number): Happening {
  return { name: `${ms / 1000} s`, event: ({ at }) => ({ kind: 'tick', at: at + ms }) };
}

function told(kind: 'pause' | 'resume' | 'promote' | 'abort'): Happening {
  return { name: kind, event: ({ at }) => ({ kind, by: 'ops', at: at + 100 }) };
}
