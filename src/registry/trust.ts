import type { BusPresence } from './bus-presence.ts';
import type { Member } from './members.ts';

export interface TrustOptions {
  /** `suspend_pruning_if_nats_unavailable`: addresses are not given away while the bus is away. */
  readonly suspendPruning: boolean;
  /** `cellgate.snapshot.max_age_verified` in milliseconds. */
  readonly maxAgeVerified: number;
  /** `cellgate.snapshot.max_age_plain` in milliseconds; `null`: each endpoint's own threshold. */
  readonly maxAgePlain: number | null;
  /** Milliseconds after the return of the bus in which whoever is still there has said so, at the least. */
  readonly reconcileAfter: number;
}

/**
 * - `keep`: it may serve.
 * - `over`: it goes at once, since another application may have its address by now, or it has had all the time it gets.
 * - `unconfirmed`: the bus is back and its agent has not spoken. It goes, though slowly where that is much.
 */
export type Verdict = 'keep' | 'over' | 'unconfirmed';

/** How long an endpoint may serve of which nobody speaks (docs/outages.md). */
export class Trust {
  readonly #options: TrustOptions;
  readonly #bus: BusPresence;

  constructor(options: TrustOptions, bus: BusPresence) {
    this.#options = options;
    this.#bus = bus;
  }

  judge(member: Member, now: number): Verdict {
    const { held, origin, refreshedAt } = member;
    // It has an end of its own (`StaticMembers`).
    if (origin.kind === 'operator') return 'keep';
    if (origin.kind === 'snapshot') {
      const age = this.restoredAge(refreshedAt, origin.verified, now);
      if (!this.#isFrozen && age > this.longest(held.staleThreshold * 1000, origin.verified)) {
        // Where addresses are kept for their applications nothing presses: the agents may be late, all of them.
        const mayWait =
          this.#options.suspendPruning && !origin.verified && this.#bus.followedSinceReturn(now) !== null;
        return mayWait ? 'unconfirmed' : 'over';
      }
    } else if (held.tls === 'none' || (held.tls === 'unnamed' && this.#bus.isUnconfirmed(member))) {
      return this.#judgePlain(member, now);
    }
    return this.#isOverdue(member, now) ? 'unconfirmed' : 'keep';
  }

  /** Milliseconds for which something restored may serve. @param threshold its own, in milliseconds */
  longest(threshold: number, verified: boolean): number {
    return verified ? this.#options.maxAgeVerified : (this.#options.maxAgePlain ?? threshold);
  }

  /** Milliseconds since it was announced, as far as they count: as the next process is told. */
  countedAge(member: Member, now: number): number {
    const { origin, refreshedAt } = member;
    if (origin.kind === 'snapshot') return this.announcedAge(refreshedAt, now);
    const stands = origin.kind !== 'operator' && this.#options.suspendPruning;
    if (!stands || !this.#bus.isUnconfirmed(member)) return now - refreshedAt;
    const { awaySince, backSince } = this.#bus;
    return backSince === null ? awaySince! - refreshedAt : now - backSince;
  }

  /** The same of something restored. What is given once in each process is no part of it, or restarts would renew it. */
  announcedAge(announcedAt: number, now: number): number {
    return now - announcedAt - (this.#options.suspendPruning ? this.#bus.away(now) : 0);
  }

  /** By which it is judged in this one. Once in each process the bus's return gives its agent a whole threshold. */
  restoredAge(announcedAt: number, verified: boolean, now: number): number {
    const age = this.announcedAge(announcedAt, now);
    const followed = this.#bus.followedSinceReturn(now);
    if (!this.#options.suspendPruning || verified || followed === null) return age;
    return Math.min(age, followed);
  }

  get #isFrozen(): boolean {
    return this.#options.suspendPruning && this.#bus.isAway;
  }

  /** Plain, or as good as that, and announced since this process began. */
  #judgePlain(member: Member, now: number): Verdict {
    if (this.#isFrozen) return 'keep';
    const threshold = member.held.staleThreshold * 1000;
    const { backSince } = this.#bus;
    if (!this.#options.suspendPruning || backSince === null || !this.#bus.isUnconfirmed(member)) {
      return now - member.refreshedAt > threshold ? 'over' : 'keep';
    }
    return now - backSince > threshold ? 'unconfirmed' : 'keep';
  }

  #isOverdue(member: Member, now: number): boolean {
    const { backSince } = this.#bus;
    if (backSince === null || !this.#bus.isUnconfirmed(member)) return false;
    return now - backSince > Math.max(this.#options.reconcileAfter, member.held.staleThreshold * 1000);
  }
}
