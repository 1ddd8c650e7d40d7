import { type Document, isScalar, type Node, visit } from 'yaml';

/**
 * The first key that a map has already; null: none. In the place of the library's look at every key for each of them,
 * which takes seconds where a map has tens of thousands: its `uniqueKeys` is to be off.
 */
export function duplicateKey(document: Document): Node | null {
  let found: Node | null = null;
  visit(document, {
    Map(_key, { items }) {
      const values = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (values.has(key.value)) {
          found = key;
          return visit.BREAK;
        }
        values.add(key.value);
      }
      return undefined;
    },
  });
  return found;
}
