import type { Head } from '../message/head.ts';
import {
  type CookieAttributes,
  NO_ATTRIBUTES,
  requestCookies,
  responseCookies,
  setCookieValue,
} from './cookie.ts';
import { recalledAttributes, rememberedAttributes } from './sticky-memory.ts';

/** Sticky sessions (docs/compatibility.md §2.4). */
export interface StickySettings {
  /** `sticky_session_cookie_names`: cookies with which an application begins a session. */
  readonly cookieNames: readonly string[];
  /** `sticky_sessions_for_auth_negotiate` */
  readonly forNegotiate: boolean;
  /** `secure_cookies` */
  readonly secure: boolean;
}

/** What a request asks for. */
export interface StickyWish {
  /** Instance id or address. */
  readonly instance: string;
  /** Whether no other instance will do: half an authentication is of no use to it. */
  readonly must: boolean;
  /** Of `__VCAP_ID_META__`; `null` when absent. */
  readonly memory: string | null;
}

const ID = '__VCAP_ID__';
const MEMORY = '__VCAP_ID_META__';
const HOST_PREFIX = '__Host-';
/** The handshake's requests follow each other at once. Seconds. */
const NEGOTIATE: CookieAttributes = { ...NO_ATTRIBUTES, maxAge: 60, sameSite: 'Strict' };

/** Of a request with cookies. */
export function stickyWish(head: Head, settings: StickySettings): StickyWish | null {
  if (!head.text.includes(ID)) return null;
  const cookies = requestCookies(head);
  const instance = cookies.get(ID);
  if (instance === undefined || instance === '') return null;
  const must = settings.forNegotiate && isNegotiate(head.valueOf('authorization'));
  const inSession = [...cookies.keys()].some((name) => isSessionCookie(name, settings));
  return must || inSession ? { instance, must, memory: cookies.get(MEMORY) ?? null } : null;
}

export interface StickyAnswer {
  /** The one that answered. */
  readonly instanceId: string;
  readonly wish: StickyWish | null;
  /** Of the route. */
  readonly path: string;
  /** Unix seconds. */
  readonly now: number;
}

/** The cookies, as Set-Cookie has them, that tie the client to the instance that answered it; none when it is not to be. */
export function stickyCookies(head: Head, answer: StickyAnswer, settings: StickySettings): readonly string[] {
  const { instanceId, wish, now } = answer;
  if (!COOKIE_VALUE.test(instanceId)) return NONE;
  const cookies = responseCookies(head);
  // An application that says itself where its client belongs knows better.
  if (cookies.some(({ name }) => name === ID)) return NONE;
  const path = answer.path.replace(UNFIT_FOR_PATH, '');
  const moved = wish !== null && wish.instance !== instanceId;
  if (settings.forNegotiate && (wish === null || moved) && isNegotiate(head.valueOf('www-authenticate'))) {
    return [setCookieValue(ID, instanceId, path, withSecure(NEGOTIATE, settings))];
  }
  const own: string[] = [];
  for (const cookie of cookies) {
    if (!isSessionCookie(cookie.name, settings)) continue;
    const attributes = withSecure(cookie, settings);
    own.push(setCookieValue(ID, instanceId, path, attributes));
    own.push(setCookieValue(MEMORY, rememberedAttributes(attributes, now), path, attributes));
  }
  if (own.length > 0 || !moved) return own;
  const recalled = wish.memory === null ? NO_ATTRIBUTES : recalledAttributes(wish.memory, now);
  return [setCookieValue(ID, instanceId, path, withSecure(recalled, settings))];
}

const NONE: readonly string[] = [];
/** RFC 6265 §4.1.1, for ids that come over the bus. */
const COOKIE_VALUE = /^[!#-+\--:<-[\]-~]+$/;
const UNFIT_FOR_PATH = /[^\x20-\x7e]|;/g;

function isSessionCookie(name: string, { cookieNames }: StickySettings): boolean {
  return cookieNames.includes(name.startsWith(HOST_PREFIX) ? name.slice(HOST_PREFIX.length) : name);
}

function isNegotiate(value: string | null): boolean {
  return value?.slice(0, 'negotiate'.length).toLowerCase() === 'negotiate';
}

function withSecure(attributes: CookieAttributes, { secure }: StickySettings): CookieAttributes {
  return secure && !attributes.secure ? { ...attributes, secure } : attributes;
}
