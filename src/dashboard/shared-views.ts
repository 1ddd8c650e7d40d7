import { LRUCache } from 'lru-cache';
import type { Entity } from '../admin/answer.ts';
import { SharedView, type SharedViewOptions } from './shared-view.ts';

/** Beyond, the one asked for least lately is forgotten. */
const MOST = 32;

export interface SharedViewsOptions extends Pick<SharedViewOptions, 'age' | 'now'> {
  make(query: URLSearchParams): Promise<object>;
}

/** The same for several questions: a view for each, by what is asked. */
export class SharedViews {
  readonly #options: SharedViewsOptions;
  readonly #byQuery = new LRUCache<string, SharedView>({ max: MOST });

  constructor(options: SharedViewsOptions) {
    this.#options = options;
  }

  /** Rejects with what making it does. */
  get(query: URLSearchParams): Promise<Entity> {
    const key = query.toString();
    let view = this.#byQuery.get(key);
    if (view === undefined) {
      const { age, now, make } = this.#options;
      view = new SharedView({ age, now, make: () => make(query) });
      this.#byQuery.set(key, view);
    }
    return view.get();
  }
}
