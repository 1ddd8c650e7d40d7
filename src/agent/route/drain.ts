/**
 * Who wants it: a file, a command, a signal, or the route's source. While any of them does, the route is drained; only
 * when the last has let go of it is it announced again.
 */
export type DrainCause = 'file' | 'command' | 'signal' | 'source';

/** `draining`: unregistered, and still serving. `drained`: it may stop. */
export type Drain =
  | { readonly state: 'serving' }
  | { readonly state: 'draining'; readonly causes: ReadonlySet<DrainCause>; readonly until: number }
  | { readonly state: 'drained'; readonly causes: ReadonlySet<DrainCause> };

export const SERVING: Drain = { state: 'serving' };

/** @param now @param time milliseconds; a drain that is under way does not begin anew */
export function afterOrder(drain: Drain, cause: DrainCause, now: number, time: number): Drain {
  if (drain.state === 'serving') return { state: 'draining', causes: new Set([cause]), until: now + time };
  return { ...drain, causes: new Set([...drain.causes, cause]) };
}

export function afterRelease(drain: Drain, cause: DrainCause): Drain {
  if (drain.state === 'serving' || !drain.causes.has(cause)) return drain;
  const causes = new Set([...drain.causes].filter((other) => other !== cause));
  return causes.size === 0 ? SERVING : { ...drain, causes };
}

/** Routers have been told only now: the application's time begins. */
export function afterHearing(drain: Drain, now: number, time: number): Drain {
  return drain.state === 'draining' ? { ...drain, until: now + time } : drain;
}

export function afterTime(drain: Drain, now: number): Drain {
  if (drain.state !== 'draining' || now < drain.until) return drain;
  return { state: 'drained', causes: drain.causes };
}
