import { type Http2Case, writesOf } from '../http2/conversation.ts';

/** All that is said in a case, in one piece: for whoever knows of no time pauses mean nothing. */
export function caseBytes(made: Http2Case): Buffer {
  const parts = made.kind === 'reply' ? [...made.greeting, ...made.parts] : made.parts;
  return Buffer.concat(writesOf({ parts }));
}
