import { type JsonStep, JsonWalk } from './json-walk.ts';

const PATH = /^[A-Za-z_]\w*(?:\.[^\s:[\]]+|\[\d+\])*(?=: )/;
const STEP = /\[(\d+)\]|([^.[\]]+)/g;

/** The byte of a message that its error is about, found again once it is refused; -1: no one byte is to blame. */
export function messagePlace(payload: Uint8Array, error: string): number {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  const text = bytes.toString('utf8');
  const again = Buffer.from(text);
  // What is no UTF-8 has become U+FFFD.
  if (!again.equals(bytes)) return firstDifference(bytes, again);
  const walk = new JsonWalk(text, wayIn(error));
  const at = walk.fault >= 0 ? walk.fault : walk.found;
  return at < 0 ? -1 : Buffer.byteLength(text.slice(0, at));
}

/** Errors begin with the field that they are about, as `options.hash_header` or `uris[3]`. */
function wayIn(error: string): JsonStep[] {
  const path = PATH.exec(error)?.[0] ?? '';
  return Array.from(path.matchAll(STEP), ([, index, name]) =>
    index === undefined ? name!.toLowerCase() : Number(index),
  );
}

function firstDifference(a: Buffer, b: Buffer): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}
