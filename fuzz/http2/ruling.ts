import { decodeBlock, type ModelField, ModelTable } from '../../test/support/hpack-model.ts';
import { contentOf, endsBlock, endsStream, type Frame, settingsOf } from '../../test/support/http2-frames.ts';
import { ACK, PADDED, PREFACE, TYPE } from '../../test/support/raw-http2.ts';

/** Who speaks: a client, or a server that was asked for one thing on stream 1. */
export type Speaks = 'client' | 'server';

/** What is said of streams, in its order, as far as it is in its place. */
export interface Hears {
  onBlock(stream: number, fields: readonly ModelField[], ends: boolean): void;
  onData(stream: number, content: Buffer, ends: boolean): void;
  onReset(stream: number): void;
  /** Something is an error of the stream by its form alone. */
  onWrong(stream: number): void;
}

const NOBODY: Hears = { onBlock() {}, onData() {}, onReset() {}, onWrong() {} };

/** What RFC 9113 asks of whoever reads what the other side says. */
export interface Ruling {
  /** Whether the connection must be ended for it; `either`: it may. */
  readonly connection: 'ends' | 'goes on' | 'either';
  readonly why: string;
  /** Streams on which something is an error of the stream by its form alone, or comes behind its end. */
  readonly wrong: ReadonlySet<number>;
}

const HEAD_BYTES = 9;
const TABLE_BYTES = 4096;
const LARGEST_FRAME = 16_384;
const MOST = 2 ** 31 - 1;
const FIRST_WINDOW = 65_535;
const HAS_PRIORITY = 0x20;
const PRIORITY_UPDATE = 0x10;
/** Frames of these types are of the connection, those of no other are (§6; RFC 9218 §7.1). */
const OF_CONNECTION: readonly number[] = [TYPE.settings, TYPE.ping, TYPE.goaway, PRIORITY_UPDATE];
const OF_STREAM: readonly number[] = [
  ...[TYPE.data, TYPE.headers, TYPE.priority, TYPE.resetStream, TYPE.continuation, TYPE.pushPromise],
];
/** Frames of another length are none (§6). */
const LENGTHS: Readonly<Record<number, number>> = {
  [TYPE.resetStream]: 4,
  [TYPE.windowUpdate]: 4,
  [TYPE.ping]: 8,
};
/** What a setting may be (§6.5.2; RFC 8441 §3, RFC 9218 §2.1). */
const ALLOWED: Readonly<Record<number, readonly [least: number, most: number]>> = {
  2: [0, 1],
  4: [0, MOST],
  5: [LARGEST_FRAME, 2 ** 24 - 1],
  8: [0, 1],
  9: [0, 1],
};
const INITIAL_WINDOW = 4;
const ENABLE_PUSH = 2;
const CONNECT_PROTOCOL = 8;

/** A header block that is not whole yet. `onItself`: its stream is to depend on that stream. */
interface Block {
  readonly stream: number;
  readonly ending: boolean;
  readonly onItself: boolean;
  readonly pieces: Buffer[];
}

class Ends extends Error {}
class Either extends Error {}

/** Reads frame by frame, as the RFC is written, knowing nothing of what a router made of the streams. */
class Letter {
  readonly wrong = new Set<number>();
  readonly #isClient: boolean;
  readonly #hears: Hears;
  readonly #table = new ModelTable(TABLE_BYTES);
  /** What was said last of each stream: more may come, it has ended, it was given up. */
  readonly #streams = new Map<number, 'open' | 'ended' | 'reset'>();
  readonly #granted = new Map<number, number>();
  #initial = FIRST_WINDOW;
  #last = 0;
  #count = 0;
  #block: Block | null = null;
  #connectProtocol = 0;

  constructor(speaks: Speaks, hears: Hears) {
    this.#isClient = speaks === 'client';
    this.#hears = hears;
    if (this.#isClient) return;
    this.#streams.set(1, 'open');
    this.#last = 1;
  }

  take(frame: Frame): void {
    const { type, flags, stream, payload } = frame;
    const { length } = payload;
    const isFirst = this.#count++ === 0;
    ends(isFirst && (type !== TYPE.settings || (flags & ACK) !== 0), 'SETTINGS do not come first');
    const within = this.#block;
    ends(within !== null && (type !== TYPE.continuation || stream !== within.stream), 'a block interrupted');
    ends(within === null && type === TYPE.continuation, 'CONTINUATION of nothing');
    ends(stream === 0 && OF_STREAM.includes(type), `type ${type} on no stream`);
    ends(stream !== 0 && OF_CONNECTION.includes(type), `type ${type} on a stream`);
    ends((LENGTHS[type] ?? length) !== length, `type ${type} of ${length} bytes`);
    // Nor of a server: it was told that nothing is to be pushed (§6.6).
    ends(type === TYPE.pushPromise, 'PUSH_PROMISE');
    this.#takeType(frame);
  }

  #takeType(frame: Frame): void {
    const { type, stream, payload } = frame;
    if (type === TYPE.headers || type === TYPE.continuation) this.#onBlock(frame);
    else if (type === TYPE.data) this.#onData(frame);
    else if (type === TYPE.settings) this.#onSettings(frame);
    else if (type === TYPE.windowUpdate) this.#onWindow(stream, payload.readUInt32BE(0) % 2 ** 31);
    else if (type === TYPE.priority) this.#onPriority(stream, payload);
    else if (type === TYPE.resetStream) {
      ends(this.#isIdle(stream), 'RST_STREAM on an idle stream');
      if (this.#streams.has(stream)) this.#streams.set(stream, 'reset');
      this.#hears.onReset(stream);
    } else if (type === TYPE.goaway) {
      ends(payload.length < 8, 'GOAWAY too short');
      // Whoever hears it may be done at once.
      throw new Either('GOAWAY');
    } else if (type === PRIORITY_UPDATE) {
      ends(!this.#isClient, 'PRIORITY_UPDATE of a server');
      ends(payload.length < 4 || payload.readUInt32BE(0) % 2 ** 31 === 0, 'PRIORITY_UPDATE of nothing');
    }
  }

  #onBlock(frame: Frame): void {
    const { type, stream, payload, flags } = frame;
    if (type === TYPE.headers) {
      const taken = (flags & PADDED ? 1 + (payload[0] ?? MOST) : 0) + (flags & HAS_PRIORITY ? 5 : 0);
      ends(taken > payload.length, 'padding longer than the frame');
      const at = flags & PADDED ? 1 : 0;
      const dependsOn = flags & HAS_PRIORITY ? payload.readUInt32BE(at) % 2 ** 31 : 0;
      const onItself = this.#isClient && dependsOn === stream;
      this.#block = { stream, ending: endsStream(frame), onItself, pieces: [] };
    }
    const { pieces, ending, onItself } = this.#block!;
    pieces.push(contentOf(frame));
    if (!endsBlock(frame)) return;
    this.#block = null;
    const fields = this.#decoded(Buffer.concat(pieces));
    if (onItself) this.#isWrong(stream);
    this.#onHead(stream, ending);
    this.#hears.onBlock(stream, fields, ending);
  }

  #decoded(block: Buffer): ModelField[] {
    try {
      return decodeBlock(this.#table, TABLE_BYTES, block);
    } catch (error) {
      throw new Ends(`HPACK: ${(error as Error).message}`);
    }
  }

  #onHead(stream: number, ending: boolean): void {
    const before = this.#streams.get(stream);
    if (before === undefined) {
      const isNew = this.#isClient && stream % 2 === 1 && stream > this.#last;
      ends(!isNew, `a new stream ${stream} behind ${this.#last}`);
      this.#last = stream;
    } else this.#behindEnd(stream);
    if (before !== 'reset') this.#streams.set(stream, ending || before === 'ended' ? 'ended' : 'open');
  }

  #onData(frame: Frame): void {
    const { stream, flags, payload } = frame;
    ends((flags & PADDED) !== 0 && (payload[0] ?? MOST) >= payload.length, 'padding longer than the frame');
    ends(this.#isIdle(stream), 'DATA on an idle stream');
    this.#behindEnd(stream);
    if (endsStream(frame) && this.#streams.get(stream) === 'open') this.#streams.set(stream, 'ended');
    this.#hears.onData(stream, contentOf(frame), endsStream(frame));
  }

  #isWrong(stream: number): void {
    this.wrong.add(stream);
    this.#hears.onWrong(stream);
  }

  /** An error of the stream, or of the connection: that depends on what the other side has said (§5.1). */
  #behindEnd(stream: number): void {
    ends(!this.#streams.has(stream), `something on ${stream}, which was passed over`);
    if (this.#streams.get(stream) === 'open') return;
    this.#isWrong(stream);
    throw new Either(`something behind the end of ${stream}`);
  }

  #onSettings({ flags, payload }: Frame): void {
    const isAck = (flags & ACK) !== 0;
    ends(isAck ? payload.length > 0 : payload.length % 6 !== 0, 'SETTINGS of another length');
    for (const [id, value] of settingsOf({ payload } as Frame)) {
      const [least, most] = ALLOWED[id] ?? [0, Number.POSITIVE_INFINITY];
      const isPush = id === ENABLE_PUSH && value > 0 && !this.#isClient;
      ends(isPush || value < least || value > most, `the setting ${id} of ${value}`);
      if (id === CONNECT_PROTOCOL) {
        ends(value < this.#connectProtocol, 'extended CONNECT is taken back');
        this.#connectProtocol = value;
      }
      if (id !== INITIAL_WINDOW) continue;
      this.#initial = value;
      const granted = [...this.#granted].map(([stream, by]) => (stream === 0 ? 0 : by));
      // Of a stream that is over there is no window.
      if (Math.max(0, ...granted) + value > MOST) throw new Either('a window beyond the largest');
    }
  }

  #onWindow(stream: number, by: number): void {
    ends(this.#isIdle(stream) && stream !== 0, 'WINDOW_UPDATE on an idle stream');
    const granted = (this.#granted.get(stream) ?? 0) + by;
    this.#granted.set(stream, granted);
    const isWrong = by === 0 || granted + (stream === 0 ? FIRST_WINDOW : this.#initial) > MOST;
    ends(isWrong && stream === 0, 'the window of the connection');
    if (isWrong) this.#isWrong(stream);
  }

  #onPriority(stream: number, payload: Buffer): void {
    // §5.3.2: on whatever a server's streams depend, that means nothing.
    const isWrong = payload.length !== 5 || (this.#isClient && payload.readUInt32BE(0) % 2 ** 31 === stream);
    if (!isWrong) return;
    this.#isWrong(stream);
    // §6.3 has it an error of a stream, which there may not be.
    if (this.#streams.get(stream) !== 'open') throw new Either('a bad PRIORITY');
  }

  #isIdle(stream: number): boolean {
    return stream % 2 === 0 || stream > this.#last;
  }
}

function ends(isWrong: boolean, why: string): void {
  if (isWrong) throw new Ends(why);
}

/** `bytes`: all that is said, a client's preface first. */
export function rulingOf(bytes: Buffer, speaks: Speaks = 'client', hears: Hears = NOBODY): Ruling {
  const letter = new Letter(speaks, hears);
  const { wrong } = letter;
  const first = speaks === 'client' ? PREFACE.length : 0;
  if (!bytes.subarray(0, first).equals(PREFACE.subarray(0, first))) {
    return { connection: 'ends', why: 'no preface', wrong };
  }
  let left = '';
  for (let at = first; at < bytes.length; ) {
    // Whatever is acknowledged next is read as the rest of it.
    if (at + HEAD_BYTES > bytes.length) return { connection: 'either', why: left || 'half a frame', wrong };
    const length = bytes.readUIntBE(at, 3);
    const [type, flags] = [bytes[at + 3]!, bytes[at + 4]!];
    const stream = bytes.readUInt32BE(at + 5) % 2 ** 31;
    const start = at + HEAD_BYTES;
    at = start + length;
    try {
      checkSize(type, length);
      // Of the rest of a frame that is not whole nobody can tell.
      if (at > bytes.length) throw new Either('a frame that is not whole');
      letter.take({ type, flags, stream, payload: bytes.subarray(start, at) });
    } catch (error) {
      if (error instanceof Ends)
        return { connection: left === '' ? 'ends' : 'either', why: error.message, wrong };
      if (!(error instanceof Either)) throw error;
      left ||= error.message;
    }
  }
  return { connection: left === '' ? 'goes on' : 'either', why: left, wrong };
}

/** §4.2: of the connection where the frame could change that; else it may be the stream's. */
function checkSize(type: number, length: number): void {
  if (length <= LARGEST_FRAME) return;
  ends(type !== TYPE.data && type !== TYPE.priority && type <= TYPE.continuation, 'a frame too large');
  throw new Either('a frame too large');
}
