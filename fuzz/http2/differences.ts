import type { Fields } from '../../test/support/hpack.ts';
import { FrameReader } from '../../test/support/http2-frames.ts';
import { PADDED, TYPE } from '../../test/support/raw-http2.ts';
import { bytesOf, CASE_HOST, type Part } from '../crossing/part.ts';
import type { Conversation, Http2Case, Reply } from './conversation.ts';
import { fieldsOf, isNoField } from './fields-said.ts';
import { type ConversationReading, GOES_ON, isWhole, type ReplyReading } from './reading.ts';
import type { Ruling } from './ruling.ts';

/** What the router makes of a stream, a connection or a reply, and others otherwise: whose choice or fault it is. */
interface Known<Case, Reading> {
  readonly why: string;
  /** `id`: of the stream, 0 for the connection. `own`: what the router made of it. */
  readonly applies: (
    made: Case,
    id: number,
    own: Reading,
    others: readonly Reading[],
    ruling: Ruling | null,
  ) => boolean;
}

const ROUTER = 'cellgate';
const MALFORMED_FIELD =
  'RFC 9113 §8.2.1, RFC 9110 §5.5: a field with a name or a value that is none is malformed, as over HTTP/1.1; ' +
  'nghttp2 (as it is asked here) and HAProxy let padding and control characters pass, or leave the field out';
/** Fewer fields and bytes are below the limits of all readers. */
const MANY_FIELDS = 90;
const MANY_BYTES = 10_000;
const MANY_FRAMES = 9;
const MOST_PADDING = 256;
const PRIORITY_UPDATE = 0x10;
const SIZE_UPDATES = '\x20\x20\x20';

const LENGTH_BEHIND =
  'RFC 9110 §6.5.1: a length behind what it is the length of is refused, as over HTTP/1.1';

const OF_STREAMS: readonly Known<Conversation, ConversationReading>[] = [
  {
    why: 'how large a head or trailers may be is everybody’s own choice',
    applies: (made, id, { streams }) =>
      /^(?:431|414|reset (?:ENHANCE_YOUR_CALM|PROTOCOL_ERROR))$/.test(streams[id]!.told) &&
      isLarge(fieldsOf(made, id)),
  },
  {
    why: MALFORMED_FIELD,
    applies: (made, id, { streams }) => streams[id]!.took === null && fieldsOf(made, id).some(isNoField),
  },
  {
    why: 'RFC 9113 §5.4: an error behind a whole request ends its stream here; others had handed the request on',
    applies: (_, id, { streams }, __, ruling) =>
      streams[id]!.told.startsWith('reset ') && ruling!.wrong.has(id),
  },
  {
    why: 'RFC 9110 §6.5.1: what means nothing in trailers is left out; others refuse the request for it',
    applies: (made, id, { streams }) => streams[id]!.told === '200' && hasTrailer(made, id, 'host'),
  },
  {
    why: LENGTH_BEHIND,
    applies: (made, id, { streams }) =>
      streams[id]!.told === 'reset PROTOCOL_ERROR' && hasTrailer(made, id, 'content-length'),
  },
  {
    why: 'RFC 9220 §3: a protocol that is not spoken here is answered 501; others ask the backend',
    applies: (made, id, { streams }) =>
      streams[id]!.told === '501' && fieldsOf(made, id).some(([name]) => name === ':protocol'),
  },
  {
    why: 'a handshake for a WebSocket that is none is refused as over HTTP/1.1; others leave it to the backend',
    applies: (made, id, { streams }) =>
      streams[id]!.told === '400' && fieldsOf(made, id).some(([name]) => name === ':protocol'),
  },
  {
    why: 'all have reset it in the end; whether a request for a tunnel had gone on by then is a matter of the moment',
    applies: (made, id, own, others) =>
      own.streams[id]!.told.startsWith('reset ') &&
      others.every(
        ({ streams, connection }) => streams[id]!.told.startsWith('reset ') || connection !== GOES_ON,
      ) &&
      fieldsOf(made, id).some(([name]) => name === ':protocol'),
  },
  {
    why: 'docs/compatibility.md: X-CF-App-Instance names an instance, which there is not',
    applies: (made, id, { streams }) =>
      /^40[04]$/.test(streams[id]!.told) && fieldsOf(made, id).some(([name]) => name === 'x-cf-app-instance'),
  },
  {
    why: 'RFC 9113 §8.3.1: a Host that differs from the authority is refused, where others take the authority',
    applies: (made, id, { streams }) =>
      streams[id]!.told === '400' &&
      fieldsOf(made, id).some(([name, value]) => name === 'host' && value !== CASE_HOST),
  },
  {
    why: 'the router has a route for each host or none',
    applies: (made, id, { streams }) =>
      streams[id]!.told === '404' &&
      fieldsOf(made, id).some(([name, value]) => /^(?::authority|host)$/.test(name) && value !== CASE_HOST),
  },
];

const OF_CONNECTIONS: readonly Known<Conversation, ConversationReading>[] = [
  {
    why: 'a client that says GOAWAY gets what it has asked for, and the end',
    applies: ({ parts }, _, { connection }) =>
      connection === 'closed' && parts.some((part) => part.kind === 'frame' && part.type === TYPE.goaway),
  },
  {
    why: 'how much of what brings nothing is too much is everybody’s own choice',
    applies: (_, __, { connection }) => connection === 'ENHANCE_YOUR_CALM',
  },
];

const OF_REPLIES: readonly Known<Reply, ReplyReading>[] = [
  {
    why: MALFORMED_FIELD,
    applies: (made, id, own) => !isWhole(own) && fieldsOf(made, id).some(isNoField),
  },
  {
    why: 'RFC 9113 §5.3.2: what a backend says of priorities means nothing, on whatever its streams depend',
    applies: ({ parts }, _, own) =>
      isWhole(own) && parts.some((part) => part.kind === 'frame' && part.type === TYPE.priority),
  },
  {
    why: LENGTH_BEHIND,
    applies: (made, id, own) => own === 'cut' && hasTrailer(made, id, 'content-length'),
  },
  {
    why: 'RFC 9113 §8.1: nothing stands between a 1xx and the head; DATA of no bytes passes others',
    applies: (made, id, own) =>
      own === 'bad gateway' && fieldsOf(made, id).some(isInterim) && hasEmptyData(made),
  },
  {
    why: 'RFC 9113 §6.6: to push what must not be pushed ends a connection; others have the response whole by then',
    applies: ({ parts }, _, own) =>
      !isWhole(own) && parts.some((part) => part.kind === 'block' && part.type === TYPE.pushPromise),
  },
  {
    why: 'RFC 9218 §7.1: no server says PRIORITY_UPDATE; others do not know it',
    applies: ({ parts }, _, own) =>
      !isWhole(own) && parts.some((part) => part.kind === 'frame' && part.type === PRIORITY_UPDATE),
  },
  {
    why: 'RFC 7541 §4.2: at most two updates of the table’s size stand before a block; others take more',
    applies: ({ parts }, _, own) =>
      !isWhole(own) && parts.some((part) => part.kind === 'block' && part.prefix === SIZE_UPDATES),
  },
  {
    why: 'how large a head or trailers may be is everybody’s own choice',
    applies: (made, id) => isLarge(fieldsOf(made, id)),
  },
  {
    why: 'what is as long as it stated is whole to a client of HTTP/1.1; what comes behind it comes too late',
    applies: (made, _, own) =>
      lengthOf(own) === (made.method === 'HEAD' || /^[23]04 /.test(own) ? 0 : statedOf(made)),
  },
  {
    why: 'nghttp2 takes no header block in more than nine frames; how many are too many is everybody’s own choice',
    applies: ({ parts }, _, own) => isWhole(own) && parts.some(isInManyFrames),
  },
  {
    why: 'HAProxy 2.6 loses what comes behind padding of a server, or all of it; the word of nghttp2 counts',
    applies: ({ parts }, _, own, [nghttp2]) =>
      (nghttp2 === own || !isWhole(nghttp2 ?? '')) &&
      parts.some((part) => part.kind === 'frame' && part.type === TYPE.data && (part.flags & PADDED) !== 0),
  },
  {
    why: 'RFC 9113 §5.5: a frame of no known type is nothing; nghttp2 knows ALTSVC and ORIGIN, HAProxy looks at the stream',
    applies: ({ parts }, _, own) =>
      isWhole(own) && parts.some((part) => part.kind === 'frame' && part.type > TYPE.continuation),
  },
  {
    why: 'RFC 9113 §6.3: PRIORITY of no stream ends the connection; nghttp2 reads none any more',
    applies: ({ parts }, _, own) =>
      !isWhole(own) &&
      parts.some((part) => part.kind === 'frame' && part.type === TYPE.priority && part.stream === 0),
  },
  {
    why: 'HAProxy 2.6 gives a body that breaks off behind a 1xx its last chunk',
    applies: (made, _, own, others) => others.includes(own) && fieldsOf(made, 1).some(isInterim),
  },
];

/** Why the router may differ here; `null` where nothing is known. */
export function allowedOfStream(
  made: Conversation,
  id: number,
  readings: Readonly<Record<string, ConversationReading>>,
  ruling: Ruling,
): string | null {
  return whyOf(OF_STREAMS, made, id, readings, ruling);
}

export function allowedOfConnection(
  made: Conversation,
  readings: Readonly<Record<string, ConversationReading>>,
): string | null {
  return whyOf(OF_CONNECTIONS, made, 0, readings);
}

export function allowedOfReply(made: Reply, readings: Readonly<Record<string, ReplyReading>>): string | null {
  return whyOf(OF_REPLIES, made, 1, readings);
}

function whyOf<Case, Reading>(
  known: readonly Known<Case, Reading>[],
  made: Case,
  id: number,
  readings: Readonly<Record<string, Reading>>,
  ruling: Ruling | null = null,
): string | null {
  const { [ROUTER]: own, ...others } = readings;
  const all = Object.values(others);
  return known.find(({ applies }) => applies(made, id, own as Reading, all, ruling))?.why ?? null;
}

function hasEmptyData({ parts }: Reply): boolean {
  const head = parts.findLastIndex(
    (part) => part.kind === 'block' && part.fields.some(([name]) => name === ':status'),
  );
  return parts
    .slice(0, head)
    .some((part) => part.kind === 'frame' && part.type === TYPE.data && part.payload.length <= MOST_PADDING);
}

function isInManyFrames(part: Part): boolean {
  return part.kind === 'block' && new FrameReader().push(bytesOf(part, CASE_HOST)).length > MANY_FRAMES;
}

function hasTrailer({ parts }: Http2Case, id: number, wanted: string): boolean {
  return parts.some(
    (part) =>
      part.kind === 'block' &&
      part.stream === id &&
      !part.fields.some(([name]) => name.startsWith(':')) &&
      part.fields.some(([name]) => name === wanted),
  );
}

function isLarge(fields: Fields): boolean {
  const bytes = fields.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  return fields.length > MANY_FIELDS || bytes > MANY_BYTES;
}

function isInterim([name, value]: Fields[number]): boolean {
  return name === ':status' && value.startsWith('1');
}

/** The length that the reply states, if it does. */
function statedOf(made: Reply): number | undefined {
  const stated = fieldsOf(made, 1).find(([name]) => name === 'content-length')?.[1];
  return stated === undefined ? undefined : Number(stated);
}

/** Of the body in a reading; see `digestOf`. */
function lengthOf(reading: ReplyReading): number | null {
  const [, digest = ''] = /^\d+ (.*)$/s.exec(reading) ?? [];
  if (digest.startsWith('"')) return (JSON.parse(digest) as string).length;
  return digest === '' ? null : Number(digest.split(':')[0]);
}
