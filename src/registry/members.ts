import type { HeldEndpoint } from './held-endpoint.ts';
import type { Origin } from './origin.ts';
import type { Pool } from './pool.ts';

/** A register message that said what the table holds: another one with the same bytes says it again. */
export interface Heartbeat {
  readonly digest: string;
  /** One per uri of the message. */
  readonly members: readonly Member[];
  /** The `component` tag. */
  readonly component: string;
}

export interface Member {
  held: HeldEndpoint;
  /** Where it is a member; null: it is gone. */
  pool: Pool | null;
  origin: Origin;
  /** Whole monotonic milliseconds, below 0 for what another process has seen. */
  readonly firstSeenAt: number;
  /** Whole monotonic milliseconds of the last registration. */
  refreshedAt: number;
  /** Of the bus, in which somebody spoke of it last (`BusPresence.session`); -1: in none, it is restored. */
  session: number;
  /** The message that refreshed it last. */
  heartbeat: Heartbeat | null;
}

/**
 * The members of a pool, by address, in order of their first registration. A map takes a good deal of memory, and
 * nearly all pools have but a few members, most of them one.
 */
export type Members = Member | null | readonly Member[] | Map<string, Member>;

export const NO_MEMBERS: Members = null;

/** Beyond so many, a map finds them. */
const MOST_IN_A_ROW = 8;

export function countOf(members: Members): number {
  if (members === null) return 0;
  if (members instanceof Map) return members.size;
  return isRow(members) ? members.length : 1;
}

export function memberAt(members: Members, address: string): Member | undefined {
  if (members === null) return undefined;
  if (members instanceof Map) return members.get(address);
  if (isRow(members)) return members.find(({ held }) => held.address === address);
  return members.held.address === address ? members : undefined;
}

/** @param member one whose address is new */
export function withMember(members: Members, member: Member): Members {
  if (members === null) return member;
  if (members instanceof Map) return members.set(member.held.address, member);
  const row = isRow(members) ? [...members, member] : [members, member];
  return row.length <= MOST_IN_A_ROW ? row : new Map(row.map((each) => [each.held.address, each]));
}

export function withoutMember(members: Members, member: Member): Members {
  if (members instanceof Map) {
    members.delete(member.held.address);
    return members.size === 0 ? null : members;
  }
  if (members === null || !isRow(members)) return members === member ? null : members;
  const row = members.filter((each) => each !== member);
  return row.length === 1 ? row[0]! : row;
}

export function each(members: Members): Iterable<Member> {
  if (members === null) return [];
  if (members instanceof Map) return members.values();
  return isRow(members) ? members : [members];
}

function isRow(members: Member | readonly Member[]): members is readonly Member[] {
  return Array.isArray(members);
}
