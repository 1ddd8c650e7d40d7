import { type ChangedPool, type PoolPolicy, type RouteChange, samePolicy } from './change.ts';
import type { DigestValue } from './table-digest.ts';

/** Changes as they cross to a thread: flat, for it is objects that make the crossing slow. */
export interface RouteBatch {
  /** The records that go with this batch may be overwritten once every thread has applied it. */
  readonly epoch: number;
  /** Of the table when all of it has been applied; `null`: others must follow before that can be said. */
  readonly digest: DigestValue | null;
  /** Codes and what belongs to each. */
  readonly codes: Int32Array;
  /** Context paths in the order in which the codes speak of them. */
  readonly texts: readonly string[];
  readonly policies: readonly PoolPolicy[];
}

/** `[POOL_PUT, row, id, record of the key, policy, PATH_OF_KEY or PATH_AS_TEXT]`: the pool is then the current one. */
export const POOL_PUT = 0;
/** `[POOL, row, id]`: this pool is the current one. */
export const POOL = 1;
/** `[POOL_GONE]`: the current one. */
export const POOL_GONE = 2;
/** `[ENDPOINT_PUT, record, replaced]` */
export const ENDPOINT_PUT = 3;
/** `[ENDPOINT_GONE, record]` */
export const ENDPOINT_GONE = 4;

/** The context path is that of the key; nearly all are. */
const PATH_OF_KEY = 0;
/** It is the next text. */
export const PATH_AS_TEXT = 1;

/** Numbers there is always room for, whatever a batch takes. */
const ROOM = 4096;
/** Most numbers of a change. */
const LONGEST = 9;

/** Gathers changes for one crossing. */
export class BatchWriter {
  #codes = new Int32Array(ROOM);
  #length = 0;
  #texts: string[] = [];
  #policies: PoolPolicy[] = [];
  #current = -1;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  add(change: RouteChange): void {
    if (this.#length + LONGEST > this.#codes.length) this.#grow();
    const { pool } = change;
    if (change.kind === 'pool-put') {
      this.#put(pool);
      return;
    }
    if (pool.id !== this.#current) {
      this.#write(POOL);
      this.#write(pool.row);
      this.#write(pool.id);
      this.#current = pool.id;
    }
    switch (change.kind) {
      case 'pool-gone':
        this.#write(POOL_GONE);
        this.#current = -1;
        break;
      case 'endpoint-put':
        this.#write(ENDPOINT_PUT);
        this.#write(change.record);
        this.#write(change.replaced);
        break;
      case 'endpoint-gone':
        this.#write(ENDPOINT_GONE);
        this.#write(change.record);
        break;
    }
  }

  take(epoch: number, digest: DigestValue | null = null): RouteBatch {
    const batch = {
      epoch,
      digest,
      codes: this.#codes.slice(0, this.#length),
      texts: this.#texts,
      policies: this.#policies,
    };
    if (this.#codes.length > ROOM) this.#codes = new Int32Array(ROOM);
    this.#length = 0;
    this.#texts = [];
    this.#policies = [];
    this.#current = -1;
    return batch;
  }

  #put({ row, id, record, contextPath, policy }: ChangedPool): void {
    const path = contextPath === null ? PATH_OF_KEY : PATH_AS_TEXT;
    if (contextPath !== null) this.#texts.push(contextPath);
    this.#write(POOL_PUT);
    this.#write(row);
    this.#write(id);
    this.#write(record);
    this.#write(this.#policy(policy));
    this.#write(path);
    this.#current = id;
  }

  #write(code: number): void {
    this.#codes[this.#length++] = code;
  }

  /** An array of its own kind: one that is pushed to leaves copies of itself behind, the longer the more. */
  #grow(): void {
    this.#codes = new Int32Array(this.#codes.buffer.transfer(2 * this.#codes.byteLength));
  }

  /** Looked for among the last few only: routes with the same one mostly come together. */
  #policy(policy: PoolPolicy): number {
    const last = this.#policies.length - 1;
    for (let at = last; at >= 0 && at > last - 4; at--) {
      if (samePolicy(this.#policies[at]!, policy)) return at;
    }
    return this.#policies.push(policy) - 1;
  }
}
