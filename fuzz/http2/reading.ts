import { createHash } from 'node:crypto';

/** What one reader made of one stream of a conversation. */
export interface StreamReading {
  /** The request that came out behind it, whole: method, path, and a digest of the body. */
  readonly took: string | null;
  /** What its client was told: a status, `reset` with the error's name, or nothing. */
  readonly told: string;
}

export interface ConversationReading {
  readonly streams: Readonly<Record<number, StreamReading>>;
  /** Whether it goes on; or the error with which it was ended. */
  readonly connection: string;
  /** What the reader said that nobody may say (RFC 9113). */
  readonly wrongs: readonly string[];
}

export const GOES_ON = 'goes on';

/** A reader that was not there any more; another will be. */
export class ReaderDied extends Error {}

/** What the client of a reader got of a reply: its status and a digest of its body, `cut`, `bad gateway`, `silence`. */
export type ReplyReading = string;

export function isWhole(reading: ReplyReading): boolean {
  return /^\d/.test(reading);
}

export function digestOf(body: string): string {
  return body.length < 20 ? JSON.stringify(body) : `${body.length}:${sha(body)}`;
}

function sha(text: string): string {
  return createHash('sha1').update(text, 'latin1').digest('hex').slice(0, 10);
}
