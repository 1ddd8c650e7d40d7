import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Scalar,
  type YAMLMap,
} from 'yaml';
import { z } from 'zod';
import { goNumber } from './go-number.ts';
import { dotted, type KeyPath, schemaBelow, unwrapped } from './schema-path.ts';

/** A document as its schema wants it read. */
export interface Survey {
  /** Of the keys that the schema knows. */
  readonly value: unknown;
  /** Line of every key the schema knows, by dotted path. */
  readonly lines: Map<string, number>;
  readonly unknownKeys: UnknownKey[];
}

export interface UnknownKey {
  readonly path: KeyPath;
  readonly line: number;
  /** What the schema knows beside it. */
  readonly siblings: readonly string[];
}

/** What keeps a document from being read. @param offset in its text */
export class SurveyError extends Error {
  override readonly name = 'SurveyError';
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Values that come through aliases and merge keys, before a file counts as a "billion laughs" bomb. */
const MAX_REPEATED = 10_000;

/**
 * Reads a document by its schema, the same whether a value stands where it is used or comes through an alias or a merge
 * key. Scalars where the schema wants text are text as written: to Go, and so to the files that exist, `pass: 0123` and
 * `isolation_segments: [22]` are text. @throws {SurveyError}
 */
export function survey(document: Document, schema: z.ZodType, lineAt: (offset: number) => number): Survey {
  const lines = new Map<string, number>();
  const unknownKeys: UnknownKey[] = [];
  /** Aliases that are being followed, outermost first. */
  const following: Node[] = [];
  let repeated = 0;
  return { value: read(document.contents, schema, []), lines, unknownKeys };

  function read(node: unknown, schemaAt: z.core.$ZodType, path: KeyPath): unknown {
    if (isAlias(node)) return throughAlias(node, (target) => read(target, schemaAt, path));
    if (following.length > 0) countRepeated(following[0]!);
    const at = unwrapped(schemaAt);
    if (isScalar(node)) return scalar(node, at);
    if (isSeq(node)) return at instanceof z.ZodArray ? items(node.items, at, path) : [];
    if (!isMap(node)) return null;
    const entries = at instanceof z.ZodObject ? [...mapping(node, at, path).entries()] : [];
    return Object.fromEntries(entries.filter(([key]) => Object.hasOwn((at as z.ZodObject).shape, key)));
  }

  function items(nodes: readonly unknown[], { element }: z.ZodArray, path: KeyPath): unknown[] {
    const found: unknown[] = [];
    for (const item of nodes) {
      const itemPath = [...path, found.length];
      const value = read(item, element, itemPath);
      // What says nothing counts for nothing in Go. Files for it have no keys of our own, where that would be a mistake.
      if (value === null && path[0] !== 'cellgate') continue;
      lines.set(dotted(itemPath), lineAt(offsetOf(item)));
      found.push(value);
    }
    return found;
  }

  /** What stands in the mapping itself goes before what is merged into it, and earlier merges before later ones. */
  function mapping(map: YAMLMap, at: z.ZodObject, path: KeyPath): Map<string, unknown> {
    const found = new Map<string, unknown>();
    const own = map.items.filter(({ key }) => !isMergeKey(key));
    for (const pair of own) entry(pair, at, path, found);
    for (const { key, value } of map.items) if (isMergeKey(key)) merge(value, at, path, found, offsetOf(key));
    return found;
  }

  function entry({ key, value }: Pair, at: z.ZodObject, path: KeyPath, found: Map<string, unknown>): void {
    if (!isScalar(key)) return;
    const name = String(key.value);
    if (found.has(name)) return;
    const keyPath = [...path, name];
    const line = lineAt(offsetOf(key));
    const below = schemaBelow(at, name);
    if (below === null) unknownKeys.push({ path: keyPath, line, siblings: Object.keys(at.shape) });
    else lines.set(dotted(keyPath), line);
    found.set(name, below === null ? null : read(value, below, keyPath));
  }

  function merge(
    from: unknown,
    at: z.ZodObject,
    path: KeyPath,
    found: Map<string, unknown>,
    offset: number,
  ): void {
    if (isAlias(from)) throughAlias(from, (target) => merge(target, at, path, found, offset));
    else if (isSeq(from)) for (const item of from.items) merge(item, at, path, found, offset);
    else if (isMap(from)) {
      for (const [name, value] of mapping(from, at, path)) if (!found.has(name)) found.set(name, value);
    } else throw new SurveyError('a merge (<<) has nothing to merge', offset);
  }

  function throughAlias<Result>(alias: Node, use: (target: Node) => Result): Result {
    const target = isAlias(alias) ? alias.resolve(document) : undefined;
    if (target === undefined)
      throw new SurveyError('text that starts with * must be quoted', offsetOf(alias));
    countRepeated(alias);
    if (following.includes(target)) throw new SurveyError('an anchor (&) holds itself', offsetOf(alias));
    following.push(target);
    const result = use(target);
    following.pop();
    return result;
  }

  function countRepeated(at: Node): void {
    if (++repeated > MAX_REPEATED) throw new SurveyError('aliases (*) repeat too much', offsetOf(at));
  }
}

function scalar({ value, source, type }: Scalar, at: z.core.$ZodType): unknown {
  if (value === null || source === undefined) return value;
  if (at instanceof z.ZodString) return source;
  if (at instanceof z.ZodNumber && type === Scalar.PLAIN) {
    return goNumber(source, at instanceof z.ZodNumberFormat) ?? value;
  }
  return value;
}

function isMergeKey(key: unknown): boolean {
  if (!isScalar(key) || (key.type !== undefined && key.type !== Scalar.PLAIN)) return false;
  return key.value === '<<' || (typeof key.value === 'symbol' && key.value.description === '<<');
}

function offsetOf(node: unknown): number {
  return (node as Node | null | undefined)?.range?.[0] ?? 0;
}
