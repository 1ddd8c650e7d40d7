import type { ChangedPool, PoolPolicy } from './change.ts';

/** Of two tables that are equal in all of it, equal. */
export interface DigestValue {
  readonly low: number;
  readonly high: number;
}

/** What tells a record from what had its place before. */
interface Serials {
  serialOf(record: number): number;
}

/**
 * A rolling digest of a route table: the sum of the digests of its pools and of their members, so that it is kept up
 * with each change, and two tables can be compared at any moment without being read. Records count with their serial
 * numbers: one that was written over while somebody still has it shows.
 */
export class TableDigest {
  readonly #serials: Serials;
  /** Of policies, which many pools share. */
  readonly #policies = new WeakMap<PoolPolicy, number>();
  #lastPolicy: PoolPolicy | null = null;
  #lastHash = 0;
  #low = 0;
  #high = 0;

  constructor(serials: Serials) {
    this.#serials = serials;
  }

  get value(): DigestValue {
    return { low: this.#low, high: this.#high };
  }

  is({ low, high }: DigestValue): boolean {
    return low === this.#low && high === this.#high;
  }

  putPool({ id, row, record, contextPath, policy }: ChangedPool): void {
    this.#roll(
      1,
      id,
      row,
      record,
      this.#policyHash(policy) ^ (contextPath === null ? 0 : textHash(contextPath)),
    );
  }

  removePool({ id, row, record, contextPath, policy }: ChangedPool): void {
    this.#roll(
      -1,
      id,
      row,
      record,
      this.#policyHash(policy) ^ (contextPath === null ? 0 : textHash(contextPath)),
    );
  }

  /** @param id of the pool */
  putEndpoint(id: number, record: number): void {
    this.#roll(1, id, MEMBER, record, 0);
  }

  removeEndpoint(id: number, record: number): void {
    this.#roll(-1, id, MEMBER, record, 0);
  }

  #roll(sign: 1 | -1, id: number, row: number, record: number, more: number): void {
    const serial = this.#serials.serialOf(record);
    const low = mixed(mixed(mixed(mixed(FIRST, id), row), record), serial) ^ more;
    const high = mixed(mixed(mixed(mixed(SECOND, serial), record), row), id) ^ Math.imul(more, FIRST);
    this.#low = (this.#low + sign * mixed(low, FIRST)) | 0;
    this.#high = (this.#high + sign * mixed(high, SECOND)) | 0;
  }

  #policyHash(policy: PoolPolicy): number {
    if (policy === this.#lastPolicy) return this.#lastHash;
    let hash = this.#policies.get(policy);
    if (hash === undefined) {
      const { loadBalancing, hashHeader, hashBalance, routeServiceUrl, routePolicy, split } = policy;
      const said = [loadBalancing, hashHeader, hashBalance, routeServiceUrl, routePolicy, split];
      hash = textHash(JSON.stringify(said));
      this.#policies.set(policy, hash);
    }
    this.#lastPolicy = policy;
    this.#lastHash = hash;
    return hash;
  }
}

/** In place of a row. */
const MEMBER = -1;
const FIRST = 0x9e3779b1 | 0;
const SECOND = 0x85ebca77 | 0;

/** One round of murmur3's mixing. */
function mixed(hash: number, word: number): number {
  const mixed = Math.imul(word, 0xcc9e2d51 | 0);
  const turned = hash ^ Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
  return (Math.imul((turned << 13) | (turned >>> 19), 5) + (0xe6546b64 | 0)) | 0;
}

function textHash(text: string): number {
  let hash = FIRST;
  for (let at = 0; at < text.length; at++) hash = mixed(hash, text.charCodeAt(at));
  return hash;
}
