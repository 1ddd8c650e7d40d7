import type { Fields, ReadMessage } from './reading.ts';

/** A message that is still being read. */
export type Sketch = { -readonly [key in keyof ReadMessage]: ReadMessage[key] };

/** `rawHeaders` of `node:http` as fields. */
export function pairs(raw: readonly string[]): Fields {
  const fields: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) fields.push([raw[i]!, raw[i + 1]!]);
  return fields;
}
