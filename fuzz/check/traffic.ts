import type { Forwarded, Intended } from '../engine/forward.ts';
import type { Relayed } from '../engine/relay.ts';
import { valuesOf } from '../reader/naive-grammar.ts';
import { type ResponseReading, readResponse } from '../reader/naive-responses.ts';
import type { Fields, Reading, ReadMessage } from '../reader/reading.ts';
import { messageDifference, quote } from './difference.ts';

/** Fields whose values differ from run to run, or with how the connection goes on. */
const VARYING = ['connection', 'date', 'x-vcap-request-id', 'x-cf-instanceid'];

/** Why what came to the backend is not what the engine makes of the same bytes without sockets; `null` when it is. */
export function forwardedDifference({ requests }: Forwarded, came: readonly ReadMessage[]): string | null {
  const expected = requests.filter((request) => request.forwarded);
  const whole = expected.filter((request) => request.complete);
  for (const [i, message] of came.entries()) {
    const request = expected[i];
    if (request === undefined) return `${quote(message.start)} came to the backend`;
    const difference = messageDifference('the backend', bare(message), 'the engine', bare(request));
    if (difference !== null) return difference;
  }
  if (came.length < whole.length) return `${quote(whole[came.length]!.start)} did not come to the backend`;
  return null;
}

/** Why the client did not get its answers, each to its request and in their order; `null` when it did. */
export function answersDifference({ requests, end }: Forwarded, answered: string): string | null {
  let rest = answered;
  for (const request of requests.filter((one) => one.complete || !one.forwarded)) {
    const toHead = request.start.startsWith('HEAD ');
    const { messages, end: read, excess } = readResponse(rest, { toHead, ended: false });
    const answer = messages.at(-1);
    if (read !== 'whole' || answer === undefined) return `${quote(request.start)} is not answered`;
    const fault = answerFault(request, answer, toHead);
    if (fault !== null)
      return `${quote(request.start)} is answered ${quote(`${answer.start} ${answer.body}`)}`;
    rest = excess;
  }
  if (end !== 'refused') return rest === '' ? null : `behind the answers comes ${quote(rest)}`;
  const refusal = readResponse(rest, { toHead: false, ended: false });
  const status = refusal.messages[0]?.start ?? '';
  return /^[45]/.test(status) && refusal.excess === '' ? null : `a refusal reads ${quote(rest)}`;
}

function answerFault({ start, forwarded }: Intended, answer: ReadMessage, toHead: boolean): boolean | null {
  const own = valuesOf(answer.fields, 'x-backend').length === 0;
  if (own) return forwarded ? true : null;
  return forwarded && (toHead || answer.body === start) ? null : true;
}

/** Why what came to the client is not what the engine makes of the same bytes without sockets; `null` when it is. */
export function answeredDifference(
  { end, interim, fault }: Relayed,
  sent: Reading,
  came: ResponseReading,
  http10: boolean,
): string | null {
  if (came.excess !== '') return `behind the response comes ${quote(came.excess)}`;
  const last = came.messages.at(-1);
  const isOurs = last !== undefined && valuesOf(last.fields, 'x-cf-routererror').length === 1;
  // A fault in chunks that have come with the head is one before it.
  const mayBeOurs = (end === 'cut' || end === 'reset') && fault !== 'truncated';
  if (end === 'bad-gateway' || (mayBeOurs && isOurs)) {
    const before = http10 ? 0 : interim.length;
    return isOurs && last.start === '502' && before <= came.messages.length
      ? null
      : `the client gets ${quote(last?.start ?? 'nothing')} for ${fault}`;
  }
  for (const [i, message] of sent.messages.entries()) {
    const read = came.messages[i];
    if (read === undefined) return `${quote(message.start)} did not come to the client`;
    const difference = messageDifference('the client', steady(read), 'the engine', steady(message));
    if (difference !== null) return difference;
  }
  return came.messages.length > sent.messages.length ? `${quote(last!.start)} came to the client too` : null;
}

function bare(message: ReadMessage): ReadMessage {
  return { ...message, fields: [], trailers: [] };
}

function steady(message: ReadMessage): ReadMessage {
  const fields: Fields = message.fields.filter(([name]) => !VARYING.includes(name.toLowerCase()));
  return { ...message, fields };
}
