import { COOKIE, SET_COOKIE } from '../message/field-name.ts';
import type { Head } from '../message/head.ts';

/** The cookies of a request, by name; of several with one name the first counts. */
export function requestCookies(head: Head): Map<string, string> {
  const cookies = new Map<string, string>();
  for (let line = 0; line < head.count; line++) {
    if (head.id(line) !== COOKIE) continue;
    for (const pair of head.value(line).split(';')) {
      const [name, value] = nameAndValue(pair);
      if (name !== '' && !cookies.has(name)) cookies.set(name, value);
    }
  }
  return cookies;
}

/** What of a cookie the session cookie of the router takes over. */
export interface CookieAttributes {
  readonly secure: boolean;
  readonly partitioned: boolean;
  readonly sameSite: '' | 'Lax' | 'Strict' | 'None';
  /** Unix seconds; `null` when not said. */
  readonly expires: number | null;
  /** Seconds from now, -1 for at once; `null` when not said. */
  readonly maxAge: number | null;
}

export interface SetCookie extends CookieAttributes {
  readonly name: string;
}

export const NO_ATTRIBUTES: CookieAttributes = {
  secure: false,
  partitioned: false,
  sameSite: '',
  expires: null,
  maxAge: null,
};

/** The cookies that a response sets, in order. */
export function responseCookies(head: Head): SetCookie[] {
  const cookies: SetCookie[] = [];
  for (let line = 0; line < head.count; line++) {
    if (head.id(line) === SET_COOKIE) cookies.push(readSetCookie(head.value(line)));
  }
  return cookies;
}

function readSetCookie(text: string): SetCookie {
  const [pair, ...attributes] = text.split(';');
  let read: CookieAttributes = NO_ATTRIBUTES;
  for (const attribute of attributes) {
    const [name, value] = nameAndValue(attribute);
    read = { ...read, ...attributeOf(name.toLowerCase(), value) };
  }
  return { name: nameAndValue(pair!)[0], ...read };
}

function attributeOf(name: string, value: string): Partial<CookieAttributes> {
  switch (name) {
    case 'secure':
      return { secure: true };
    case 'partitioned':
      return { partitioned: true };
    case 'samesite':
      return { sameSite: sameSiteOf(value.toLowerCase()) };
    case 'max-age':
      return /^-?\d{1,15}$/.test(value) ? { maxAge: Number(value) > 0 ? Number(value) : -1 } : {};
    case 'expires': {
      const time = Date.parse(value);
      return Number.isNaN(time) ? {} : { expires: Math.floor(time / 1000) };
    }
    default:
      return {};
  }
}

export function sameSiteOf(value: string): CookieAttributes['sameSite'] {
  if (value === 'lax') return 'Lax';
  if (value === 'strict') return 'Strict';
  return value === 'none' ? 'None' : '';
}

function nameAndValue(pair: string): [name: string, value: string] {
  const equals = pair.indexOf('=');
  if (equals < 0) return [pair.trim(), ''];
  const value = pair.slice(equals + 1).trim();
  const quoted = value.length > 1 && value.startsWith('"') && value.endsWith('"');
  return [pair.slice(0, equals).trim(), quoted ? value.slice(1, -1) : value];
}

/** Years that an Expires can show. */
const EARLIEST = Date.UTC(1601) / 1000;
const LATEST = Date.UTC(9999, 11, 31) / 1000;

/** Of a Set-Cookie line; attributes in the order in which Go writes them, as gorouter does (docs/compatibility.md §2.4). */
export function setCookieValue(
  name: string,
  value: string,
  path: string,
  attributes: CookieAttributes,
): string {
  const { expires, maxAge, secure, sameSite, partitioned } = attributes;
  let cookie = `${name}=${value}; Path=${path}`;
  if (expires !== null && expires >= EARLIEST && expires <= LATEST) {
    cookie += `; Expires=${new Date(expires * 1000).toUTCString()}`;
  }
  if (maxAge !== null) cookie += `; Max-Age=${Math.max(maxAge, 0)}`;
  cookie += '; HttpOnly';
  if (secure) cookie += '; Secure';
  if (sameSite !== '') cookie += `; SameSite=${sameSite}`;
  if (partitioned) cookie += '; Partitioned';
  return cookie;
}
