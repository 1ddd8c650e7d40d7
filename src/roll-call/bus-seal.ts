import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { fieldsOf, type Place, type Wording } from './wording.ts';

export interface BusSealOptions {
  /** 32 bytes, the same in all routers. */
  readonly key: Uint8Array;
  /** Unix milliseconds. */
  now(): number;
  /** Told of messages that were not taken, and why. */
  onRefused(why: SealRefusal): void;
}

export type SealRefusal =
  /** It was sealed with another key. */
  | 'other-key'
  /** It is none, or was changed, or was meant for another place. */
  | 'not-authentic'
  /** It is more than a minute old, or of a clock that is so much ahead. */
  | 'out-of-time'
  /** It has been there before. */
  | 'replayed'
  /** So many have come within a minute that no more can be told apart from those. */
  | 'too-many';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Of the line before what is sealed. Bytes. */
const LONGEST_LINE = 300;
/** How old a message may be, and how far its clock ahead. Milliseconds. */
const WINDOW_MS = 60_000;
/** Messages of a window that are remembered. */
const MOST_SEEN = 100_000;
const LINE = /^cellgate-sealed 1 ([0-9a-f]{16}) (\d{1,15}) ([0-9a-f]{24}) ([\x21-\x7e]{1,128})$/;

/**
 * Messages that only routers with the same key can read and write: AES-256-GCM, with the key's id, the time, who writes,
 * and the place in what is authenticated. Each is taken once, within a minute.
 */
export class BusSeal implements Wording {
  readonly #options: BusSealOptions;
  readonly #keyId: string;
  /** Nonces, by which a message is known again, with the time until which they are remembered; oldest first. */
  readonly #seen = new Map<string, number>();

  constructor(options: BusSealOptions) {
    this.#options = options;
    this.#keyId = createHmac('sha256', options.key).update('cellgate bus key id').digest('hex').slice(0, 16);
  }

  write(message: object, from: string, place: Place): Uint8Array {
    const nonce = randomBytes(NONCE_BYTES);
    const at = Math.floor(this.#options.now());
    const line = `cellgate-sealed 1 ${this.#keyId} ${at} ${nonce.toString('hex')} ${from}`;
    const cipher = createCipheriv(CIPHER, this.#options.key, nonce);
    cipher.setAAD(boundTo(line, place));
    const sealed = cipher.update(JSON.stringify(message), 'utf8');
    return Buffer.concat([Buffer.from(`${line}\n`, 'latin1'), sealed, cipher.final(), cipher.getAuthTag()]);
  }

  read(payload: Uint8Array, place: Place, longest: number): ReturnType<Wording['read']> {
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    const end = bytes.subarray(0, LONGEST_LINE).indexOf(0x0a);
    const line = bytes.toString('latin1', 0, Math.max(0, end));
    const [, keyId, at, nonce, from] = LINE.exec(line) ?? [];
    if (nonce === undefined || bytes.length > longest + LONGEST_LINE + TAG_BYTES)
      return this.#refuse('not-authentic');
    if (keyId !== this.#keyId) return this.#refuse('other-key');
    const now = this.#options.now();
    if (Math.abs(now - Number(at)) > WINDOW_MS) return this.#refuse('out-of-time');
    const text = this.#open(bytes.subarray(end + 1), Buffer.from(nonce, 'hex'), boundTo(line, place));
    if (text === null) return this.#refuse('not-authentic');
    const why = this.#remember(nonce, now);
    if (why !== null) return this.#refuse(why);
    const fields = fieldsOf(text);
    return fields === null ? null : { fields, from: from! };
  }

  #open(sealed: Buffer, nonce: Buffer, bound: Buffer): Buffer | null {
    const end = sealed.length - TAG_BYTES;
    if (end < 0) return null;
    const decipher = createDecipheriv(CIPHER, this.#options.key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(bound);
    decipher.setAuthTag(sealed.subarray(end));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]);
    } catch {
      return null;
    }
  }

  /** After it was found to be authentic: strangers cannot have anything remembered. */
  #remember(nonce: string, now: number): SealRefusal | null {
    for (const [seen, until] of this.#seen) {
      if (until >= now) break;
      this.#seen.delete(seen);
    }
    if (this.#seen.has(nonce)) return 'replayed';
    if (this.#seen.size >= MOST_SEEN) return 'too-many';
    // It is taken as long as its own time is within the window of this clock.
    this.#seen.set(nonce, now + 2 * WINDOW_MS);
    return null;
  }

  #refuse(why: SealRefusal): null {
    this.#options.onRefused(why);
    return null;
  }
}

function boundTo(line: string, { subject, reply }: Place): Buffer {
  // None of these has a line feed: subjects have no blanks either.
  return Buffer.from(`${line}\n${subject}\n${reply}`, 'latin1');
}
