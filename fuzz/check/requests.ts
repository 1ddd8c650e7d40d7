import type { RequestCase } from '../case.ts';
import type { Forwarded, Intended } from '../engine/forward.ts';
import type { NaiveMessage } from '../reader/naive-grammar.ts';
import type { Reading, ReadMessage } from '../reader/reading.ts';
import { canonicalFault } from './canonical.ts';
import { messageDifference, quote } from './difference.ts';
import { passingDifference, trailersDifference } from './passing-fields.ts';

/** Why the engine's reading of what arrived is not that of RFC 9112; `null` when it is. */
export function arrivalDifference(
  { valid }: RequestCase,
  { requests, end, fault }: Forwarded,
  arrived: Reading<NaiveMessage>,
): string | null {
  const served = requests.filter((request) => request.complete);
  for (const [i, request] of served.entries()) {
    const read = arrived.messages[i];
    if (!read?.complete) return `the router takes ${quote(request.start)} for a whole request`;
    const difference = messageDifference('the router', request, 'the naive reader', read);
    if (difference !== null) return difference;
    if (request.host !== read.host) return `the router reads the host ${quote(request.host)}`;
  }
  const whole = arrived.messages.filter((message) => message.complete).length;
  if ((end === 'whole' || end === 'unfinished') && served.length !== whole) {
    return `the router finds ${served.length} requests where the naive reader finds ${whole}`;
  }
  if (end === 'whole' && arrived.end !== 'whole')
    return `the router sees no more where there is: ${arrived.why}`;
  if (valid && end !== 'whole') return `a valid request is refused: ${fault || end}`;
  return null;
}

/** Whether the same bytes were understood alike in one piece and in many. */
export function piecesDifference(inPieces: Forwarded, inOne: Forwarded): string | null {
  if (inPieces.end !== inOne.end || inPieces.fault !== inOne.fault) {
    return `in pieces it ends ${inPieces.end} ${inPieces.fault}, in one ${inOne.end} ${inOne.fault}`;
  }
  if (inPieces.requests.length !== inOne.requests.length)
    return 'in pieces it holds another count of requests';
  for (const [i, request] of inPieces.requests.entries()) {
    const difference = messageDifference('the router', request, 'in one piece it', inOne.requests[i]!);
    if (difference !== null) return difference;
  }
  return null;
}

/** Why what is sent on is not what the engine meant, or not written as it should be; `null` when it is. */
export function sentDifference({ requests, bytes }: Forwarded, sent: Reading<NaiveMessage>): string | null {
  const fault = canonicalFault(bytes, sent);
  if (fault !== null) return fault;
  const meant = requests.filter((request) => request.forwarded);
  if (sent.messages.length !== meant.length) {
    return `${meant.length} requests are sent on, the naive reader finds ${sent.messages.length}`;
  }
  for (const [i, request] of meant.entries()) {
    const read = sent.messages[i]!;
    const difference =
      messageDifference('the naive reader', withoutFields(read), 'the router', withoutFields(request)) ??
      passingDifference(request.fields, read.fields) ??
      trailersDifference(request.trailers, read.trailers);
    if (difference !== null) return difference;
    if (read.host !== request.host)
      return `sent on to the host ${quote(read.host)}, not ${quote(request.host)}`;
  }
  return null;
}

function withoutFields(message: ReadMessage | Intended): ReadMessage {
  return { ...message, fields: [], trailers: [] };
}
