import { decode } from '../../test/support/hpack.ts';
import { contentOf, endsBlock, type Frame, FrameReader } from '../../test/support/http2-frames.ts';
import { Http2Judge } from '../../test/support/http2-judge.ts';
import { PREFACE, TYPE } from '../../test/support/raw-http2.ts';
import type { Speaks } from '../http2/ruling.ts';
import type { OwnReading } from './own-reading.ts';

/** Of each stream, and of all together (RFC 9113 §6.9.2). */
const FIRST_WINDOW = 65_535;

/** What our engine has said that RFC 9113 forbids, having heard `bytes`; `null`: nothing. Only where the connection goes on. */
export function wrongSaid(speaks: Speaks, bytes: Buffer, written: Buffer): string | null {
  const judge = new Http2Judge(speaks);
  const heard = new FrameReader(first(speaks)).push(bytes);
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
  let at = 0;
  for (const frame of new FrameReader().push(written)) {
    at += 9 + frame.payload.length;
    judge.heard(frame, fieldsOf(frame));
  }
  if (at !== written.length) return `half a frame at ${at}`;
  return judge.wrongs[0] ?? null;
}

/** Where what the other side may still send is not what it knows of; `null`: nowhere. Only where all is read to its end. */
export function lostCredit(
  speaks: Speaks,
  bytes: Buffer,
  { written, credit }: Pick<OwnReading, 'written' | 'credit'>,
): string | null {
  const known = new Map([...credit.keys()].map((id) => [id, FIRST_WINDOW]));
  const add = (id: number, count: number) => known.set(id, (known.get(id) ?? 0) + count);
  for (const { type, stream, payload } of new FrameReader().push(written))
    if (type === TYPE.windowUpdate) add(stream, payload.readUInt32BE(0));
  for (const { type, stream, payload } of new FrameReader(first(speaks)).push(bytes)) {
    if (type !== TYPE.data) continue;
    add(0, -payload.length);
    add(stream % 2 ** 31, -payload.length);
  }
  for (const [id, left] of credit)
    if (known.get(id) !== left)
      return `the other side may send ${left} bytes on ${id}, it knows of ${known.get(id)}`;
  return null;
}

/** Of the first frame. */
function first(speaks: Speaks): number {
  return speaks === 'client' ? PREFACE.length : 0;
}
