import { isMap, isNode, isScalar, isSeq } from 'yaml';
import { z } from 'zod';
import { dotted, type KeyPath, schemaBelow, unwrapped } from './schema-path.ts';

/** What plain values no longer tell of a YAML document. */
export interface Survey {
  /** Line of every key the schema knows, by dotted path. Keys that come through an alias are missing. */
  readonly lines: Map<string, number>;
  readonly unknownKeys: UnknownKey[];
}

export interface UnknownKey {
  readonly path: KeyPath;
  readonly line: number;
  /** What the schema knows beside it. */
  readonly siblings: readonly string[];
}

/**
 * Walks a document beside its schema. Scalars where the schema wants text become text as written: to Go,
 * and so to the files that exist, `pass: 0123` and `isolation_segments: [22]` are text.
 */
export function survey(contents: unknown, schema: z.ZodType, lineAt: (offset: number) => number): Survey {
  const found: Survey = { lines: new Map(), unknownKeys: [] };
  walk(contents, schema, []);
  return found;

  function walk(node: unknown, schemaAt: z.core.$ZodType, path: KeyPath): void {
    const at = unwrapped(schemaAt);
    if (at instanceof z.ZodString && isScalar(node)) {
      if (node.value !== null && node.source !== undefined) node.value = node.source;
    } else if (at instanceof z.ZodArray && isSeq(node)) {
      for (const [index, item] of node.items.entries()) {
        const itemPath = [...path, index];
        if (isNode(item)) found.lines.set(dotted(itemPath), lineAt(item.range?.[0] ?? 0));
        walk(item, at.element, itemPath);
      }
    } else if (at instanceof z.ZodObject && isMap(node)) {
      for (const { key, value } of node.items) {
        if (!isScalar(key) || key.value === '<<') continue;
        const keyPath = [...path, String(key.value)];
        const line = lineAt(key.range?.[0] ?? 0);
        const below = schemaBelow(at, String(key.value));
        if (below === null) {
          found.unknownKeys.push({ path: keyPath, line, siblings: Object.keys(at.shape) });
        } else {
          found.lines.set(dotted(keyPath), line);
          walk(value, below, keyPath);
        }
      }
    }
  }
}
