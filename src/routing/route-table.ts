interface Entry {
  readonly isEmpty: boolean;
}

/** A step along the path below a host. Most have one way on at most, for which a map would be a waste. */
class PathNode<T extends Entry> {
  entry: T | null = null;
  #onlySegment = '';
  #onlyChild: PathNode<T> | null = null;
  #children: Map<string, PathNode<T>> | null = null;

  get isLeaf(): boolean {
    return this.#onlyChild === null && this.#children === null;
  }

  child(segment: string): PathNode<T> | undefined {
    if (this.#children !== null) return this.#children.get(segment);
    return this.#onlyChild !== null && this.#onlySegment === segment ? this.#onlyChild : undefined;
  }

  /** The child is made where there is none. */
  grow(segment: string): PathNode<T> {
    const known = this.child(segment);
    if (known !== undefined) return known;
    const child = new PathNode<T>();
    if (this.isLeaf) {
      this.#onlySegment = segment;
      this.#onlyChild = child;
      return child;
    }
    this.#children ??= new Map([[this.#onlySegment, this.#onlyChild!]]);
    this.#onlyChild = null;
    this.#children.set(segment, child);
    return child;
  }

  prune(segment: string): void {
    if (this.#children === null) {
      this.#onlyChild = null;
      return;
    }
    this.#children.delete(segment);
    if (this.#children.size === 0) this.#children = null;
  }

  /** The entry of the longest path that has endpoints; failing that, an empty one exactly where the walk stops. */
  deepest(path: string): T | null {
    let found = this.entry !== null && !this.entry.isEmpty ? this.entry : null;
    let node: PathNode<T> = this;
    const end = path.endsWith('/') ? path.length - 1 : path.length;
    let lower: string | null = null;
    for (let at = 1; at <= end && !node.isLeaf; ) {
      lower ??= path.toLowerCase();
      const slash = lower.indexOf('/', at);
      const stop = slash < 0 || slash > end ? end : slash;
      const child = node.child(lower.slice(at, stop));
      if (child === undefined) break;
      node = child;
      if (node.entry !== null && !node.entry.isEmpty) found = node.entry;
      at = stop + 1;
    }
    return found ?? node.entry;
  }
}

/**
 * Finds what is kept for a host and path as gorouter does (reference §2.2): the exact host before `*.parent` before
 * `*.grandparent`; under one host the longest registered path, on whole segments.
 */
export class RouteTable<T extends Entry> {
  /** The entry itself for a host without paths. */
  readonly #hosts = new Map<string, T | PathNode<T>>();

  /** `key` in the normal form of `routeKey`. */
  set(key: string, entry: T): void {
    const slash = key.indexOf('/');
    const host = slash < 0 ? key : key.slice(0, slash);
    const known = this.#hosts.get(host);
    if (slash < 0 && !(known instanceof PathNode)) {
      this.#hosts.set(host, entry);
      return;
    }
    let node: PathNode<T>;
    if (known instanceof PathNode) node = known;
    else {
      node = new PathNode();
      node.entry = known ?? null;
      this.#hosts.set(host, node);
    }
    if (slash >= 0) for (const segment of key.slice(slash + 1).split('/')) node = node.grow(segment);
    node.entry = entry;
  }

  /** What is kept for exactly this key. */
  get(key: string): T | null {
    const [host, ...segments] = key.split('/') as [string, ...string[]];
    const known = this.#hosts.get(host);
    if (known === undefined) return null;
    if (!(known instanceof PathNode)) return segments.length === 0 ? known : null;
    let node: PathNode<T> | undefined = known;
    for (const segment of segments) node = node?.child(segment);
    return node?.entry ?? null;
  }

  delete(key: string): void {
    const [host, ...segments] = key.split('/') as [string, ...string[]];
    const known = this.#hosts.get(host);
    if (!(known instanceof PathNode)) {
      if (segments.length === 0) this.#hosts.delete(host);
      return;
    }
    const above: PathNode<T>[] = [];
    let node: PathNode<T> | undefined = known;
    for (const segment of segments) {
      if (node === undefined) return;
      above.push(node);
      node = node.child(segment);
    }
    if (node === undefined) return;
    node.entry = null;
    while (node.entry === null && node.isLeaf) {
      const parent = above.pop();
      if (parent === undefined) {
        this.#hosts.delete(host);
        return;
      }
      parent.prune(segments[above.length]!);
      node = parent;
    }
  }

  /**
   * `host` without port, lower case; `path` as in the request target, up to its `?`. Answers what is kept for the
   * route, also when it is empty: known but without endpoints; `null` when there is no such route.
   */
  match(host: string, path: string): T | null {
    for (let name = host; ; ) {
      const known = this.#hosts.get(name);
      if (known !== undefined) {
        if (!(known instanceof PathNode)) return known;
        const entry = path === '/' ? known.entry : known.deepest(path);
        if (entry !== null) return entry;
      }
      const from = name.startsWith('*.') ? 2 : 0;
      const dot = name.indexOf('.', from);
      if (dot < 0) return null;
      name = `*${name.slice(dot)}`;
    }
  }
}
