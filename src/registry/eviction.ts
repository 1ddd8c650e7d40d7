import type { RouteMessage } from '../bus/route-message.ts';
import { routeKey } from '../routing/route-key.ts';
import type { ComponentLog } from '../telemetry/component-log.ts';
import type { BusPresence } from './bus-presence.ts';
import type { HeldEndpoint } from './held-endpoint.ts';
import { each, type Member } from './members.ts';
import { registrationData } from './registration-data.ts';
import type { RouteTable } from './route-table.ts';
import { isAnother, isSameInstance, type Suspects } from './suspects.ts';

/** Takes out those of whom an announcement shows that they are no longer where the table has them. */
export class Eviction {
  readonly #log: ComponentLog;
  readonly #table: RouteTable;
  readonly #bus: BusPresence;
  readonly #suspects: Suspects;

  constructor(
    log: ComponentLog,
    {
      table,
      bus,
      suspects,
    }: { readonly table: RouteTable; readonly bus: BusPresence; readonly suspects: Suspects },
  ) {
    this.#log = log;
    this.#table = table;
    this.#bus = bus;
    this.#suspects = suspects;
  }

  /**
   * An application is new at an address: whoever had it in plain text while nobody could say that they had left it is
   * gone, and so is what was the same instance elsewhere; and the same of whom an operator alone speaks for.
   */
  evict(message: RouteMessage, now: number): void {
    if (this.#suspects.size === 0 && this.#table.statics.size === 0) return;
    this.evictFrom(message, now);
    this.#evictInstance(message, now);
  }

  /** Whoever had its address, and nobody else: of an application whose routes are served elsewhere. */
  evictFrom(message: RouteMessage, now: number): void {
    const { statics } = this.#table;
    if (this.#suspects.size === 0 && statics.size === 0) return;
    const taken = this.#suspects.take(
      message.address,
      ({ held }) => isAnother(this.#table.endpoint(held), message),
      (member) => member.pool === null || !this.#isDoubtful(member),
    );
    const replaced = [...statics.at(message.address)].filter(
      (member) => this.#isDoubtful(member) && isAnother(this.#table.endpoint(member.held), message),
    );
    for (const member of new Set([...taken, ...replaced])) this.#expel(member, message, now);
  }

  #evictInstance(message: RouteMessage, now: number): void {
    for (const uri of message.uris) {
      const pool = this.#table.pools.get(routeKey(uri));
      // An instance that is here now is no longer there, and who has that address is not known.
      for (const member of pool === undefined ? [] : [...each(pool.members)]) {
        if (this.#isDoubtful(member) && isSameInstance(this.#table.endpoint(member.held), message)) {
          this.#expel(member, message, now);
        }
      }
    }
  }

  /** In plain text, and not spoken of since the bus was lost, or by an operator alone. */
  #isDoubtful(member: Member): boolean {
    const { held, origin } = member;
    if (held.tls === 'verified') return false;
    return origin.kind === 'operator' ? this.#isNamed(held) : this.#bus.isUnconfirmed(member);
  }

  /** An operator may name nobody: then whoever is at the address is meant. */
  #isNamed(held: HeldEndpoint): boolean {
    const { appId, instanceId } = this.#table.endpoint(held);
    return appId !== '' || instanceId !== '';
  }

  #expel(member: Member, message: RouteMessage, now: number): void {
    const pool = member.pool!;
    const endpoint = this.#table.endpoint(member.held);
    this.#table.removeMember(pool, member, now);
    const data = registrationData(this.#table.pools.keyOf(pool), endpoint, null);
    const { appId, address } = message;
    this.#log.info('endpoint-address-taken', { ...data, by_application: appId, at: address });
  }
}
