import { NO_RECORD, type PoolPolicy, samePolicy } from './change.ts';
import type { Pool } from './pool.ts';

const FIRST_CAPACITY = 64;
/** In place of a record: there are several, in a list. */
const SEVERAL = -2;
/** In place of an id. */
const VACANT = -1;

/**
 * A replica's routes, a row each, in arrays of numbers: nearly all routes have one endpoint, and no request for hours,
 * and there may be hundreds of thousands.
 */
export class RouteRows {
  #ids = new Int32Array(FIRST_CAPACITY).fill(VACANT);
  /** Places of the keys. */
  #keys = new Int32Array(FIRST_CAPACITY);
  /** Place of the only endpoint, NO_RECORD or SEVERAL. */
  #endpoints = new Int32Array(FIRST_CAPACITY);
  readonly #lists = new Map<number, number[]>();
  /** Of the first route with which nothing is special, and so of nearly all. */
  #plainPolicy: PoolPolicy | null = null;
  /** Of routes that have another. */
  readonly #policies = new Map<number, PoolPolicy>();
  /** Those that had a request. */
  readonly #pools: (Pool | null)[] = [];
  /** Of routes whose context path is not that of their key. */
  readonly #contextPaths = new Map<number, string>();

  put(row: number, id: number, key: number, policy: PoolPolicy): void {
    while (row >= this.#ids.length) this.#grow();
    // No holes: what an array does not have is looked for in its prototypes, too.
    while (this.#pools.length <= row) this.#pools.push(null);
    this.#ids[row] = id;
    this.#keys[row] = key;
    this.#endpoints[row] = NO_RECORD;
    this.setPolicy(row, policy);
  }

  clear(row: number): void {
    this.#ids[row] = VACANT;
    this.#policies.delete(row);
    this.#pools[row] = null;
    this.#lists.delete(row);
    this.#contextPaths.delete(row);
  }

  has(row: number, id: number): boolean {
    return row < this.#ids.length && this.#ids[row] === id;
  }

  /** Place of the key. */
  keyOf(row: number): number {
    return this.#keys[row]!;
  }

  idOf(row: number): number {
    return this.#ids[row]!;
  }

  isEmpty(row: number): boolean {
    return this.#endpoints[row] === NO_RECORD;
  }

  policyOf(row: number): PoolPolicy {
    return this.#policies.get(row) ?? this.#plainPolicy!;
  }

  setPolicy(row: number, policy: PoolPolicy): void {
    if (isPlain(policy)) this.#plainPolicy ??= policy;
    if (this.#plainPolicy !== null && samePolicy(policy, this.#plainPolicy)) this.#policies.delete(row);
    else this.#policies.set(row, policy);
  }

  /** `null`: none was needed yet. */
  poolOf(row: number): Pool | null {
    return this.#pools[row]!;
  }

  setPool(row: number, pool: Pool): void {
    this.#pools[row] = pool;
  }

  /** `undefined`: that of the key. */
  contextPathOf(row: number): string | undefined {
    return this.#contextPaths.get(row);
  }

  setContextPath(row: number, path: string | undefined): void {
    if (path === undefined) this.#contextPaths.delete(row);
    else this.#contextPaths.set(row, path);
  }

  countOf(row: number): number {
    const only = this.#endpoints[row]!;
    if (only === SEVERAL) return this.#lists.get(row)!.length;
    return only === NO_RECORD ? 0 : 1;
  }

  /** Places of the endpoints in their order. */
  endpointsOf(row: number): readonly number[] {
    const only = this.#endpoints[row]!;
    if (only === SEVERAL) return this.#lists.get(row)!;
    return only === NO_RECORD ? [] : [only];
  }

  add(row: number, endpoint: number): void {
    const only = this.#endpoints[row]!;
    if (only === NO_RECORD) this.#endpoints[row] = endpoint;
    else if (only === SEVERAL) this.#lists.get(row)!.push(endpoint);
    else {
      this.#endpoints[row] = SEVERAL;
      this.#lists.set(row, [only, endpoint]);
    }
  }

  /** Where it was among the others; -1 when it is not there. */
  replace(row: number, endpoint: number, by: number): number {
    const only = this.#endpoints[row]!;
    if (only !== SEVERAL) {
      if (only !== endpoint || endpoint === NO_RECORD) return -1;
      this.#endpoints[row] = by;
      return 0;
    }
    const list = this.#lists.get(row)!;
    const at = list.indexOf(endpoint);
    if (at >= 0) list[at] = by;
    return at;
  }

  /** Where it was among the others; -1 when it is not there. */
  remove(row: number, endpoint: number): number {
    if (this.#endpoints[row] !== SEVERAL) return this.replace(row, endpoint, NO_RECORD);
    const list = this.#lists.get(row)!;
    const at = list.indexOf(endpoint);
    if (at < 0) return at;
    list.splice(at, 1);
    if (list.length > 1) return at;
    this.#endpoints[row] = list[0]!;
    this.#lists.delete(row);
    return at;
  }

  #grow(): void {
    const capacity = this.#ids.length;
    this.#ids = grown(this.#ids);
    this.#ids.fill(VACANT, capacity);
    this.#keys = grown(this.#keys);
    this.#endpoints = grown(this.#endpoints);
  }
}

function isPlain({ routeServiceUrl, routePolicy, hashHeader }: PoolPolicy): boolean {
  return routeServiceUrl === '' && routePolicy === null && hashHeader === '';
}

/** By `transfer`: what is left to the collector of a heap with little in it stays for long. */
function grown(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  return new Int32Array(numbers.buffer.transfer(2 * numbers.byteLength));
}
