/** Dotted names of the keys that a file says something of; all others have their defaults. A list is one key. */
export type GivenKeys = ReadonlySet<string>;

/** @param file as it was read, without defaults; a null says nothing, as in Go */
export function givenKeys(file: unknown): GivenKeys {
  return new Set(keysBelow(file, ''));
}

function* keysBelow(value: unknown, path: string): Generator<string> {
  if (value === null || value === undefined) return;
  if (typeof value !== 'object' || Array.isArray(value)) {
    yield path;
    return;
  }
  for (const [key, below] of Object.entries(value))
    yield* keysBelow(below, path === '' ? key : `${path}.${key}`);
}
