import { decode } from '../../test/support/hpack.ts';
import { contentOf, endsBlock, type Frame, FrameReader } from '../../test/support/http2-frames.ts';
import { Http2Judge } from '../../test/support/http2-judge.ts';
import { PREFACE, TYPE } from '../../test/support/raw-http2.ts';
import type { Speaks } from '../http2/ruling.ts';

/** What our engine has said that RFC 9113 forbids, having heard `bytes`; `null`: nothing. Only where the connection goes on. */
export function wrongSaid(speaks: Speaks, bytes: Buffer, written: Buffer): string | null {
  const judge = new Http2Judge(speaks);
  const heard = new FrameReader(speaks === 'client' ? PREFACE.length : 0).push(bytes);
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
