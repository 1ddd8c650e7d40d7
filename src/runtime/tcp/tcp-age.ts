import { isIP } from 'node:net';
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

  isOver(member: TcpMember, now: number): boolean {
    const { registration, isRestored } = member;
    const { lifetime, owner, order } = registration;
    // It has an end of its own (`TcpRoutes.expireStatics`).
    if (order !== undefined) return false;
    const isKept = this.#options.suspendPruning || (isVerified(registration) && !isRestored);
    if (owner === 'bus' && isKept && this.#bus.isAway) return false;
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
