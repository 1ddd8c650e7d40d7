import { createHmac, timingSafeEqual } from 'node:crypto';

/** Milliseconds for which a token may hold. */
export const LONGEST_DEBUG_MS = 3_600_000;
/** Clocks of routers that share a key are apart by so much at most. Milliseconds. */
const CLOCKS_APART_MS = 60_000;
/** What is signed says what it is for: nothing else that the key signs is a token. */
const PURPOSE = 'cellgate-debug-token';
const TOKEN = /^v1\.(\d{1,12})\.([\w-]{43})$/;

/** A text that lets whoever has it ask how requests are answered. @param until Unix milliseconds, to the second */
export function signDebugToken(key: string, until: number): string {
  const second = String(Math.floor(until / 1000));
  return `v1.${second}.${signature(key, second).toString('base64url')}`;
}

/**
 * Whether it was signed with this key, and holds. One for longer than any may hold is none, whoever has signed it.
 * @param now Unix milliseconds
 */
export function isDebugToken(key: string, token: string, now: number): boolean {
  const [, second, signed] = TOKEN.exec(token) ?? [];
  if (second === undefined || signed === undefined) return false;
  const until = Number(second) * 1000;
  if (!timingSafeEqual(Buffer.from(signed, 'base64url'), signature(key, second))) return false;
  return until > now && until <= now + LONGEST_DEBUG_MS + CLOCKS_APART_MS;
}

function signature(key: string, second: string): Buffer {
  return createHmac('sha256', key).update(`${PURPOSE}\0v1\0${second}`).digest();
}
