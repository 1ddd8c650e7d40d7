import type { Owner } from '../../boundary/owner.ts';

/** Time as an agent sees it; monotonic milliseconds. */
export interface Clock {
  now(): number;
  /** Answers how to call it off. */
  after(milliseconds: number, owner: Owner, step: () => void): () => void;
}
