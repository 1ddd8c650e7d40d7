import { parseDuration } from './schema/duration.ts';

/** Dotted names of the keys that a file says something of; all others have their defaults. A list is one key. */
export type GivenKeys = ReadonlySet<string>;

/** To gorouter 0 is what a key has that is not there, and its BOSH job writes 0 where nobody said anything. */
const ZERO_SAYS_NOTHING: ReadonlySet<string> = new Set([
  'http_1_endpoint_timeout',
  'http_2_endpoint_timeout',
  'max_header_bytes',
  'max_request_header_bytes',
  'max_request_headers',
  'max_response_header_bytes',
  'max_response_headers',
  'read_header_timeout',
]);

/** @param file as it was read, without defaults; a null says nothing, as in Go */
export function givenKeys(file: unknown): GivenKeys {
  return new Set(keysBelow(file, ''));
}

function* keysBelow(value: unknown, path: string): Generator<string> {
  if (value === null || value === undefined) return;
  if (typeof value !== 'object' || Array.isArray(value)) {
    if (!ZERO_SAYS_NOTHING.has(path) || parseDuration(String(value)) !== 0) yield path;
    return;
  }
  for (const [key, below] of Object.entries(value)) {
    yield* keysBelow(below, path === '' ? key : `${path}.${key}`);
  }
}
