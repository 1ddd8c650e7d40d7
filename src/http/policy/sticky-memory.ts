import { type CookieAttributes, NO_ATTRIBUTES, sameSiteOf } from './cookie.ts';

/**
 * The value of `__VCAP_ID_META__`, in which a client keeps for us with which attributes its session was set, so that
 * they are not lost when the session moves (docs/compatibility.md §2.4). Times of day in Unix seconds.
 */
export function rememberedAttributes(attributes: CookieAttributes, now: number): string {
  const { secure, partitioned, expires, maxAge, sameSite } = attributes;
  const parts: string[] = [];
  if (secure) parts.push('secure');
  if (partitioned) parts.push('partitioned');
  if (expires !== null) parts.push(`expires=${expires}`);
  if (maxAge !== null) parts.push(`maxage=${maxAge < 0 ? -1 : now + maxAge}`);
  if (sameSite !== '') parts.push(`samesite=${sameSite.toLowerCase()}`);
  return parts.join('&');
}

/** Reads it again. It has been with the client, so it may say anything: what makes no sense counts as not said. */
export function recalledAttributes(value: string, now: number): CookieAttributes {
  const said = new Map<string, string>();
  for (const part of value.split('&')) {
    const [name = '', text = ''] = part.split('=', 2);
    said.set(name, text);
  }
  const maxAge = seconds(said.get('maxage'));
  return {
    ...NO_ATTRIBUTES,
    secure: said.has('secure'),
    partitioned: said.has('partitioned'),
    sameSite: sameSiteOf(said.get('samesite') ?? ''),
    expires: seconds(said.get('expires')),
    maxAge: maxAge === null ? null : maxAge > now ? maxAge - now : -1,
  };
}

function seconds(text: string | undefined): number | null {
  return text !== undefined && /^-?\d{1,12}$/.test(text) ? Number(text) : null;
}
