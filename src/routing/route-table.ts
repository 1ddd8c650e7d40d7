import type { Pool } from './pool.ts';

interface PathNode {
  pool: Pool | null;
  children: Map<string, PathNode> | null;
}

/**
 * Finds the pool for a host and path as gorouter does (reference §2.2): the exact host before `*.parent` before
 * `*.grandparent`; under one host the longest registered path, on whole segments.
 */
export class RouteTable {
  readonly #hosts = new Map<string, PathNode>();

  /** `key` in the normal form of `routeKey`. */
  set(key: string, pool: Pool): void {
    const slash = key.indexOf('/');
    const host = slash < 0 ? key : key.slice(0, slash);
    let node = this.#hosts.get(host);
    if (node === undefined) {
      node = { pool: null, children: null };
      this.#hosts.set(host, node);
    }
    if (slash >= 0) {
      for (const segment of key.slice(slash + 1).split('/')) {
        node.children ??= new Map();
        let child: PathNode | undefined = node.children.get(segment);
        if (child === undefined) {
          child = { pool: null, children: null };
          node.children.set(segment, child);
        }
        node = child;
      }
    }
    node.pool = pool;
  }

  delete(key: string): void {
    const [host, ...segments] = key.split('/') as [string, ...string[]];
    const above: PathNode[] = [];
    let node = this.#hosts.get(host);
    for (const segment of segments) {
      if (node === undefined) return;
      above.push(node);
      node = node.children?.get(segment);
    }
    if (node === undefined) return;
    node.pool = null;
    while (holdsNothing(node)) {
      const parent = above.pop();
      if (parent === undefined) {
        this.#hosts.delete(host);
        return;
      }
      parent.children!.delete(segments[above.length]!);
      if (parent.children!.size === 0) parent.children = null;
      node = parent;
    }
  }

  /**
   * `host` without port, lower case; `path` as in the request target, up to its `?`. Answers the pool, which
   * is empty when the route is known but has no endpoints; `null` when there is no such route.
   */
  match(host: string, path: string): Pool | null {
    for (let name = host; ; ) {
      const node = this.#hosts.get(name);
      if (node !== undefined) {
        const pool = path === '/' ? node.pool : deepest(node, path);
        if (pool !== null) return pool;
      }
      const from = name.startsWith('*.') ? 2 : 0;
      const dot = name.indexOf('.', from);
      if (dot < 0) return null;
      name = `*${name.slice(dot)}`;
    }
  }
}

/** The pool of the longest path that has endpoints; failing that, an empty pool exactly where the walk stops. */
function deepest(root: PathNode, path: string): Pool | null {
  let found = root.pool !== null && !root.pool.isEmpty ? root.pool : null;
  let node = root;
  const end = path.endsWith('/') ? path.length - 1 : path.length;
  let lower: string | null = null;
  for (let at = 1; at <= end && node.children !== null; ) {
    lower ??= path.toLowerCase();
    const slash = lower.indexOf('/', at);
    const stop = slash < 0 || slash > end ? end : slash;
    const child = node.children.get(lower.slice(at, stop));
    if (child === undefined) break;
    node = child;
    if (node.pool !== null && !node.pool.isEmpty) found = node.pool;
    at = stop + 1;
  }
  return found ?? node.pool;
}

function holdsNothing(node: PathNode): boolean {
  return node.pool === null && node.children === null;
}
