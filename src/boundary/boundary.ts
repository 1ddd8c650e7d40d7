import type { Owner, OwnerKind } from './owner.ts';

/** A handler has thrown, and its owner was given up. `again`: so did what lets go of the owner. */
export interface Panic {
  readonly kind: OwnerKind;
  /** See `Owner`; empty: none. */
  readonly requestId: string;
  readonly error: unknown;
  readonly again: boolean;
}

/** Of this thread; until somebody listens, standard error is told. */
let tell: (panic: Panic) => void = ({ error }) => console.error(error);

/** Who counts panics and writes them down; one for each thread. */
export function onPanic(listener: (panic: Panic) => void): void {
  tell = listener;
}

/** Gives an owner up; never throws. */
export function giveUp(owner: Owner, error: unknown): void {
  // Before it lets go of what it is busy with.
  const { kind, requestId = '' } = owner;
  report({ kind, requestId, error, again: false });
  try {
    owner.panic(error);
  } catch (second) {
    report({ kind, requestId, error: second, again: true });
  }
}

/** Runs a step of what is the owner's; never throws. */
export function contain(owner: Owner, step: () => void): void {
  try {
    step();
  } catch (error) {
    giveUp(owner, error);
  }
}

/** The handler as it may be given to whoever calls back: it never throws. */
export function guarded<Args extends unknown[]>(
  owner: Owner,
  handler: (...args: Args) => void,
): (...args: Args) => void {
  return (...args) => {
    try {
      handler(...args);
    } catch (error) {
      giveUp(owner, error);
    }
  };
}

/** What is waited for by nobody; a rejection gives the owner up. */
export function inBackground(owner: Owner, work: Promise<unknown>): void {
  work.catch((error: unknown) => giveUp(owner, error));
}

function report(panic: Panic): void {
  try {
    tell(panic);
  } catch {
    // A log that cannot be written to must not cost what the boundary has saved.
  }
}
