import { Epochs } from '../../src/registry/epochs.ts';
import { RecordStore } from '../../src/registry/record-store.ts';
import { Backend } from '../../src/routing/backend.ts';
import {
  type ChangedPool,
  NO_RECORD,
  type PoolSettings,
  type RouteChange,
} from '../../src/routing/change.ts';
import type { Endpoint } from '../../src/routing/endpoint.ts';
import { packEndpoint, unpackEndpoint, unpackFacts, withSeat } from '../../src/routing/endpoint-record.ts';
import { allocateRecords } from '../../src/routing/record-memory.ts';
import { type Replica, startOf } from '../../src/routing/replica.ts';
import { BatchWriter } from '../../src/routing/route-batch.ts';
import { pathOfKey } from '../../src/routing/route-key.ts';
import { TagNames } from '../../src/routing/tag-names.ts';

/** A change of the table with all that it is about. */
export type PlainChange =
  | { readonly kind: 'pool-put'; readonly pool: PoolSettings }
  | { readonly kind: 'pool-gone'; readonly pool: number }
  /** Replaces the member with the same address. */
  | { readonly kind: 'endpoint-put'; readonly pool: number; readonly endpoint: Endpoint }
  | { readonly kind: 'endpoint-gone'; readonly pool: number; readonly address: string };

export function plainChange(change: RouteChange, records: { read(record: number): string }): PlainChange {
  switch (change.kind) {
    case 'pool-put': {
      const { id, record, policy } = change.pool;
      const routeKey = records.read(record);
      const contextPath = change.pool.contextPath ?? pathOfKey(routeKey);
      return { kind: 'pool-put', pool: { id, routeKey, contextPath, ...policy } };
    }
    case 'pool-gone':
      return { kind: 'pool-gone', pool: change.pool.id };
    case 'endpoint-put': {
      const endpoint = unpackEndpoint(
        records.read(change.record),
        new TagNames(records),
        (seat) => new Backend(seat),
      );
      return { kind: 'endpoint-put', pool: change.pool.id, endpoint };
    }
    case 'endpoint-gone': {
      const { address } = unpackFacts(records.read(change.record), new TagNames(records));
      return { kind: 'endpoint-gone', pool: change.pool.id, address };
    }
  }
}

/** Brings plain changes to a replica the way those of the registry come to it, crossing included. */
export class PlainFeed {
  readonly records = storeOf();
  readonly #pools = new Map<number, ChangedPool>();
  readonly #freeRows: number[] = [];
  /** By pool and address. */
  readonly #places = new Map<string, number>();
  /** By their text: equal ones are one record. */
  readonly #known = new Map<string, number>();

  /** @param piece changes applied at once */
  apply(replica: Replica, changes: readonly PlainChange[], piece?: number): void {
    const writer = new BatchWriter();
    for (const change of changes) writer.add(this.#routeChange(change));
    const place = startOf(structuredClone(writer.take(0)));
    while (!replica.apply(place, piece));
  }

  #routeChange(change: PlainChange): RouteChange {
    if (change.kind === 'pool-put') {
      return { kind: 'pool-put', pool: this.#put(change.pool) };
    }
    const pool = this.#pools.get(change.pool) ?? { ...UNKNOWN, id: change.pool };
    if (change.kind === 'pool-gone') {
      if (this.#pools.delete(pool.id)) this.#freeRows.push(pool.row);
      return { kind: 'pool-gone', pool };
    }
    const gone = change.kind === 'endpoint-gone';
    const key = `${change.pool} ${gone ? change.address : change.endpoint.address}`;
    const held = this.#places.get(key) ?? NO_RECORD;
    if (gone) {
      this.#places.delete(key);
      return { kind: 'endpoint-gone', pool, record: held };
    }
    const record = this.#record(change.endpoint);
    this.#places.set(key, record);
    return { kind: 'endpoint-put', pool, record, replaced: held };
  }

  #put({ id, routeKey, contextPath, ...policy }: PoolSettings): ChangedPool {
    const known = this.#pools.get(id);
    const row = known?.row ?? this.#freeRows.pop() ?? this.#pools.size;
    const record = known?.record ?? (this.records.put(routeKey) as number);
    const pool = { id, row, record, contextPath, policy };
    this.#pools.set(id, pool);
    return pool;
  }

  #record(endpoint: Endpoint): number {
    const text = withSeat(
      packEndpoint(endpoint, () => null),
      endpoint.backend.seat,
    );
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const record = this.records.put(text) as number;
    this.#known.set(text, record);
    return record;
  }
}

export function storeOf(threads = 1): RecordStore {
  const buffers = allocateRecords(threads);
  return new RecordStore(buffers, new Epochs(buffers.applied));
}

const UNKNOWN: Omit<ChangedPool, 'id'> = {
  row: 0,
  record: 0,
  contextPath: '/',
  policy: {
    loadBalancing: 'round-robin',
    hashHeader: '',
    hashBalance: 0,
    routeServiceUrl: '',
    routePolicy: null,
    split: null,
  },
};
