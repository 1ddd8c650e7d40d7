import type { ResponseCase } from '../case.ts';
import type { Relayed } from '../engine/relay.ts';
import type { NaiveMessage } from '../reader/naive-grammar.ts';
import type { ResponseReading } from '../reader/naive-responses.ts';
import type { Reading, ReadMessage } from '../reader/reading.ts';
import { canonicalFault } from './canonical.ts';
import { messageDifference, quote } from './difference.ts';
import { passingDifference, trailersDifference } from './passing-fields.ts';

/** Why the engine's reading of what a backend sent is not that of RFC 9112; `null` when it is. */
export function answerDifference(
  { valid }: ResponseCase,
  { interim, response, end, fault }: Relayed,
  arrived: Reading<NaiveMessage>,
): string | null {
  if (valid && end !== 'whole') return `a valid response is not relayed: ${fault || end}`;
  for (const [i, status] of interim.entries()) {
    if (arrived.messages[i]?.start !== status) return `the router takes ${status} for a response`;
  }
  if (response === null) return null;
  const read = arrived.messages[interim.length];
  if (read === undefined) return `the router takes ${response.start} for a response`;
  // Refused in the middle, or broken off, is all one for the client.
  if (!response.complete) return end === 'whole' ? 'the router ends a response that has no end' : null;
  return messageDifference('the router', response, 'the naive reader', read);
}

/** Whether the same bytes were understood alike in one piece and in many. */
export function piecesDifference(inPieces: Relayed, inOne: Relayed): string | null {
  if (inPieces.end !== inOne.end || inPieces.fault !== inOne.fault) {
    return `in pieces it ends ${inPieces.end} ${inPieces.fault}, in one ${inOne.end} ${inOne.fault}`;
  }
  if (inPieces.response === null || inOne.response === null) return null;
  return messageDifference('the router', inPieces.response, 'in one piece it', inOne.response);
}

/** Why what is sent on is not what the engine meant, or not written as it should be; `null` when it is. */
export function sentDifference(
  { http10 }: ResponseCase,
  { interim, response, bytes, end }: Relayed,
  sent: ResponseReading,
): string | null {
  const fault = canonicalFault(bytes, sent);
  if (fault !== null) return fault;
  if (sent.excess !== '') return `${quote(sent.excess)} is sent on behind the response`;
  const before = http10 ? [] : interim;
  const meant = response === null ? before.length : before.length + 1;
  if (sent.messages.length !== meant) return `${meant} responses are sent on, not ${sent.messages.length}`;
  if (response === null) return null;
  const read = sent.messages[before.length]!;
  if ((end === 'whole') !== read.complete) return 'a response that breaks off is sent on as if it did not';
  return (
    messageDifference('the naive reader', withoutFields(read), 'the router', withoutFields(response)) ??
    passingDifference(response.fields, read.fields) ??
    trailersDifference(response.trailers, read.trailers)
  );
}

function withoutFields(message: ReadMessage): ReadMessage {
  return { ...message, fields: [], trailers: [] };
}
