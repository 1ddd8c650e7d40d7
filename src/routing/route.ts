import { NO_RECORD, type PoolSettings } from './change.ts';
import type { Pool } from './pool.ts';
import type { PoolPolicy } from './route-batch.ts';

/** One route in a replica: until somebody asks for it, no more than where its endpoints are written. */
export class Route {
  readonly id: number;
  readonly routeKey: string;
  contextPath: string;
  policy: PoolPolicy;
  /** Places of the endpoints in their order; just the place when there is one, NO_RECORD when there is none. */
  records: number | number[] = NO_RECORD;
  /** Made for the first request. */
  pool: Pool | null = null;

  constructor(id: number, routeKey: string, contextPath: string, policy: PoolPolicy) {
    this.id = id;
    this.routeKey = routeKey;
    this.contextPath = contextPath;
    this.policy = policy;
  }

  get isEmpty(): boolean {
    return this.records === NO_RECORD;
  }

  get settings(): PoolSettings {
    const { id, routeKey, contextPath, policy } = this;
    return { id, routeKey, contextPath, ...policy };
  }

  get places(): readonly number[] {
    if (typeof this.records !== 'number') return this.records;
    return this.records === NO_RECORD ? [] : [this.records];
  }

  add(record: number): void {
    if (typeof this.records !== 'number') this.records.push(record);
    else this.records = this.records === NO_RECORD ? record : [this.records, record];
  }

  /** Where it was among the others; -1 when it is not there. */
  replace(record: number, by: number): number {
    if (typeof this.records !== 'number') {
      const at = this.records.indexOf(record);
      if (at >= 0) this.records[at] = by;
      return at;
    }
    if (this.records !== record || record === NO_RECORD) return -1;
    this.records = by;
    return 0;
  }

  /** Where it was among the others; -1 when it is not there. */
  remove(record: number): number {
    if (typeof this.records === 'number') return this.replace(record, NO_RECORD);
    const at = this.records.indexOf(record);
    if (at < 0) return at;
    this.records.splice(at, 1);
    if (this.records.length === 1) this.records = this.records[0]!;
    return at;
  }
}
