import { GOES_ON } from '../http2/reading.ts';
import type { Ruling } from '../http2/ruling.ts';
import { requestText, responseText, trailersText } from './head-text.ts';
import type { LetterMessage } from './letter-messages.ts';
import { TOO_MUCH } from './message-rules.ts';
import type { HeardStream, OwnReading } from './own-reading.ts';

/** What the letter makes of a case. */
export interface LetterReading {
  readonly isRequest: boolean;
  readonly ruling: Ruling;
  readonly messages: ReadonlyMap<number, LetterMessage>;
}

const CALM = /^11 /;

/** One sentence, or `null` where our engine reads by the letter. */
export function letterDifference(own: OwnReading, letter: LetterReading): string | null {
  const { ruling } = letter;
  const goesOn = own.connection === GOES_ON;
  // How much of what brings nothing is too much is everybody's own choice.
  if (CALM.test(own.connection)) return null;
  if (goesOn && ruling.connection === 'ends') return `keeps a connection that must end: ${ruling.why}`;
  if (!goesOn && ruling.connection === 'goes on') return `ends a connection that goes on: ${own.connection}`;
  const heard = new Map(own.streams.map((stream) => [stream.id, stream]));
  for (const id of new Set([...heard.keys(), ...letter.messages.keys()])) {
    const difference = streamDifference(heard.get(id), letter.messages.get(id), letter);
    if (difference !== null) return `stream ${id}: ${difference}`;
  }
  return null;
}

function streamDifference(
  heard: HeardStream | undefined,
  message: LetterMessage | undefined,
  { ruling, isRequest }: LetterReading,
): string | null {
  const isTaken = heard?.isWhole === true && heard.fault === '';
  if (message === undefined) return isTaken ? 'takes what was not said' : null;
  const { state, why, refusal } = message;
  const isMessage = state === 'whole' && refusal === '';
  if (isTaken && !isMessage) return `takes what is ${state}: ${why || refusal}`;
  if (isTaken) return contentDifference(heard, message, isRequest);
  // What comes behind something that both will do may be lost with it.
  if (ruling.connection === 'either') return null;
  if (isMessage) return `does not take what is whole: ${said(heard)}`;
  // Of what is too large no more is looked at.
  const isSeen = heard !== undefined && refusal !== TOO_MUCH;
  if (state === 'malformed' && isSeen && !heard.reset.startsWith('here'))
    return `does not reset what is malformed: ${why}, ${said(heard)}`;
  if (heard === undefined || refusal !== '') return null;
  if (!message.body.startsWith(heard.body)) return differ('the body', heard.body, message.body);
  // What ends the connection may be known as an error of the stream first.
  if (state !== 'open' || ruling.connection === 'ends') return null;
  if (heard.reset !== '') return `resets what may go on: ${said(heard)}`;
  return message.head === null ? null : contentDifference(heard, message, isRequest);
}

function said(heard: HeardStream | undefined): string {
  if (heard === undefined) return 'nothing';
  return `${heard.fault || 'no fault'}, ${heard.reset || 'not reset'}`;
}

/** A message that is read in two ways is the worst there is. */
function contentDifference(heard: HeardStream, message: LetterMessage, isRequest: boolean): string | null {
  const textOf = isRequest ? requestText : responseText;
  const head = textOf(message.head ?? []);
  if (heard.head !== head) return differ('the head', heard.head, head);
  const interim = message.interim.map(responseText).join('\n\n');
  if (heard.interim.join('\n\n') !== interim) return differ('1xx', heard.interim.join('\n\n'), interim);
  if (heard.body !== message.body) return differ('the body', heard.body, message.body);
  const trailers = message.trailers === null ? null : trailersText(message.trailers);
  return heard.trailers === trailers ? null : differ('trailers', heard.trailers, trailers);
}

const SHOWN = 200;

function differ(what: string, own: string | null, letter: string | null): string {
  return `reads ${what} as ${JSON.stringify(own)?.slice(0, SHOWN)}, not ${JSON.stringify(letter)?.slice(0, SHOWN)}`;
}
