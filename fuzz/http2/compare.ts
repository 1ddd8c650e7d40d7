import { type Conversation, type Reply, writesOf } from './conversation.ts';
import { allowedOfConnection, allowedOfReply, allowedOfStream } from './differences.ts';
import { fieldsToEnd, isNoField } from './fields-said.ts';
import { type ConversationReading, GOES_ON, isWhole, type ReplyReading } from './reading.ts';
import { type Ruling, rulingOf } from './ruling.ts';

export type Readers<T> = Readonly<Record<string, T>>;

/** What is looked at stands in every reading under this name. */
export const ROUTER = 'cellgate';

/** What is known of a reader's stream: that a request was taken, that none was, or neither. */
type Stand = 'takes' | 'refuses' | 'says nothing';

/** One sentence, or `null` where the router reads a conversation as others do. */
export function conversationDifference(
  conversation: Conversation,
  readings: Readers<ConversationReading>,
): string | null {
  const { [ROUTER]: own, ...others } = readings as Record<string, ConversationReading>;
  // Behind an error the judge may have lost his place.
  const [wrong] = own!.connection === GOES_ON ? own!.wrongs : [];
  if (wrong !== undefined) return `the router says what it must not: ${wrong}`;
  const ruling = rulingOf(Buffer.concat(writesOf(conversation)));
  for (const id of Object.keys(conversation.marks).map(Number)) {
    const content = contentDifference(id, own!, others);
    if (content !== null) return `stream ${id}: ${content}`;
    const stand = fieldsDifference(conversation, id, own!, ruling) ?? standDifference(id, own!, others);
    if (stand === null || allowedOfStream(conversation, id, readings, ruling) !== null) continue;
    return `stream ${id}: ${stand}`;
  }
  const difference = connectionDifference(own!, others, ruling);
  return difference === null || allowedOfConnection(conversation, readings) !== null ? null : difference;
}

/** A request that comes out in two ways is the worst there is: nobody else's fault makes it right. */
function contentDifference(
  id: number,
  own: ConversationReading,
  others: Readers<ConversationReading>,
): string | null {
  const { took } = own.streams[id]!;
  for (const [name, { streams }] of Object.entries(others)) {
    const other = streams[id]!.took;
    if (took !== null && other !== null && took !== other)
      return `the router takes ${took}, ${name} ${other}`;
  }
  return null;
}

/** Whether it takes what RFC 9113 §8.2.1 has malformed, whoever else does. */
function fieldsDifference(
  made: Conversation,
  id: number,
  { streams }: ConversationReading,
  { wrong }: Ruling,
): string | null {
  // What comes behind a request is none of it.
  if (streams[id]!.took === null || wrong.has(id)) return null;
  const field = fieldsToEnd(made, id).find(isNoField);
  return field === undefined ? null : `the router takes a field that is none: ${JSON.stringify(field)}`;
}

/** Whether the router stands alone. Where the others differ among themselves one of them errs, or the RFC leaves it open. */
function standDifference(
  id: number,
  own: ConversationReading,
  others: Readers<ConversationReading>,
): string | null {
  const stand = standOf(id, own);
  const stands = Object.values(others).map((other) => standOf(id, other));
  const [first] = stands;
  if (stands.length < 2 || stands.some((each) => each !== first)) return null;
  if (stand === first || stand === 'says nothing' || first === 'says nothing') return null;
  return `the router ${stand} (${own.streams[id]!.told}) what all others ${first === 'takes' ? 'take' : 'refuse'}`;
}

/** Others may end a connection for what is an error of one stream (RFC 9113 §5.4.1): the letter counts. */
function connectionDifference(
  own: ConversationReading,
  others: Readers<ConversationReading>,
  { connection, why }: Ruling,
): string | null {
  const goesOn = own.connection === GOES_ON;
  if (goesOn && connection === 'ends') return `the router keeps a connection that must end: ${why}`;
  if (!goesOn && connection === 'goes on')
    return `the router ends a connection that goes on: ${own.connection}`;
  const all = Object.values(others);
  if (goesOn || connection === 'ends' || all.length < 2) return null;
  return all.every((reading) => reading.connection === GOES_ON)
    ? `the router ends a connection that all others keep: ${own.connection}, ${why}`
    : null;
}

function standOf(id: number, { streams, connection }: ConversationReading): Stand {
  const { took, told } = streams[id]!;
  if (took !== null) return 'takes';
  if (/^[45]|^reset PROTOCOL_ERROR/.test(told)) return 'refuses';
  // What was under way on a connection that is ended may have come to anything.
  return told.startsWith('reset') && connection === GOES_ON ? 'refuses' : 'says nothing';
}

/** The same of a backend's reply. */
export function replyDifference(reply: Reply, readings: Readers<ReplyReading>): string | null {
  const { [ROUTER]: own, ...others } = readings as Record<string, ReplyReading>;
  const difference = ((): string | null => {
    for (const [name, reading] of Object.entries(others)) {
      if (isWhole(own!) && isWhole(reading) && own !== reading)
        return `the router gets ${own}, ${name} ${reading}`;
    }
    const all = Object.values(others);
    if (all.length < 2) return null;
    const field = fieldsToEnd(reply, 1).find(isNoField);
    if (isWhole(own!) && field !== undefined)
      return `the router takes a field that is none: ${JSON.stringify(field)}`;
    if (isWhole(own!) && !all.some(isWhole)) return `the router takes as whole (${own}) what no other does`;
    if (!isWhole(own!) && all.every(isWhole)) return `the router has ${own} where all others have ${all[0]}`;
    return null;
  })();
  return difference === null || allowedOfReply(reply, readings) !== null ? null : difference;
}
