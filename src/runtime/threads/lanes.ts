/**
 * A lane is a thread's place in the memory that all share: a row of counters, of measurements, of connections. It is a
 * thread's from its start to its end, and then another's: there is one more of them than threads, so that a thread
 * which leaves and the one in its place can run at the same time.
 */
export type LaneState =
  /** Nobody's, and settled: the next thread that starts may have it. */
  | 'vacant'
  | 'owned'
  /** Its thread takes no more connections, and has not ended. */
  | 'retired';

/** What is to be put right in shared memory with each step. */
export interface LaneMemory {
  /** For a thread that starts. */
  open(lane: number): void;
  /** Nobody is to give it connections any more. */
  retire(lane: number): void;
  /** Its thread has ended: what that had open is closed. */
  settle(lane: number): void;
}

/** Who has which lane: none is handed out again before it is settled. */
export class Lanes {
  readonly #states: LaneState[];
  readonly #memory: LaneMemory;

  constructor(count: number, memory: LaneMemory) {
    this.#states = Array.from({ length: count }, () => 'vacant');
    this.#memory = memory;
  }

  get hasVacant(): boolean {
    return this.#states.includes('vacant');
  }

  stateOf(lane: number): LaneState | undefined {
    return this.#states[lane];
  }

  /** The first that is vacant. @throws when none is */
  take(): number {
    const lane = this.#states.indexOf('vacant');
    if (lane < 0) throw new Error('no lane is vacant');
    this.#memory.open(lane);
    this.#states[lane] = 'owned';
    return lane;
  }

  /** A second time changes nothing. @throws when it is nobody's */
  retire(lane: number): void {
    if (this.#heldState(lane) === 'retired') return;
    this.#states[lane] = 'retired';
    this.#memory.retire(lane);
  }

  /** Its thread has ended. @throws when it had none */
  vacate(lane: number): void {
    this.#heldState(lane);
    this.#memory.settle(lane);
    this.#states[lane] = 'vacant';
  }

  #heldState(lane: number): 'owned' | 'retired' {
    const state = this.#states[lane];
    if (state === undefined || state === 'vacant') throw new Error(`lane ${lane} is nobody's`);
    return state;
  }
}
