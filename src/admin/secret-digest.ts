import { createHash, randomBytes } from 'node:crypto';

/** By which secrets are kept and compared: how long a comparison takes then says nothing of the secret. */
export function secretDigest(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** 256 bits, in characters that a URL, a cookie and a header take as they are. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}
