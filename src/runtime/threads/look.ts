import type { Rejection } from '../../http/account/rejection.ts';

/** What every thread is asked for when somebody wants to see it, by the kind of `Look`. */
export interface Seen {
  /** Newest first. */
  readonly rejected: readonly Rejection[];
}

/** Which of it is wanted. */
export type Look = { readonly of: 'rejected' };

/** What one thread says. */
export interface SeenThere<Of extends keyof Seen> {
  readonly thread: number;
  readonly seen: Seen[Of];
}
