import type { FailureClass } from './failure.ts';

/** How an attempt at a backend ended: the one vocabulary for it. */
export type Outcome =
  /** The whole response came. */
  | 'answered'
  /** The two sides switched to another protocol, and are done. */
  | 'tunnelled'
  /** The client's side was over first. */
  | 'abandoned'
  /** A fault of our own. */
  | 'panicked'
  /** There was no response, or not all of it. */
  | FailureClass;
