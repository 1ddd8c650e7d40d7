/** What is decided: which kind stands first in the key. */
export type DecisionKind = 'split' | 'cutover' | 'lease' | 'endpoint' | 'static';

/** NATS takes longer subjects, but a line of its protocol ends at 4096 bytes. */
const MAX_KEY = 2048;
/** Tokens as NATS key-value has them, two at least. */
const KEY = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+$/;
/** Of no text at all; base64url never comes to one character. */
const EMPTY = '-';

/** The key of a decision of this kind about a route, an endpoint or whatever else has a text. */
export function decisionKey(kind: DecisionKind, text: string): string {
  return `${kind}.${tokenOf(text)}`;
}

/** One token of a key, for any well-formed text; `textOf` makes the text of it again. */
export function tokenOf(text: string): string {
  return text === '' ? EMPTY : Buffer.from(text).toString('base64url');
}

/** Null where no text has this token. */
export function textOf(token: string): string | null {
  if (token === EMPTY) return '';
  const text = Buffer.from(token, 'base64url').toString();
  return token !== '' && tokenOf(text) === token ? text : null;
}

/** What is wrong with a key; null: nothing. */
export function keyFault(key: unknown): string | null {
  if (typeof key !== 'string') return `key: found ${typeof key}, allowed: text`;
  if (key.length > MAX_KEY) return `key: found ${key.length} characters, allowed: at most ${MAX_KEY}`;
  if (KEY.test(key)) return null;
  return `key: found ${JSON.stringify(key.slice(0, 60))}, allowed: two or more tokens of A-Z, a-z, 0-9, _ and -, with dots between them`;
}
