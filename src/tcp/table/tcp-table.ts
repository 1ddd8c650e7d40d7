import type { Seat } from '../../routing/seat.ts';
import type { Split } from '../../routing/split.ts';
import type { PortSet } from './port-set.ts';
import { succeeds, type TcpBackend, type TcpRegistration, type TcpRoute } from './route.ts';
import type { TcpRouteName } from './route-name.ts';
import { addressOf, identityOf, type SharedSeats } from './shared-seats.ts';
import { TcpSplits } from './tcp-splits.ts';
import { agree, PLAIN, sameTerms, type TcpTerms } from './terms.ts';

/** Of a list, looked at in one piece. */
const PIECE = 1000;

export interface TcpTableOptions {
  readonly reservable: PortSet;
  /** Our own listeners and those the operator keeps for others. */
  readonly reserved: PortSet;
  readonly seats: SharedSeats;
  /** What there are certificates for. */
  readonly tls: { readonly clients: boolean; readonly backends: boolean };
  /** Hears of a route that is new, different or gone. */
  onChange(port: number, sni: string): void;
}

export type UpsertResult = 'added' | 'updated' | 'refreshed' | 'outdated' | Refusal;
export type Refusal =
  | 'port-not-reservable'
  | 'port-reserved'
  /** Another owner has this port and server name. */
  | 'claimed-by-another'
  /** It speaks for the configuration, which has no such route. */
  | 'not-configured'
  | 'no-seat'
  /** The route's other backends want TLS with clients to end elsewhere, or other protocols. */
  | 'tls-disagrees'
  | 'frontend-tls-not-enabled'
  | 'backend-tls-not-enabled';

/** One backend of one route; as long as it is there the same object. */
export interface TcpMember {
  registration: TcpRegistration;
  backend: TcpBackend;
  refreshedAt: number;
  /** Of the bus, in which somebody spoke of it last. */
  session: number;
  /** Nobody has spoken of it since this process began. */
  isRestored: boolean;
  /** It is still there. */
  isMember: boolean;
}

interface Entry {
  readonly owner: string;
  readonly sni: string;
  /** Of the route as a whole; backends that want others are passed over. */
  terms: TcpTerms;
  readonly members: Map<string, TcpMember>;
}

/** The authoritative table of TCP routes: from every source, each for the ports it claimed first. */
export class TcpTable {
  readonly #options: TcpTableOptions;
  /** By port, then by server name. */
  readonly #ports = new Map<number, Map<string, Entry>>();
  /** Those that an operator speaks for. */
  readonly #statics = new Set<TcpMember>();
  readonly #splits = new TcpSplits();

  constructor(options: TcpTableOptions) {
    this.#options = options;
  }

  get ports(): Iterable<number> {
    return this.#ports.keys();
  }

  /** Those that an operator speaks for. */
  get statics(): ReadonlySet<TcpMember> {
    return this.#statics;
  }

  /** A route that is there with or without backends: a port of the configuration. */
  claim(owner: string, port: number, sni: string): Refusal | 'claimed' {
    const entry = this.#entry(owner, port, sni, 'source');
    if (typeof entry === 'string') return entry;
    this.#options.onChange(port, sni);
    return 'claimed';
  }

  upsert(registration: TcpRegistration, now: number, session = 0): UpsertResult {
    const { owner, port, sni, terms } = registration;
    if (terms.terminates && !this.#options.tls.clients) return 'frontend-tls-not-enabled';
    if (terms.backendTls !== null && !this.#options.tls.backends) return 'backend-tls-not-enabled';
    const entry = this.#entry(owner, port, sni, registration.order === undefined ? 'source' : 'operator');
    if (typeof entry === 'string') return entry;
    const address = addressOf(registration);
    const known = entry.members.get(address);
    if (known !== undefined && !succeeds(known.registration.tag, registration.tag)) return 'outdated';
    if (known !== undefined && isConfigured(known.registration) && registration.order !== undefined) {
      // It is there without end, and the configuration would not say so again when the operator's end has come.
      return 'refreshed';
    }
    const before = entry.terms;
    const wanted = adopted(entry, known, terms);
    if (wanted === null) return 'tls-disagrees';
    const stays = known !== undefined && identityOf(known.registration) === identityOf(registration);
    const seat = stays ? known.backend.seat : this.#options.seats.acquire(registration);
    if (seat === 'full') {
      this.#dropIfEmpty(port, entry);
      return 'no-seat';
    }
    entry.terms = wanted;
    if (known === undefined) {
      const backend = backendOf(seat, registration);
      const member = { registration, backend, refreshedAt: now, session, isRestored: false, isMember: true };
      entry.members.set(address, member);
      this.#noteOrder(member);
      this.#options.onChange(port, sni);
      return 'added';
    }
    const same = stays && sameTerms(known.registration.terms, terms);
    // Another instance has the address now.
    if (!stays) this.#options.seats.release(known.registration);
    known.registration = registration;
    this.#noteOrder(known);
    known.refreshedAt = now;
    known.session = session;
    known.isRestored = false;
    if (same && agree(before, wanted)) return 'refreshed';
    known.backend = backendOf(seat, registration);
    this.#options.onChange(port, sni);
    return 'updated';
  }

  /**
   * What an earlier process had and nobody has spoken of yet; `known`: somebody has.
   * @param announcedAt by the clock of `upsert`
   */
  restore(registration: TcpRegistration, announcedAt: number): UpsertResult | 'known' {
    const { port, sni } = registration;
    const address = addressOf(registration);
    if (this.#ports.get(port)?.get(sni)?.members.has(address)) return 'known';
    const result = this.upsert(registration, announcedAt, -1);
    const member = this.#ports.get(port)?.get(sni)?.members.get(address);
    const isOperators = registration.order !== undefined;
    if (result === 'added' && member !== undefined) member.isRestored = !isOperators;
    return result;
  }

  /** But for the configuration's own. What is added or removed meanwhile may be among them or not. */
  *members(): Generator<TcpMember> {
    for (const [, , member] of this.#members()) if (!isConfigured(member.registration)) yield member;
  }

  /** Removes those of which that is true; returns them. */
  dropWhere(isOver: (member: TcpMember) => boolean): TcpMember[] {
    const dropped: TcpMember[] = [];
    for (const [port, entry, member] of this.#members()) {
      if (!isOver(member)) continue;
      this.#drop(port, entry, member);
      dropped.push(member);
    }
    return dropped;
  }

  /** `false`: there was no such route of that owner, or it is newer than the message. */
  remove(registration: TcpRegistration): boolean {
    const { owner, port, sni } = registration;
    const entry = this.#ports.get(port)?.get(sni);
    const member = entry?.members.get(addressOf(registration));
    if (entry === undefined || member === undefined || entry.owner !== owner) return false;
    if (!succeeds(member.registration.tag, registration.tag)) return false;
    this.#drop(port, entry, member);
    return true;
  }

  /**
   * Removes what an owner chosen by `isOwn` has that is not in `wanted`: a complete list came from it. In pieces, between
   * which other work may be done, but nothing of that owner; returns how many.
   * @param isSpared one that stays nevertheless
   */
  *retain(
    isOwn: (owner: string) => boolean,
    wanted: readonly TcpRegistration[],
    isSpared: (member: TcpMember) => boolean = () => false,
  ): Generator<void, number> {
    const kept = new Set<string>();
    let work = 0;
    for (const registration of wanted) {
      kept.add(keyOf(registration));
      if (++work % PIECE === 0) yield;
    }
    let dropped = 0;
    for (const [port, entry, member] of this.#members()) {
      if (++work % PIECE === 0) yield;
      if (!isOwn(entry.owner) || kept.has(keyOf(member.registration))) continue;
      if (member.registration.order !== undefined || isSpared(member)) continue;
      this.#drop(port, entry, member);
      dropped++;
    }
    return dropped;
  }

  /** Whether any route leads to that address. */
  isRouted(address: string): boolean {
    return this.#options.seats.isRouted(address);
  }

  /** Whether anybody claims it. */
  has(port: number): boolean {
    return this.#ports.has(port);
  }

  /** Of a port; `null` when nobody claims it. All are made: where one of many has changed, `route` makes that. */
  routes(port: number): readonly TcpRoute[] | null {
    const entries = this.#ports.get(port);
    return entries === undefined ? null : Array.from(entries.values(), (entry) => this.#routeOf(port, entry));
  }

  route(port: number, sni: string): TcpRoute | null {
    const entry = this.#ports.get(port)?.get(sni);
    return entry === undefined ? null : this.#routeOf(port, entry);
  }

  /**
   * From here on the route's connections are shared out so, also if it comes later. Answers whether there is anything that
   * threads have yet to be told. @param split null: it is taken back
   */
  setSplit(name: TcpRouteName, split: Split | null): boolean {
    const { port, sni } = name;
    this.#splits.set(name, split);
    const isThere = this.#ports.get(port)?.has(sni) ?? false;
    if (isThere) this.#options.onChange(port, sni);
    return isThere;
  }

  /** As `/tcp_routes` shows it: by port, then by server name (`""`: the default). */
  json(now: number): object {
    return Object.fromEntries(
      Array.from(this.#ports, ([port, entries]) => [
        port,
        Array.from(entries.values(), ({ owner, sni, terms, members }) => ({
          sni_hostname: sni,
          source: owner,
          terminate_frontend_tls: terms.terminates,
          backends: Array.from(members.values(), ({ backend, registration, refreshedAt }) => ({
            address: backend.address,
            instance_id: backend.instanceId,
            tls: backend.tls !== null,
            ttl: registration.lifetime / 1000,
            age: Math.round((now - refreshedAt) / 1000),
          })),
        })),
      ]),
    );
  }

  /** Why a registration could not be taken as far as its route goes; null: it could. Nothing changes. */
  refusal({ owner, port, sni, terms, order }: TcpRegistration): Refusal | null {
    if (terms.terminates && !this.#options.tls.clients) return 'frontend-tls-not-enabled';
    if (terms.backendTls !== null && !this.#options.tls.backends) return 'backend-tls-not-enabled';
    const entry = this.#ports.get(port)?.get(sni);
    if (entry === undefined) {
      return this.#portFault(port) ?? (owner === 'config' && order !== undefined ? 'not-configured' : null);
    }
    if (entry.owner !== owner) return 'claimed-by-another';
    return entry.members.size > 0 && !agree(entry.terms, terms) ? 'tls-disagrees' : null;
  }

  #portFault(port: number): Refusal | null {
    if (!this.#options.reservable.has(port)) return 'port-not-reservable';
    return this.#options.reserved.has(port) ? 'port-reserved' : null;
  }

  #routeOf(port: number, { sni, terms, members }: Entry): TcpRoute {
    return {
      sni,
      terminates: terms.terminates,
      alpns: terms.alpns,
      backends: Array.from(members.values())
        .filter(({ registration }) => agree(registration.terms, terms))
        .map(({ backend }) => backend),
      split: this.#splits.of({ port, sni }),
    };
  }

  /** @param by what an operator alone speaks for gives way to a source that claims it */
  #entry(owner: string, port: number, sni: string, by: 'source' | 'operator'): Entry | Refusal {
    const fault = this.#portFault(port);
    if (fault !== null) return fault;
    this.#giveWay(owner, port, sni, by);
    let entries = this.#ports.get(port);
    // The configuration's routes stay when the last backend has gone: nobody else is to make one.
    if (owner === 'config' && by === 'operator' && !entries?.has(sni)) return 'not-configured';
    if (entries === undefined) {
      entries = new Map();
      this.#ports.set(port, entries);
    }
    let entry = entries.get(sni);
    if (entry === undefined) {
      entry = { owner, sni, terms: PLAIN, members: new Map() };
      entries.set(sni, entry);
    }
    return entry.owner === owner ? entry : 'claimed-by-another';
  }

  #noteOrder(member: TcpMember): void {
    if (member.registration.order === undefined) this.#statics.delete(member);
    else this.#statics.add(member);
  }

  #giveWay(owner: string, port: number, sni: string, by: 'source' | 'operator'): void {
    const entry = this.#ports.get(port)?.get(sni);
    if (entry === undefined || entry.owner === owner || entry.owner === 'config' || by === 'operator') return;
    const members = [...entry.members.values()];
    if (members.every(({ registration }) => registration.order !== undefined)) {
      for (const member of members) this.#drop(port, entry, member);
    }
  }

  /** One may be dropped when its turn has come. */
  *#members(): Generator<[port: number, entry: Entry, member: TcpMember]> {
    for (const [port, entries] of this.#ports) {
      for (const entry of entries.values()) {
        for (const member of entry.members.values()) yield [port, entry, member];
      }
    }
  }

  #drop(port: number, entry: Entry, member: TcpMember): void {
    entry.members.delete(member.backend.address);
    member.isMember = false;
    this.#statics.delete(member);
    this.#options.seats.release(member.registration);
    this.#dropIfEmpty(port, entry);
    this.#options.onChange(port, entry.sni);
  }

  /** The configuration's ports stay without backends: the operator asked for them. */
  #dropIfEmpty(port: number, entry: Entry): void {
    if (entry.members.size > 0 || entry.owner === 'config') return;
    const entries = this.#ports.get(port);
    entries?.delete(entry.sni);
    if (entries?.size === 0) this.#ports.delete(port);
  }
}

/** The configuration itself speaks for it. */
function isConfigured({ owner, order }: TcpRegistration): boolean {
  return owner === 'config' && order === undefined;
}

/**
 * The route's terms if a registration joins it; `null`: it cannot. One that has changed its mind takes the route along:
 * the others follow with their next words, or age. One that only repeats itself, or is new, must agree with those that
 * are served.
 */
function adopted(entry: Entry, known: TcpMember | undefined, terms: TcpTerms): TcpTerms | null {
  if (agree(entry.terms, terms)) return entry.terms;
  const changed = known !== undefined && !agree(known.registration.terms, terms);
  const served = [...entry.members.values()].some((each) => agree(each.registration.terms, entry.terms));
  return !changed && served ? null : terms;
}

function backendOf(seat: Seat, registration: TcpRegistration): TcpBackend {
  const { host, backendPort: port, instanceId, terms } = registration;
  const { backendTls: tls, sendProxy } = terms;
  return { seat, address: addressOf(registration), host, port, instanceId, tls, sendProxy };
}

function keyOf(registration: TcpRegistration): string {
  const { owner, port, sni } = registration;
  return JSON.stringify([owner, port, sni, addressOf(registration)]);
}
