import { decode } from '../../test/support/hpack.ts';
import { contentOf, endsBlock, type Frame, FrameReader } from '../../test/support/http2-frames.ts';
import { Http2Judge } from '../../test/support/http2-judge.ts';
import { ACK, PREFACE, TYPE } from '../../test/support/raw-http2.ts';
import type { Speaks } from '../http2/ruling.ts';
import type { OwnReading } from './own-reading.ts';

/** Of each stream, and of all together (RFC 9113 §6.9.2). */
const FIRST_WINDOW = 65_535;

type Said = Pick<OwnReading, 'written' | 'credit'>;

/**
 * What our engine should not have said to `bytes`, or should have, on a connection that goes on; `null`: nothing.
 * `isAllRead`: they end with a whole frame, and nothing in them is both one and the other.
 */
export function saidDifference(speaks: Speaks, bytes: Buffer, own: Said, isAllRead: boolean): string | null {
  const heard = framesIn(bytes, speaks === 'client' ? PREFACE.length : 0);
  const said = framesIn(own.written, 0);
  const length = said.reduce((sum, { payload }) => sum + HEAD_BYTES + payload.length, 0);
  if (length !== own.written.length) return `half a frame at ${length}`;
  const wrong = wrongSaid(speaks, heard, said);
  if (wrong !== null) return `says what it must not: ${wrong}`;
  return isAllRead ? (unanswered(heard, said) ?? lostCredit(heard, said, own.credit)) : null;
}

const HEAD_BYTES = 9;

/** Their highest bit is of no stream (§4.1). */
function framesIn(bytes: Buffer, skip: number): Frame[] {
  return new FrameReader(skip).push(bytes).map((frame) => ({ ...frame, stream: frame.stream % 2 ** 31 }));
}

function wrongSaid(speaks: Speaks, heard: readonly Frame[], said: readonly Frame[]): string | null {
  const judge = new Http2Judge(speaks);
  // Of heads it is to know which streams a client has begun.
  for (const frame of heard) if (speaks === 'client' || frame.type !== TYPE.headers) judge.sent(frame);
  let block: Buffer[] = [];
  const fieldsOf = (frame: Frame) => {
    if (frame.type !== TYPE.headers && frame.type !== TYPE.continuation) return null;
    block.push(contentOf(frame));
    if (!endsBlock(frame)) return null;
    const whole = Buffer.concat(block);
    block = [];
    return decode(whole);
  };
  for (const frame of said) judge.heard(frame, fieldsOf(frame));
  return judge.wrongs[0] ?? null;
}

/** §6.5.3, §6.7: each of these is acknowledged. */
function unanswered(heard: readonly Frame[], said: readonly Frame[]): string | null {
  for (const type of [TYPE.settings, TYPE.ping]) {
    const asked = heard.filter((frame) => frame.type === type && !(frame.flags & ACK)).length;
    const answered = said.filter((frame) => frame.type === type && frame.flags & ACK).length;
    if (asked !== answered) return `acknowledges ${answered} of ${asked} frames of type ${type}`;
  }
  return null;
}

/** What the other side may still send must be what it knows of (§6.9). */
function lostCredit(
  heard: readonly Frame[],
  said: readonly Frame[],
  credit: OwnReading['credit'],
): string | null {
  const known = new Map([...credit.keys()].map((id) => [id, FIRST_WINDOW]));
  const add = (id: number, count: number) => known.set(id, (known.get(id) ?? 0) + count);
  for (const { type, stream, payload } of said)
    if (type === TYPE.windowUpdate) add(stream, payload.readUInt32BE(0));
  for (const { type, stream, payload } of heard) {
    if (type !== TYPE.data) continue;
    add(0, -payload.length);
    add(stream, -payload.length);
  }
  for (const [id, left] of credit) {
    const theirs = known.get(id);
    if (theirs !== left) return `lets ${left} bytes come on ${id} where the other side knows of ${theirs}`;
  }
  return null;
}
