import { createCipheriv, createDecipheriv, pbkdf2Sync, randomBytes } from 'node:crypto';

const ITERATIONS = 100_001;
const KEY_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const BASE64URL = /^[A-Za-z0-9_-]*={0,2}$/;
const STANDARD_BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** A secret of `route_services_secret`, made ready. Derived once: 100 001 rounds take tens of milliseconds. */
export type SigningKey = Buffer & { readonly __brand: 'signing key' };

/** docs/compatibility.md §4.3. */
export function signingKey(secret: string): SigningKey {
  return pbkdf2Sync(secret, '', ITERATIONS, KEY_BYTES, 'sha256') as SigningKey;
}

/** What a request carries to the route service and must bring back unchanged. */
export interface SignatureHeaders {
  /** X-CF-Proxy-Signature */
  readonly signature: string;
  /** X-CF-Proxy-Metadata */
  readonly metadata: string;
}

/** What is in it. */
export interface Signature {
  /** As in X-CF-Forwarded-Url at the time. */
  readonly forwardedUrl: string;
  /** Unix milliseconds. */
  readonly requestedAt: number;
}

/** @param now Unix milliseconds */
export function sign(forwardedUrl: string, now: number, key: SigningKey): SignatureHeaders {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  const text = JSON.stringify({ forwarded_url: forwardedUrl, requested_time: new Date(now).toISOString() });
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  const metadata = JSON.stringify({ nonce: nonce.toString('base64') });
  return { signature: paddedBase64url(sealed), metadata: paddedBase64url(Buffer.from(metadata)) };
}

/**
 * Opens a signature with the first of `keys` that fits. A text says in gorouter's words why none does, for the
 * answer to the client (docs/compatibility.md §4.4); it never quotes what was sent.
 */
export function open(headers: SignatureHeaders, keys: readonly SigningKey[]): Signature | string {
  if (headers.metadata === '') return 'No metadata found';
  const metadata = fromBase64url(headers.metadata);
  if (metadata === null) return 'illegal base64 data in X-CF-Proxy-Metadata';
  const nonce = nonceOf(metadata);
  if (typeof nonce === 'string') return nonce;
  const sealed = fromBase64url(headers.signature);
  if (sealed === null) return 'illegal base64 data in X-CF-Proxy-Signature';
  for (const key of keys) {
    const text = unseal(sealed, nonce, key);
    if (text !== null) return contentOf(text);
  }
  return 'cipher: message authentication failed';
}

function nonceOf(metadata: Buffer): Buffer | string {
  const nonce = field(metadata.toString('utf8'), 'nonce');
  if (nonce === null || !STANDARD_BASE64.test(nonce)) return 'invalid JSON in X-CF-Proxy-Metadata';
  const bytes = Buffer.from(nonce, 'base64');
  return bytes.length === NONCE_BYTES ? bytes : 'incorrect nonce length';
}

function unseal(sealed: Buffer, nonce: Buffer, key: SigningKey): string | null {
  const end = sealed.length - TAG_BYTES;
  if (end < 0) return null;
  const decipher = createDecipheriv('aes-128-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(end));
  const text = decipher.update(sealed.subarray(0, end));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return text.toString('utf8');
}

function contentOf(text: string): Signature | string {
  const forwardedUrl = field(text, 'forwarded_url');
  const requestedTime = field(text, 'requested_time');
  if (forwardedUrl === null || requestedTime === null) return 'invalid JSON in X-CF-Proxy-Signature';
  // RFC 3339 with nanoseconds, as Go prints it: a Date reads the milliseconds of it.
  const requestedAt = Date.parse(requestedTime);
  return Number.isNaN(requestedAt) ? 'invalid time in X-CF-Proxy-Signature' : { forwardedUrl, requestedAt };
}

function field(json: string, name: string): string | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const text = (value as Record<string, unknown>)[name];
  return typeof text === 'string' ? text : null;
}

/** Go's URL encoding of base64 keeps the padding; Node's leaves it out. */
function paddedBase64url(bytes: Buffer): string {
  const text = bytes.toString('base64url');
  return text + '='.repeat((4 - (text.length % 4)) % 4);
}

function fromBase64url(text: string): Buffer | null {
  return text.length % 4 === 0 && BASE64URL.test(text) ? Buffer.from(text, 'base64url') : null;
}
