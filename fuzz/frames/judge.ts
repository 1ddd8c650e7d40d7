import { crc32 } from 'node:zlib';
import type { Http2Case } from '../http2/conversation.ts';
import { GOES_ON } from '../http2/reading.ts';
import { rulingOf, type Speaks } from '../http2/ruling.ts';
import { Random } from '../random.ts';
import { type LetterReading, letterDifference } from './compare.ts';
import { LetterMessages } from './letter-messages.ts';
import { type OwnReading, transcriptOf } from './own-reading.ts';
import { OwnSession } from './own-session.ts';
import { saidDifference } from './said-right.ts';

const MOST_PIECES = 60;
const PIECES = [1, 1, 2, 9, 10, 30, 100, 500, 3000];

/** What our engine and the letter make of a case. */
export interface Judged {
  readonly difference: string | null;
  readonly own: OwnReading;
  readonly letter: LetterReading;
}

/** `bytes`: see `caseBytes`. The same for the same bytes. */
export function judge(made: Http2Case, bytes: Buffer): Judged {
  const random = new Random(crc32(bytes), 0);
  const speaks: Speaks = made.kind === 'reply' ? 'server' : 'client';
  const method = made.kind === 'reply' ? made.method : '';
  const manner = { answers: random.oneIn(2), takesAtOnce: !random.oneIn(3) };
  const hear = (pieces: readonly Buffer[], lent: boolean) => {
    const session = new OwnSession(speaks, manner, method);
    session.read(pieces, lent);
    return session.end();
  };
  const own = hear([bytes], false);
  const inPieces = hear(cut(bytes, random), !random.oneIn(3));
  const messages = new LetterMessages(speaks, method);
  const ruling = rulingOf(bytes, speaks, messages);
  const letter = { isRequest: speaks === 'client', ruling, messages: messages.messages };
  const read = differenceOf(own, inPieces, letter);
  if (read !== null || own.connection !== GOES_ON) return { difference: read, own, letter };
  const isAllRead = ruling.connection === 'goes on';
  return { difference: saidDifference(speaks, bytes, own, isAllRead), own, letter };
}

function differenceOf(own: OwnReading, inPieces: OwnReading, letter: LetterReading): string | null {
  const [fault] = own.faults;
  if (fault !== undefined) return fault;
  const [whole, pieced] = [transcriptOf(own), transcriptOf(inPieces)];
  if (whole !== pieced) return `in pieces it is another: ${whole}, ${pieced}`;
  return letterDifference(own, letter);
}

/** Anywhere; each piece in memory of its own. */
function cut(bytes: Buffer, random: Random): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  while (at < bytes.length && pieces.length < MOST_PIECES) {
    const end = Math.min(bytes.length, at + 1 + random.below(random.pick(PIECES)));
    pieces.push(Buffer.from(bytes.subarray(at, end)));
    at = end;
  }
  if (at < bytes.length) pieces.push(Buffer.from(bytes.subarray(at)));
  return pieces;
}
