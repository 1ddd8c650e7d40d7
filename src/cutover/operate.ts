import type { Course, CutoverEvent, Phase, Step } from './course.ts';
import { end, enter, raise, revert, stay } from './move.ts';
import { WHOLE } from './plan.ts';

type Order = Extract<CutoverEvent, { readonly by: string }>['kind'];

/** What an operator has told a cutover that is not over. */
export function operate(course: Course, order: Order, by: string, at: number): Step {
  const { phase } = course;
  switch (phase.name) {
    case 'preflight':
    case 'probe':
      if (order === 'abort') return end(course, 'not-begun', `aborted by ${by}`, at);
      return stay(course, `nothing to ${order} yet: the ${phase.name} is under way`);
    case 'ramp':
    case 'judge':
    case 'soak':
    case 'held':
      return order === 'abort' ? revert(course, `aborted by ${by}`, at) : steer(course, order, by, at);
    default:
      return stay(course, `too late to ${order}: it is going back`);
  }
}

function steer(course: Course, order: Exclude<Order, 'abort'>, by: string, at: number): Step {
  const { phase, weights } = course;
  const moving = phase.name === 'held' ? phase.in : phase.name;
  switch (order) {
    case 'pause':
      return enter(
        course,
        { name: 'held', since: at, why: 'operator', in: moving } as Phase,
        `held by ${by}`,
      );
    case 'resume':
      if (phase.name !== 'held') return stay(course, 'nothing to resume: it is not held');
      return enter(course, { name: moving, since: at } as Phase, `resumed by ${by}`);
    case 'promote':
      if (weights.to < WHOLE) return raise(course, WHOLE, at, `promoted by ${by}`);
      if (moving === 'soak') return end(course, 'done', `promoted by ${by}`, at);
      return stay(course, 'nothing to promote: everything is on its way already');
  }
}
