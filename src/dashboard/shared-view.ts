import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Entity } from '../admin/answer.ts';
import { etagOf } from './assets.ts';

const toGzip = promisify(gzip);
/** Below so many bytes it is not worth it. */
const SHORT = 1024;

export interface SharedViewOptions {
  /** How old what is shown may be. Milliseconds. */
  readonly age: number;
  /** As JSON. */
  make(): Promise<object>;
  /** Monotonic milliseconds. */
  now(): number;
}

/** Something that costs to be found out: once for all who look at it, and not at all while nobody does. */
export class SharedView {
  readonly #options: SharedViewOptions;
  #made: { readonly at: number; readonly entity: Promise<Entity> } | null = null;

  constructor(options: SharedViewOptions) {
    this.#options = options;
  }

  /** Rejects with what making it does; the next time it is tried again. */
  get(): Promise<Entity> {
    const { age, now } = this.#options;
    if (this.#made !== null && now() - this.#made.at < age) return this.#made.entity;
    const entity = this.#make().catch((error: unknown) => {
      if (this.#made?.entity === entity) this.#made = null;
      throw error;
    });
    this.#made = { at: now(), entity };
    return entity;
  }

  async #make(): Promise<Entity> {
    const bytes = Buffer.from(`${JSON.stringify(await this.#options.make())}\n`);
    const coded = new Map(bytes.length < SHORT ? [] : [['gzip', await toGzip(bytes)] as const]);
    const headers = { 'Cache-Control': 'no-cache' };
    return {
      kind: 'entity',
      type: 'application/json; charset=utf-8',
      etag: etagOf(bytes),
      bytes,
      coded,
      headers,
    };
  }
}
