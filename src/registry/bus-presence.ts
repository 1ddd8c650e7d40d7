/** What the table knows of the bus. Times are milliseconds of the table's clock. */
type State =
  /** It has never been away. */
  | { readonly name: 'present' }
  | { readonly name: 'away'; readonly since: number }
  /** It has been away: what was announced before may have ended meanwhile, and nobody said so. */
  | { readonly name: 'back'; readonly since: number };

/** Whether the bus is there, and what that makes of the ages of endpoints. */
export class BusPresence {
  #state: State = { name: 'present' };
  /** Of earlier absences. */
  #awayBefore = 0;
  /** When it came back for the first time, and how long it had been away by then. */
  #firstReturn: { readonly at: number; readonly away: number } | null = null;
  #session = 0;

  /** Answers whether that is news. */
  become(connected: boolean, now: number): boolean {
    const state = this.#state;
    if (connected === (state.name !== 'away')) return false;
    if (state.name === 'away') {
      this.#awayBefore += now - state.since;
      // One that was there from the start on was not away: nobody has missed a chance to speak.
      if (now > state.since) this.#firstReturn ??= { at: now, away: this.#awayBefore };
      this.#state = { name: 'back', since: now };
    } else {
      this.#session++;
      this.#state = { name: 'away', since: now };
    }
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

  /** Milliseconds with it since it came back for the first time; `null`: it has not. */
  followedSinceReturn(now: number): number | null {
    if (this.#firstReturn === null) return null;
    return now - this.#firstReturn.at - (this.away(now) - this.#firstReturn.away);
  }

  /** Milliseconds without it. */
  away(now: number): number {
    return this.#awayBefore + (this.#state.name === 'away' ? now - this.#state.since : 0);
  }

  /** Goes up whenever the bus is lost: what was announced in an earlier one has not been spoken of since. */
  get session(): number {
    return this.#session;
  }

  isUnconfirmed({ session }: { readonly session: number }): boolean {
    return session < this.#session;
  }
}
