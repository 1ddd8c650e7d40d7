import type { StaticOrder } from '../../registry/origin.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Restored, RestoredEntry } from '../../snapshot/table-source.ts';
import type { TcpRegistration } from '../../tcp/table/route.ts';
import type { TcpRoutes } from '../tcp/tcp-routes.ts';
import type { FormerBus } from './bus-source.ts';
import type { FormerHttp } from './http-source.ts';

/** Entries that are put in in one turn of the loop. */
const PER_TURN = 500;

export interface RestoredTables {
  /** Null: no HTTP routes. */
  readonly http: Pick<Registry, 'restore' | 'restoreStatic'> | null;
  /** Null: no TCP router. */
  readonly tcp: Pick<TcpRoutes, 'restore'> | null;
}

/** By which the ages of what is restored are told. */
export interface RestoreTimes {
  /** Unix milliseconds. */
  readonly now: number;
  /** Whether the bus is there now. */
  readonly connected: boolean;
  /** `suspend_pruning_if_nats_unavailable`: time without the bus does not count. */
  readonly suspendPruning: boolean;
}

/** What became of the entries. `over`: they have not been announced for longer than they may serve. */
export interface RestoreCounts {
  restored: number;
  over: number;
  refused: number;
  /** Of isolation segments whose routes are served elsewhere by now. */
  elsewhere: number;
}

/** Whether it is an endpoint of a route. */
export function isOfTable({ kind }: RestoredEntry): boolean {
  return kind === 'http' || kind === 'tcp';
}

/** Puts what an earlier process had into the tables, in pieces between which other work may be done. */
export function* restoreTables(
  restored: Restored,
  tables: RestoredTables,
  times: RestoreTimes,
  counts: RestoreCounts,
): Generator<void> {
  const ageOf = ageBy(restored, times);
  let work = 0;
  for (const entry of restored.entries) {
    if (!isOfTable(entry)) continue;
    const result = put(entry, tables, ageOf, times.now);
    if (result === 'restored') counts.restored++;
    else if (result === 'over') counts.over++;
    else if (result === 'other-segment') counts.elsewhere++;
    else if (result !== 'known' && result !== 'ended') counts.refused++;
    if (++work % PER_TURN === 0) yield;
  }
}

/**
 * Milliseconds that count since an entry was announced. The bus was away when the snapshot was written and is away now:
 * then the time between the two was without it, and does not count where that does not.
 */
function ageBy(restored: Restored, { now, connected, suspendPruning }: RestoreTimes) {
  const bus = restored.entries.find(({ kind }) => kind === 'bus')?.value as FormerBus | undefined;
  const stoodStill = suspendPruning && !connected && bus?.connected === false;
  const until = stoodStill ? (restored.knownAt ?? now) : now;
  return ({ announced }: RestoredEntry): number => Math.max(0, until - announced);
}

type AgeOf = (entry: RestoredEntry) => number;

function put(entry: RestoredEntry, { http, tcp }: RestoredTables, ageOf: AgeOf, now: number): string {
  const { kind, value } = entry;
  if (value === null) return 'refused';
  const { order } = value as { readonly order?: StaticOrder | null };
  if (order && order.until <= now) return 'ended';
  const age = ageOf(entry);
  if (kind === 'tcp') {
    const registration = value as TcpRegistration;
    // The bus says nothing of what others have, be it there or away.
    const itsAge = registration.owner === 'bus' ? age : Math.max(0, now - entry.announced);
    return tcp?.restore(registration, itsAge) ?? 'refused';
  }
  const { message, uri, origin, firstSeen } = value as FormerHttp;
  const seenFor = Math.max(age, firstSeen === null ? 0 : now - firstSeen);
  if (order) return http?.restoreStatic({ message, uri, age, seenFor, origin, order }) ?? 'refused';
  return http?.restore({ message, uri, age, seenFor, origin }) ?? 'refused';
}
