import { messagePlace } from '../../bus/message-place.ts';
import { Latest } from '../../http/account/latest.ts';
import { type Excerpt, excerptAt } from '../../http/message/excerpt.ts';

const MOST = 200;
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

  /** @param at Unix milliseconds */
  note(at: number, subject: string, reason: string, payload: Uint8Array, hidesQuery: boolean): void {
    const place = messagePlace(payload, reason);
    this.#latest.add({
      at,
      what: 'bus',
      subject: subject.slice(0, LONGEST),
      reason: masked(reason, hidesQuery).slice(0, LONGEST),
      position: place < 0 ? null : place,
      excerpt: excerptAt(masked(Buffer.from(payload).toString('latin1'), hidesQuery), place),
    });
  }

  /** Newest first. */
  list(): BusRejection[] {
    return this.#latest.list();
  }
}

/** Of as many characters: without the name and password of a user that stand in an address, nor its query. */
function masked(text: string, hidesQuery: boolean): string {
  const shown = text.replace(
    /(:\/\/)([^\s/"@]*)(?=@)/g,
    (_, slashes: string, user: string) => slashes + '*'.repeat(user.length),
  );
  return hidesQuery ? shown.replace(/\?([^\s"]*)/g, (query) => `?${'*'.repeat(query.length - 1)}`) : shown;
}
