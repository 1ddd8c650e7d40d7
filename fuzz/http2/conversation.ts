import { frame, PREFACE, SETTING, TYPE } from '../../test/support/raw-http2.ts';
import { asFrames, greeting, settingsText, uint32Text } from '../crossing/as-frames.ts';
import { type Message, makeRequest, makeResponse } from '../crossing/message.ts';
import { nonceOf } from '../crossing/nonce.ts';
import { addOddFrames } from '../crossing/odd-frames.ts';
import { bytesOf, CASE_HOST, type Part } from '../crossing/part.ts';
import { Random } from '../random.ts';
import { dress } from './dress.ts';

/** All that a client of HTTP/2 says on one connection, in one write but for pauses, which are short. */
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
const WINDOWS = [0, 1, 100, 5000, 16_384, FIRST_WINDOW];
const HTTP_1_1_REQUIRED = '\0\0\0\x0d';

/** What a client says last: once that is answered, all before has been read. */
export const LAST = Buffer.from('the last');

/** All that goes over the connection, write by write. */
export function writesOf({ parts }: Pick<Conversation, 'parts'>): Buffer[] {
  const writes: Buffer[][] = [[]];
  for (const part of parts) {
    if (part.kind === 'pause') writes.push([]);
    else if (part.kind !== 'close') writes.at(-1)!.push(bytesOf(part, CASE_HOST));
  }
  writes.at(-1)!.push(frame(TYPE.ping, 0, 0, LAST));
  return writes.map((pieces) => Buffer.concat(pieces));
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
  const said = random.oneIn(3) ? dress(mixed, true, random) : mixed;
  const changed = random.oneIn(3) ? quieter(addOddFrames(said, random)) : inWindows(said, marks, random);
  const first = greeting(PREFACE.toString('latin1'), random.oneIn(4), random);
  return { kind: 'conversation', marks, parts: [...first, ...changed] };
}

function makeReply(index: number, random: Random): Reply {
  const wild = !random.oneIn(6);
  const response = short(() => makeResponse(nonceOf(index % 2 ** 24), wild, random));
  const method = random.oneIn(6) ? 'HEAD' : 'GET';
  const plain = asFrames(
    method === 'HEAD' && !random.oneIn(3) ? { ...response, body: [] } : response,
    wild,
    random,
  );
  const parts = random.oneIn(3) ? dress(plain, false, random) : plain;
  return {
    kind: 'reply',
    method,
    greeting: greeting('', random.oneIn(8), random),
    parts: (random.oneIn(3) ? quieter(addOddFrames(parts, random)) : parts).filter(asksNoHttp1),
  };
}

/** Now and then with windows for the responses that begin small, and are changed while those come. */
function inWindows(
  parts: readonly Part[],
  marks: Readonly<Record<number, string>>,
  random: Random,
): readonly Part[] {
  if (!random.oneIn(3)) return parts;
  const ids = Object.keys(marks).map(Number);
  const framed = (type: number, stream: number, payload: string): Part => {
    return { kind: 'frame', type, flags: 0, stream, payload };
  };
  const initial = (bytes: number) =>
    framed(TYPE.settings, 0, settingsText([[SETTING.initialWindowSize, bytes]]));
  let changed: Part[] = [...parts];
  for (let count = 1 + random.below(5); count > 0; count--) {
    const change = random.pick([
      initial(random.pick(WINDOWS)),
      framed(TYPE.windowUpdate, random.pick(ids), uint32Text(random.pick([1, 10, 5000]))),
    ]);
    const pause: Part = { kind: 'pause', until: random.oneIn(2) ? 'turn' : 'heard' };
    // Of a stream that is idle nobody may speak: they come behind all heads.
    changed = random.oneIn(2) ? [...changed, pause, change] : [...changed, change];
  }
  return [initial(random.pick(WINDOWS)), ...changed, { kind: 'pause', until: 'turn' }, initial(FIRST_WINDOW)];
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
