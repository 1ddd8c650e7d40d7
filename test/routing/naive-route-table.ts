export interface Route {
  readonly key: string;
  readonly isEmpty: boolean;
}

/** gorouter's matching order (docs/compatibility.md §2.2) read off a list of routes. */
export class NaiveRouteTable {
  readonly #routes = new Map<string, Route>();

  set(key: string, pool: Route): void {
    this.#routes.set(key, pool);
  }

  delete(key: string): void {
    this.#routes.delete(key);
  }

  match(host: string, path: string): Route | null {
    for (const name of [host, ...wildcardsOf(host)]) {
      const pool = this.#matchUnder(`${name}${path}`.toLowerCase().replace(/\/$/, '').split('/'));
      if (pool !== null) return pool;
    }
    return null;
  }

  #matchUnder(wanted: readonly string[]): Route | null {
    const routes = [...this.#routes].map(([key, pool]) => ({ segments: key.split('/'), pool }));
    const prefixes = wanted.map((_, count) => wanted.slice(0, wanted.length - count));

    // Rules 1 and 2: the longest prefix, on whole segments, that has endpoints.
    for (const prefix of prefixes) {
      const route = routes.find(({ segments, pool }) => same(segments, prefix) && !pool.isEmpty);
      if (route !== undefined) return route.pool;
    }
    // Rule 3: the walk stops where no route goes on; an empty pool there is the answer.
    const stop = prefixes.find((prefix) => routes.some(({ segments }) => begins(segments, prefix)));
    if (stop === undefined) return null;
    return routes.find(({ segments }) => same(segments, stop))?.pool ?? null;
  }
}

/** Rule 4: `a.b.c` is looked for as `*.b.c`, then as `*.c`. */
function wildcardsOf(host: string): string[] {
  const labels = host.replace(/^\*\./, '').split('.');
  return labels.slice(1).map((_, at) => ['*', ...labels.slice(at + 1)].join('.'));
}

function begins(segments: readonly string[], prefix: readonly string[]): boolean {
  return prefix.every((segment, at) => segments[at] === segment);
}

function same(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && begins(left, right);
}
