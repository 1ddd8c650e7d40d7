import { createHash, timingSafeEqual } from 'node:crypto';

export interface Credentials {
  readonly user: string;
  readonly pass: string;
}

/**
 * Whether an `Authorization` header carries these credentials, in a time that does not tell how much of them
 * is right. Nobody is let in while user or password is empty. As in gorouter the scheme is spelled exactly
 * `Basic` and neither part may hold a colon.
 */
export function authorized(header: string | undefined, { user, pass }: Credentials): boolean {
  if (user === '' || pass === '' || header === undefined || !header.startsWith('Basic ')) return false;
  const given = Buffer.from(header.slice('Basic '.length), 'base64').toString('utf8');
  return timingSafeEqual(digest(given), digest(`${user}:${pass}`));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
