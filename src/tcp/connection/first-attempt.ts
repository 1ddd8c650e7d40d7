import { performance } from 'node:perf_hooks';
import type { ArmOutcome, ArmTally } from '../../routing/arm-tally.ts';
import type { Outcome } from './outcome.ts';

/** The first attempt of a connection at a backend, as it counts for the arm of its route that the backend is of. */
export class FirstAttempt {
  readonly #tally: ArmTally;
  readonly #begunAt = performance.now();
  #madeAt = -1;
  #isOver = false;

  constructor(tally: ArmTally) {
    this.#tally = tally;
    tally.begin();
  }

  /** The backend has taken the connection. */
  made(): void {
    this.#madeAt = performance.now();
  }

  /** No connection came about. `left`: the backend was taken out meanwhile, and is not to blame. */
  unmade(why: 'unreachable' | 'left'): void {
    this.#end(why === 'unreachable' ? 'gateway-error' : 'not-judged');
  }

  /** A second time changes nothing. @param fromBackend bytes that came from there */
  closed(outcome: Outcome, fromBackend: number): void {
    this.#end(this.#madeAt < 0 ? unmadeOutcome(outcome) : madeOutcome(outcome, fromBackend));
  }

  #end(outcome: ArmOutcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const until = this.#madeAt < 0 ? performance.now() : this.#madeAt;
    // Connections have no ids.
    this.#tally.end(outcome, { id: '', status: 0, ms: until - this.#begunAt });
  }
}

function unmadeOutcome(outcome: Outcome): ArmOutcome {
  return outcome === 'client-reset' ? 'aborted' : 'not-judged';
}

/** Many protocols end with a reset: it is a failure where nothing had come before. */
function madeOutcome(outcome: Outcome, fromBackend: number): ArmOutcome {
  if (outcome === 'router-fault' || outcome === 'stopped') return 'not-judged';
  return outcome === 'backend-reset' && fromBackend === 0 ? 'gateway-error' : 'answered';
}
