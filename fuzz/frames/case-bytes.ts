import { frame, TYPE } from '../../test/support/raw-http2.ts';
import { bytesOf, CASE_HOST, type Part } from '../crossing/part.ts';
import { type Http2Case, LAST } from '../http2/conversation.ts';

/** All that is said in a case, in one piece: for whoever knows of no time pauses mean nothing. */
export function caseBytes(made: Http2Case): Buffer {
  const parts: readonly Part[] = made.kind === 'reply' ? [...made.greeting, ...made.parts] : made.parts;
  const pieces = parts.flatMap((part) =>
    part.kind === 'pause' || part.kind === 'close' ? [] : [bytesOf(part, CASE_HOST)],
  );
  return Buffer.concat([...pieces, frame(TYPE.ping, 0, 0, LAST)]);
}
