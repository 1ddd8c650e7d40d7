import { frame, PREFACE, TYPE } from '../../test/support/raw-http2.ts';
import { asFrames, greeting } from '../crossing/as-frames.ts';
import { type Message, makeRequest, makeResponse } from '../crossing/message.ts';
import { nonceOf } from '../crossing/nonce.ts';
import { addOddFrames } from '../crossing/odd-frames.ts';
import { bytesOf, CASE_HOST, type Part } from '../crossing/part.ts';
import { Random } from '../random.ts';

/** All that a client of HTTP/2 says on one connection, in one write. */
export interface Conversation {
  readonly kind: 'conversation';
  /** What each stream's request carries in its path and in a field, by the stream's number. */
  readonly marks: Readonly<Record<number, string>>;
  readonly parts: readonly Part[];
}

/** All that a backend of HTTP/2 says to one request. */
export interface Reply {
  readonly kind: 'reply';
  readonly method: 'GET' | 'HEAD';
  readonly greeting: readonly Part[];
  readonly parts: readonly Part[];
}

export type Http2Case = Conversation | Reply;

/** Floods are a matter of budgets, which are everybody's own. */
const MOST_ALIKE = 3;
const MOST_STREAMS = 4;
const FIRST_WINDOW = 65_535;
const MOST_BODY = 10_000;
const HTTP_1_1_REQUIRED = '\0\0\0\x0d';

/** What a client says last: once that is answered, all before has been read. */
export const LAST = Buffer.from('the last');

/** All that goes over the connection. */
export function bytesOfConversation({ parts }: Conversation): Buffer {
  const said = parts.map((part) =>
    part.kind === 'pause' || part.kind === 'close' ? Buffer.alloc(0) : bytesOf(part, CASE_HOST),
  );
  return Buffer.concat([...said, frame(TYPE.ping, 0, 0, LAST)]);
}

/** Case number `index` of `seed`, which is the same on every machine: two of three are conversations. */
export function makeHttp2Case(seed: number, index: number): Http2Case {
  const random = new Random(seed, index);
  return index % 3 === 2 ? makeReply(index, random) : makeConversation(index, random);
}

function makeConversation(index: number, random: Random): Conversation {
  const count = 1 + random.below(MOST_STREAMS);
  const odd = random.below(count + 1);
  const marks: Record<number, string> = {};
  const streams = Array.from({ length: count }, (_, i) => {
    const id = 1 + 2 * i;
    marks[id] = nonceOf((index * MOST_STREAMS + i) % 2 ** 24);
    // Most requests are good, so that what becomes of them beside a bad one is seen.
    const wild = i === odd;
    const parts = asFrames(
      short(() => makeRequest(marks[id]!, wild, random)),
      wild,
      random,
    );
    return parts.map((part) => ('stream' in part && part.stream !== 0 ? { ...part, stream: id } : part));
  });
  const mixed = mix(streams, random);
  const changed = random.oneIn(3) ? quieter(addOddFrames(mixed, random)) : mixed;
  const first = greeting(PREFACE.toString('latin1'), random.oneIn(4), random);
  return { kind: 'conversation', marks, parts: [...first, ...changed] };
}

function makeReply(index: number, random: Random): Reply {
  const wild = !random.oneIn(6);
  const response = short(() => makeResponse(nonceOf(index % 2 ** 24), wild, random));
  const method = random.oneIn(6) ? 'HEAD' : 'GET';
  const parts = asFrames(
    method === 'HEAD' && !random.oneIn(3) ? { ...response, body: [] } : response,
    wild,
    random,
  );
  return {
    kind: 'reply',
    method,
    greeting: greeting('', random.oneIn(8), random),
    parts: (random.oneIn(3) ? quieter(addOddFrames(parts, random)) : parts).filter(asksNoHttp1),
  };
}

/** One after the other and among each other; heads in the order of their streams (RFC 9113 §5.1.1). */
function mix(streams: readonly (readonly Part[])[], random: Random): Part[] {
  const left = streams.map((parts) => [...parts]);
  const mixed: Part[] = [];
  let begun = 0;
  while (left.some((parts) => parts.length > 0)) {
    const at = random.below(Math.min(begun + 1, left.length));
    begun = Math.max(begun, at + 1);
    mixed.push(...left[at]!.splice(0, 1 + random.below(3)));
  }
  return mixed;
}

/** Without the same thing said again and again, without the connection's end in between, and within the first windows. */
function quieter(parts: readonly Part[]): Part[] {
  let bytes = 0;
  return parts.filter((part, at) => {
    if (part.kind === 'frame' && part.type === TYPE.data) bytes += part.payload.length;
    return part.kind !== 'close' && part !== parts[at - MOST_ALIKE] && bytes < FIRST_WINDOW;
  });
}

/** HTTP_1_1_REQUIRED is heeded for as long as there is the endpoint: no later case would be HTTP/2. */
function asksNoHttp1(part: Part): boolean {
  if (part.kind !== 'frame') return true;
  const code = part.type === TYPE.resetStream ? part.payload : part.payload.slice(4, 8);
  return (part.type !== TYPE.resetStream && part.type !== TYPE.goaway) || code !== HTTP_1_1_REQUIRED;
}

/** Nobody waits for windows here, so that what is said is the same to all. */
function short(make: () => Message): Message {
  for (;;) {
    const message = make();
    if (message.body.join('').length < MOST_BODY) return message;
  }
}
