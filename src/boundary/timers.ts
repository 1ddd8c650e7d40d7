import { contain } from './boundary.ts';
import type { Owner } from './owner.ts';

/** The ways to be called back later. A throw gives the owner up; an interval goes on. */
export function every(milliseconds: number, owner: Owner, step: () => void): NodeJS.Timeout {
  return setInterval(() => contain(owner, step), milliseconds);
}

export function after(milliseconds: number, owner: Owner, step: () => void): NodeJS.Timeout {
  return setTimeout(() => contain(owner, step), milliseconds);
}

/** In the next turn of the loop. */
export function soon(owner: Owner, step: () => void): NodeJS.Immediate {
  return setImmediate(() => contain(owner, step));
}
