import { FrameReader } from '../../test/support/http2-frames.ts';
import { PREFACE } from '../../test/support/raw-http2.ts';
import type { Judged } from './judge.ts';
import type { Nghttp2Reading } from './nghttp2-reading.ts';

/** What each has made of a case, for whoever reads a finding. */
export function shown({ own, letter }: Judged, nghttp2: Nghttp2Reading | null): Record<string, unknown> {
  const { ruling, messages, isRequest } = letter;
  const skip = isRequest ? 0 : PREFACE.length;
  return {
    cellgate: { ...own, written: framesOf(own.written, 0) },
    letter: { ...ruling, wrong: [...ruling.wrong], messages: Object.fromEntries(messages) },
    nghttp2: nghttp2 === null ? 'ended by it' : { ...nghttp2, written: framesOf(nghttp2.written, skip) },
  };
}

function framesOf(written: Uint8Array, skip: number): string[] {
  return new FrameReader(skip)
    .push(Buffer.from(written))
    .map(
      ({ type, flags, stream, payload }) => `${type} ${flags} on ${stream}: ${payload.toString('latin1')}`,
    );
}
