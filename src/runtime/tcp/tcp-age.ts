import { isIP } from 'node:net';
import { BusPresence } from '../../registry/bus-presence.ts';
import { Trust, type TrustOptions, type Verdict } from '../../registry/trust.ts';
import type { TcpRegistration } from '../../tcp/table/route.ts';
import type { TcpMember } from '../../tcp/table/tcp-table.ts';

/** How long backends of TCP routes may serve of which nobody speaks: as those of HTTP routes, and by their lifetimes. */
export class TcpAge {
  readonly #options: TrustOptions;
  readonly #bus = new BusPresence();
  readonly #trust: Trust;

  constructor(options: TrustOptions) {
    this.#options = options;
    this.#trust = new Trust(options, this.#bus);
  }

  /** Answers whether that is news. */
  busIs(connected: boolean, now: number): boolean {
    return this.#bus.become(connected, now);
  }

  /** See `BusPresence`. */
  get session(): number {
    return this.#bus.session;
  }

  /** Another instance may have its address: nobody has spoken of it since the bus was lost, and nothing verifies it. */
  isDoubtful(member: TcpMember): boolean {
    const { registration } = member;
    const { owner, order, instanceId } = registration;
    if (owner === 'config' || isVerified(registration)) return false;
    // An operator may name nobody: then whoever is at the address is meant.
    return order === undefined ? this.#bus.isUnconfirmed(member) : instanceId !== '';
  }

  /** To be restored. @param age milliseconds */
  isTooOld(registration: TcpRegistration, age: number): boolean {
    return registration.order === undefined && age > this.#longest(registration);
  }

  /** What becomes of it, as of an endpoint of an HTTP route (`Trust`). */
  judge(member: TcpMember, now: number): Verdict {
    const { registration, isRestored } = member;
    // It has an end of its own (`TcpRoutes.expireStatics`).
    if (registration.order !== undefined) return 'keep';
    if (registration.owner === 'bus') {
      return isRestored ? this.#judgeRestored(member, now) : this.#judgeAnnounced(member, now);
    }
    const longest = isRestored ? this.#longest(registration) : registration.lifetime;
    return longest > 0 && this.counted(member, now) > longest ? 'over' : 'keep';
  }

  #judgeAnnounced(member: TcpMember, now: number): Verdict {
    const { registration } = member;
    const isKept = this.#options.suspendPruning || isVerified(registration);
    if (isKept && this.#bus.isAway) return 'keep';
    if (registration.lifetime === 0 || this.counted(member, now) <= registration.lifetime) return 'keep';
    return isKept && this.#bus.isUnconfirmed(member) ? 'unconfirmed' : 'over';
  }

  #judgeRestored(member: TcpMember, now: number): Verdict {
    const { registration } = member;
    const { suspendPruning, reconcileAfter } = this.#options;
    if (suspendPruning && this.#bus.isAway) return 'keep';
    if (this.counted(member, now) > this.#longest(registration)) {
      // Where addresses are kept for their backends nothing presses: the agents may be late, all of them.
      const mayWait =
        suspendPruning && !isVerified(registration) && this.#bus.followedSinceReturn(now) !== null;
      return mayWait ? 'unconfirmed' : 'over';
    }
    const { backSince } = this.#bus;
    if (backSince === null) return 'keep';
    return now - backSince > Math.max(reconcileAfter, registration.lifetime) ? 'unconfirmed' : 'keep';
  }

  /** Milliseconds since it was announced, as far as they count. */
  counted(member: TcpMember, now: number): number {
    const { registration, refreshedAt, isRestored } = member;
    // The bus says nothing of what others have.
    if (registration.owner !== 'bus' || registration.order !== undefined) return now - refreshedAt;
    if (isRestored) return this.#trust.restoredAge(refreshedAt, isVerified(registration), now);
    const stands = this.#options.suspendPruning || isVerified(registration);
    if (!stands || !this.#bus.isUnconfirmed(member)) return now - refreshedAt;
    const { awaySince, backSince } = this.#bus;
    return backSince === null ? awaySince! - refreshedAt : now - backSince;
  }

  /** The same, as the next process is told. */
  announced(member: TcpMember, now: number): number {
    const { registration, refreshedAt, isRestored } = member;
    if (registration.owner !== 'bus' || !isRestored) return this.counted(member, now);
    return this.#trust.announcedAge(refreshedAt, now);
  }

  #longest(registration: TcpRegistration): number {
    const longest = this.#trust.longest(registration.lifetime, isVerified(registration));
    return longest === 0 ? Number.POSITIVE_INFINITY : longest;
  }
}

/** A certificate that names no more than an address is right for whoever has that by now. */
function isVerified({ terms: { backendTls } }: TcpRegistration): boolean {
  return backendTls !== null && isIP(backendTls.name) === 0;
}
