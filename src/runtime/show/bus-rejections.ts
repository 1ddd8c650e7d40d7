import { messagePlace } from '../../bus/message-place.ts';
import { Latest } from '../../http/account/latest.ts';
import { type Excerpt, excerptAt, NO_EXCERPT } from '../../http/message/excerpt.ts';
import { ownText } from '../../http/message/own-text.ts';

const MOST = 200;
/** The control thread has more to do than to look into bad messages. */
const MOST_A_SECOND = 50;
/** Bytes of a message in which the one that was wrong is looked for. */
const LONGEST_PAYLOAD = 64 * 1024;
/** Characters of a text that whoever sent it has chosen. */
const LONGEST = 300;

/** A message of the bus that was refused as a whole or in part. */
export interface BusRejection {
  /** Unix milliseconds. */
  readonly at: number;
  readonly what: 'bus';
  readonly subject: string;
  /** Names the field. */
  readonly reason: string;
  /** Of the byte that was wrong; null: no one byte is to blame. */
  readonly position: number | null;
  /** What stands around it. */
  readonly excerpt: Excerpt;
}

/** The last of them. */
export class BusRejections {
  readonly #latest = new Latest<BusRejection>(MOST);
  #second = 0;
  #noted = 0;

  /** @param at Unix milliseconds */
  note(at: number, subject: string, reason: string, payload: Uint8Array, hidesQuery: boolean): void {
    const second = Math.floor(at / 1000);
    if (second !== this.#second) this.#noted = 0;
    this.#second = second;
    if (this.#noted++ >= MOST_A_SECOND) return;
    const place = payload.length > LONGEST_PAYLOAD ? -1 : messagePlace(payload, reason);
    this.#latest.add({
      at,
      what: 'bus',
      subject,
      reason: ownText(masked(reason, hidesQuery), LONGEST),
      position: place < 0 ? null : place,
      excerpt:
        place < 0
          ? NO_EXCERPT
          : excerptAt(masked(Buffer.from(payload).toString('latin1'), hidesQuery), place),
    });
  }

  /** Newest first. */
  list(): BusRejection[] {
    return this.#latest.list();
  }
}

/** A text in quotes, as JSON has it, of which the last may lack its end; or whatever stands outside of them. */
const PIECE = /"(?:[^"\\]|\\.)*"?|[^\s"]+/gs;
/** Slashes may be escaped. */
const SLASHES = /:(?:\\?\/){2}/;
/** Whoever escapes what needs none may have hidden anything by it. */
const ESCAPED_ASCII = /\\u00[2-7][\da-f]/i;

/** Of as many characters: without the name and password of a user that stand in an address, nor its query. */
function masked(text: string, hidesQuery: boolean): string {
  const shown = text.replace(PIECE, (piece) =>
    ESCAPED_ASCII.test(piece) ? piece.replace(/[^"]/g, '*') : withoutUser(piece),
  );
  return hidesQuery ? shown.replace(/\?([^\s"]*)/g, (query) => `?${'*'.repeat(query.length - 1)}`) : shown;
}

/** A password may have any character in it, an @ as well. */
function withoutUser(piece: string): string {
  const slashes = SLASHES.exec(piece);
  const at = piece.lastIndexOf('@');
  if (slashes === null || at < slashes.index) return piece;
  const from = slashes.index + slashes[0].length;
  return piece.slice(0, from) + '*'.repeat(Math.max(0, at - from)) + piece.slice(at);
}
