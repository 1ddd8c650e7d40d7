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
    if (origin.kind === 'operator') return this.#isPlainAndNamed(held);
    return !(origin.kind === 'snapshot' ? origin.verified : held.tls) && this.#bus.isUnconfirmed(member);
  }

  /** An operator may name nobody: then whoever is at the address is meant. */
  #isPlainAndNamed(held: HeldEndpoint): boolean {
    const { tls, serverCertDomainSan, appId, instanceId } = this.#table.endpoint(held);
    return !(tls && serverCertDomainSan !== '') && (appId !== '' || instanceId !== '');
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
