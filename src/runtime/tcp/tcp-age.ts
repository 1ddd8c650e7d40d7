import { BusPresence } from '../../registry/bus-presence.ts';
import { Trust, type TrustOptions } from '../../registry/trust.ts';
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

  busIs(connected: boolean, now: number): void {
    this.#bus.become(connected, now);
  }

  /** Whether there may be some that have not been spoken of since the bus was lost. */
  get hasUnconfirmed(): boolean {
    return this.#bus.isAway || this.#bus.backSince !== null;
  }

  /** See `BusPresence`. */
  get session(): number {
    return this.#bus.session;
  }

  isUnconfirmed(member: TcpMember): boolean {
    const { order, instanceId } = member.registration;
    // An operator may name nobody: then whoever is at the address is meant.
    return order === undefined ? this.#bus.isUnconfirmed(member) : instanceId !== '';
  }

  /** To be restored. @param age milliseconds */
  isTooOld(registration: TcpRegistration, age: number): boolean {
    return registration.order === undefined && age > this.#longest(registration);
  }

  isOver(member: TcpMember, now: number): boolean {
    const { registration, isRestored } = member;
    const { lifetime, owner, order } = registration;
    // It has an end of its own (`TcpRoutes.expireStatics`).
    if (order !== undefined) return false;
    const isFrozen = owner === 'bus' && this.#options.suspendPruning && this.#bus.isAway;
    if (isFrozen) return false;
    const { backSince } = this.#bus;
    if (!isRestored) return lifetime > 0 && this.counted(member, now) > lifetime;
    if (this.counted(member, now) > this.#longest(registration)) return true;
    // A source that has it would have said so by now.
    const patience = Math.max(this.#options.reconcileAfter, lifetime);
    return backSince !== null && now - backSince > patience;
  }

  /** Milliseconds since it was announced, as far as they count. */
  counted(member: TcpMember, now: number): number {
    const { registration, refreshedAt, isRestored } = member;
    if (registration.order !== undefined) return now - refreshedAt;
    if (isRestored) {
      return this.#trust.restoredAge(refreshedAt, registration.terms.backendTls !== null, now);
    }
    const stands = registration.owner === 'bus' && this.#options.suspendPruning;
    if (!stands || !this.#bus.isUnconfirmed(member)) return now - refreshedAt;
    const { awaySince, backSince } = this.#bus;
    return backSince === null ? awaySince! - refreshedAt : now - backSince;
  }

  #longest({ lifetime, terms }: TcpRegistration): number {
    const longest = this.#trust.longest(lifetime, terms.backendTls !== null);
    return longest === 0 ? Number.POSITIVE_INFINITY : longest;
  }
}
