/** What the table knows of the bus. Times are milliseconds of the table's clock. */
type State =
  /** It has never been away. */
  | { readonly name: 'present' }
  | { readonly name: 'away'; readonly since: number }
  /** It has been away since `lostAt`: what was announced before may have ended meanwhile, and nobody said so. */
  | { readonly name: 'back'; readonly since: number; readonly lostAt: number };

/** Whether the bus is there, and what that makes of the ages of endpoints. */
export class BusPresence {
  #state: State = { name: 'present' };
  /** Of earlier absences. */
  #awayBefore = 0;
  #firstReturn: number | null = null;

  /** Answers whether that is news. */
  become(connected: boolean, now: number): boolean {
    const state = this.#state;
    if (connected === (state.name !== 'away')) return false;
    if (state.name === 'away') {
      this.#awayBefore += now - state.since;
      // One that was there from the start on was not away: nobody has missed a chance to speak.
      if (now > state.since) this.#firstReturn ??= now;
      this.#state = { name: 'back', since: now, lostAt: state.since };
    } else this.#state = { name: 'away', since: now };
    return true;
  }

  get isAway(): boolean {
    return this.#state.name === 'away';
  }

  /** When it was lost; `null`: it is there. */
  get awaySince(): number | null {
    return this.#state.name === 'away' ? this.#state.since : null;
  }

  /** Since when it is there again; `null`: it is away, or has never been. */
  get backSince(): number | null {
    return this.#state.name === 'back' ? this.#state.since : null;
  }

  /** When it came back for the first time. */
  get firstReturn(): number | null {
    return this.#firstReturn;
  }

  /** Milliseconds without it. */
  away(now: number): number {
    return this.#awayBefore + (this.#state.name === 'away' ? now - this.#state.since : 0);
  }

  /** Whether something last announced then has not been spoken of since the bus was lost last. */
  isUnconfirmed(announcedAt: number): boolean {
    const state = this.#state;
    if (state.name === 'present') return false;
    return announcedAt < (state.name === 'away' ? state.since : state.lostAt);
  }
}
