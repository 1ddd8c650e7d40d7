import { ArmTallies } from './arm-tally.ts';
import { Backend } from './backend.ts';
import type { Balancer } from './balancer.ts';
import { type ChangedPool, NO_RECORD, type PoolSettings } from './change.ts';
import { type Endpoint, type LoadBalancing, mayInherit } from './endpoint.ts';
import { EndpointOrders } from './endpoint-orders.ts';
import { unpackEndpoint } from './endpoint-record.ts';
import { Pool } from './pool.ts';
import {
  ENDPOINT_GONE,
  ENDPOINT_PUT,
  PATH_AS_TEXT,
  POOL,
  POOL_GONE,
  POOL_PUT,
  type RouteBatch,
} from './route-batch.ts';
import { pathOfKey } from './route-key.ts';
import { RouteRows } from './route-rows.ts';
import { type MatchObserver, NO_ROW, RouteTable, type TableKeys } from './route-table.ts';
import type { Seat } from './seat.ts';
import { TableDigest } from './table-digest.ts';
import { TagNames } from './tag-names.ts';

/** An endpoint that pools of this thread hold. */
interface Held {
  readonly endpoint: Endpoint;
  pools: number;
}

/** How far a batch has been applied. */
export interface BatchPlace {
  readonly batch: RouteBatch;
  code: number;
  text: number;
  /** The current pool's; NO_ROW: it is not there. */
  row: number;
}

export function startOf(batch: RouteBatch): BatchPlace {
  return { batch, code: 0, text: 0, row: NO_ROW };
}

/** The memory that all threads share. */
export interface ReplicaRecords extends TableKeys {
  read(record: number): string;
  serialOf(record: number): number;
}

/** A proxy thread's own copy of the route table, kept up by the registry's changes. */
export class Replica {
  /** Of all that has been applied. */
  readonly digest: TableDigest;
  /** Of routes with a split. */
  readonly tallies = new ArmTallies();
  readonly orders = new EndpointOrders();
  readonly #rows = new RouteRows();
  readonly #table: RouteTable;
  readonly #records: ReplicaRecords;
  readonly #tagNames: TagNames;
  readonly #balancerFor: (algorithm: LoadBalancing) => Balancer;
  /** One object for all pools that have the same endpoint, by its record. */
  readonly #held = new Map<number, Held>();
  /** Those that the endpoints of pools that had requests lead to. */
  readonly #backends = new Map<Seat, Backend>();

  constructor(records: ReplicaRecords, balancerFor: (algorithm: LoadBalancing) => Balancer) {
    this.#records = records;
    this.digest = new TableDigest(records);
    this.#tagNames = new TagNames(records);
    this.#table = new RouteTable(this.#rows, records);
    this.#balancerFor = balancerFor;
  }

  /** Backends that an endpoint leads to which some request may be given. */
  get backends(): Iterable<Backend> {
    return this.#backends.values();
  }

  /** See `RouteTable.match`. */
  match(host: string, path: string, observer: MatchObserver | null = null): Pool | null {
    const row = this.#table.match(host, path, observer);
    if (row === NO_ROW) return null;
    return this.#rows.poolOf(row) ?? this.#wake(row);
  }

  /** Applies about so many changes of a batch, from `place` on, which is moved; whether that was the rest of it. */
  apply(place: BatchPlace, most = Number.POSITIVE_INFINITY): boolean {
    const { codes } = place.batch;
    for (let work = 0; place.code < codes.length && work < most; ) work += this.#applyOne(place, codes);
    return place.code === codes.length;
  }

  /** Answers how much work it was. */
  #applyOne(place: BatchPlace, codes: Int32Array): number {
    const at = place.code;
    const { row } = place;
    switch (codes[at]) {
      case POOL_PUT:
        place.code += 6;
        place.row = codes[at + 1]!;
        this.#putPool(place, codes[at + 2]!, codes[at + 3]!, codes[at + 4]!, codes[at + 5]!);
        return 1;
      case POOL:
        place.code += 3;
        place.row = this.#rows.has(codes[at + 1]!, codes[at + 2]!) ? codes[at + 1]! : NO_ROW;
        return 1;
      case POOL_GONE:
        place.code += 1;
        place.row = NO_ROW;
        if (row !== NO_ROW) this.#removePool(row);
        return 1;
      case ENDPOINT_PUT:
        place.code += 3;
        if (row !== NO_ROW) this.#putEndpoint(row, codes[at + 1]!, codes[at + 2]!);
        return row === NO_ROW ? 1 : this.#workOf(row, codes[at + 2]!);
      case ENDPOINT_GONE:
        place.code += 2;
        if (row !== NO_ROW) this.#removeEndpoint(row, codes[at + 1]!);
        return row === NO_ROW ? 1 : this.#workOf(row, codes[at + 1]!);
      default:
        throw new Error(`a batch of route changes holds the code ${codes[at]}`);
    }
  }

  #putPool(place: BatchPlace, id: number, key: number, policyAt: number, path: number): void {
    const { batch, row } = place;
    const rows = this.#rows;
    const contextPath = path === PATH_AS_TEXT ? batch.texts[place.text++]! : undefined;
    const policy = batch.policies[policyAt]!;
    if (!rows.has(row, id)) {
      rows.put(row, id, key, policy);
      rows.setContextPath(row, contextPath);
      this.#table.add(row);
      this.digest.putPool(this.#changedPool(row));
      return;
    }
    this.digest.removePool(this.#changedPool(row));
    rows.setPolicy(row, policy);
    rows.setContextPath(row, contextPath);
    this.digest.putPool(this.#changedPool(row));
    const pool = rows.poolOf(row);
    if (pool === null) return;
    if (pool.settings.split !== null && policy.split === null) this.tallies.forget(pool.settings.split.id);
    pool.settings = this.#settingsOf(row);
    pool.balancer = this.#balancerFor(policy.loadBalancing);
  }

  #removePool(row: number): void {
    const rows = this.#rows;
    this.digest.removePool(this.#changedPool(row));
    for (const record of rows.endpointsOf(row)) this.digest.removeEndpoint(rows.idOf(row), record);
    this.#table.remove(row);
    const pool = rows.poolOf(row);
    if (pool !== null) for (const record of rows.endpointsOf(row)) this.#release(record);
    pool?.clear();
    rows.clear(row);
  }

  #putEndpoint(row: number, record: number, replaced: number): void {
    const rows = this.#rows;
    const pool = rows.poolOf(row);
    const id = rows.idOf(row);
    if (replaced === NO_RECORD) {
      rows.add(row, record);
      this.digest.putEndpoint(id, record);
      pool?.add(this.#hold(record));
      return;
    }
    const at = rows.replace(row, replaced, record);
    if (at < 0) return;
    this.digest.removeEndpoint(id, replaced);
    this.digest.putEndpoint(id, record);
    if (pool === null) return;
    const heir = this.#hold(record);
    pool.replace(at, heir);
    this.#release(replaced, heir);
  }

  #removeEndpoint(row: number, record: number): void {
    const at = this.#rows.remove(row, record);
    const pool = this.#rows.poolOf(row);
    if (at < 0) return;
    this.digest.removeEndpoint(this.#rows.idOf(row), record);
    if (pool === null) return;
    pool.remove(at);
    this.#release(record);
  }

  #wake(row: number): Pool {
    const settings = this.#settingsOf(row);
    const pool = new Pool(settings, this.#balancerFor(settings.loadBalancing), this);
    for (const record of this.#rows.endpointsOf(row)) pool.add(this.#hold(record));
    this.#rows.setPool(row, pool);
    return pool;
  }

  #changedPool(row: number): ChangedPool {
    const rows = this.#rows;
    const contextPath = rows.contextPathOf(row) ?? null;
    return { id: rows.idOf(row), row, record: rows.keyOf(row), contextPath, policy: rows.policyOf(row) };
  }

  #settingsOf(row: number): PoolSettings {
    const rows = this.#rows;
    const routeKey = this.#records.read(rows.keyOf(row));
    const contextPath = rows.contextPathOf(row) ?? pathOfKey(routeKey);
    return { id: rows.idOf(row), routeKey, contextPath, ...rows.policyOf(row) };
  }

  /** To find a record among many others takes its time. */
  #workOf(row: number, sought: number): number {
    return sought === NO_RECORD ? 1 : 1 + (this.#rows.countOf(row) >> 8);
  }

  #hold(record: number): Endpoint {
    const held = this.#held.get(record);
    if (held !== undefined) {
      held.pools++;
      return held.endpoint;
    }
    const endpoint = unpackEndpoint(this.#records.read(record), this.#tagNames, this.#backendIn);
    endpoint.backend.gain();
    this.#held.set(record, { endpoint, pools: 1 });
    return endpoint;
  }

  /** `heir`: in the place of it. */
  #release(record: number, heir: Endpoint | null = null): void {
    const held = this.#held.get(record)!;
    if (--held.pools > 0) return;
    this.#held.delete(record);
    const { endpoint } = held;
    const { backend } = endpoint;
    const inherits = heir !== null && heir.backend !== backend && mayInherit(heir, endpoint);
    if (backend.lose(inherits ? heir.backend : null)) this.#backends.delete(backend.seat);
  }

  readonly #backendIn = (seat: Seat): Backend => {
    let backend = this.#backends.get(seat);
    if (backend === undefined) {
      backend = new Backend(seat);
      this.#backends.set(seat, backend);
    }
    return backend;
  };
}
