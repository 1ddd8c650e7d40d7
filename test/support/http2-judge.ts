import type { Fields } from './hpack.ts';
import { contentOf, endsBlock, endsStream, type Frame, settingsOf } from './http2-frames.ts';
import { ACK, TYPE } from './raw-http2.ts';

/** Of the side that is not judged. */
export type Role = 'client' | 'server';

const DEFAULT_WINDOW = 65_535;
const LARGEST_WINDOW = 2 ** 31 - 1;
const DEFAULT_FRAME = 16_384;
const PRIORITY_UPDATE = 16;
const INITIAL_WINDOW_SIZE = 4;
const MAX_FRAME_SIZE = 5;

/** RFC 9113 §8.2.2. */
const OF_ONE_HOP = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'];
const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const VALUE = /^$|^[^\s\0](?:[^\0\r\n]*[^\s\0])?$/;

interface JudgedStream {
  /** Bytes of DATA that the router may send beyond the initial window; bytes that it has sent. */
  granted: number;
  used: number;
  /** What the router has said of it last. */
  said: 'nothing' | 'head' | 'end' | 'reset';
  /** Whether the final head has come. */
  headed: boolean;
  body: number;
  length: number | null;
}

/** Watches one HTTP/2 connection and writes down whatever the router must not send (RFC 9113, where no other is named). */
export class Http2Judge {
  readonly wrongs: string[] = [];
  readonly #role: Role;
  readonly #streams = new Map<number, JudgedStream>();
  readonly #pings: Buffer[] = [];
  /** SETTINGS that the router has yet to acknowledge. */
  readonly #unanswered: Frame[] = [];
  #count = 0;
  #block = 0;
  #highest = 0;
  #lastAllowed = LARGEST_WINDOW;
  #initial = DEFAULT_WINDOW;
  #largest = DEFAULT_FRAME;
  #granted = DEFAULT_WINDOW;
  #used = 0;

  constructor(role: Role) {
    this.#role = role;
  }

  /** What the test's side has said; whether that was right is no matter of the judge. */
  sent(frame: Frame): void {
    const { type, flags, stream, payload } = frame;
    if (type === TYPE.headers) this.#highest = Math.max(this.#highest, stream);
    else if (type === TYPE.ping && !(flags & ACK)) this.#pings.push(payload);
    else if (type === TYPE.windowUpdate && payload.length === 4) {
      if (stream === 0) this.#granted += payload.readUInt32BE(0);
      else this.#stream(stream).granted += payload.readUInt32BE(0);
    } else if (type === TYPE.settings && !(flags & ACK)) {
      this.#unanswered.push(frame);
      for (const [id, value] of settingsOf(frame)) {
        if (id === INITIAL_WINDOW_SIZE) this.#initial = Math.max(this.#initial, value);
        if (id === MAX_FRAME_SIZE) this.#largest = Math.max(this.#largest, value);
      }
    }
  }

  /** A frame of the router. `fields`: of the header block that ends with it. */
  heard(frame: Frame, fields: Fields | null): void {
    const { type, flags, stream, payload } = frame;
    const first = this.#count++ === 0;
    this.#check(!first || (type === TYPE.settings && !(flags & ACK)), 'begins without SETTINGS (§3.4)');
    this.#check(payload.length <= this.#largest, `a frame of ${payload.length} bytes (§4.2)`);
    const within = this.#block;
    this.#check(
      within === 0 ? type !== TYPE.continuation : type === TYPE.continuation && stream === within,
      `a frame of type ${type} on ${stream} within a header block on ${within} (§4.3)`,
    );
    if (type === TYPE.headers || type === TYPE.continuation) this.#block = endsBlock(frame) ? 0 : stream;
    if (type >= TYPE.settings && type !== TYPE.windowUpdate && type !== TYPE.continuation) {
      this.#onConnectionFrame(frame);
    } else if (stream === 0) {
      this.#check(type === TYPE.windowUpdate && raises(payload), `type ${type} on stream 0 (§6)`);
    } else {
      this.#onStreamFrame(frame, fields);
    }
  }

  #onConnectionFrame(frame: Frame): void {
    const { type, flags, stream, payload } = frame;
    this.#check(stream === 0, `type ${type} on stream ${stream} (§6)`);
    if (type === TYPE.ping) {
      this.#check(payload.length === 8, 'a PING of another length (§6.7)');
      if (flags & ACK)
        this.#check(this.#pings.shift()?.equals(payload) ?? false, 'an odd answer to PING (§6.7)');
    } else if (type === TYPE.settings && flags & ACK) {
      this.#check(this.#unanswered.length > 0, 'a SETTINGS acknowledged that was never sent (§6.5.3)');
      for (const [id, value] of settingsOf(this.#unanswered.shift() ?? frame)) {
        if (id === INITIAL_WINDOW_SIZE) this.#initial = value;
        if (id === MAX_FRAME_SIZE) this.#largest = value;
      }
    } else if (type === TYPE.goaway) {
      const last = payload.readUInt32BE(0);
      this.#check(last <= this.#lastAllowed, 'a GOAWAY whose last stream grows (§6.8)');
      this.#lastAllowed = last;
    } else {
      this.#check(type === TYPE.settings || type === PRIORITY_UPDATE, `a frame of type ${type}`);
    }
  }

  #onStreamFrame(frame: Frame, fields: Fields | null): void {
    const { type, stream: id, payload } = frame;
    if (this.#role === 'client')
      this.#check(id % 2 === 1 && id <= this.#highest, `speaks of stream ${id} (§5.1)`);
    else if (type === TYPE.headers && !this.#streams.has(id)) {
      this.#check(id % 2 === 1 && id > this.#highest, `opens stream ${id} behind ${this.#highest} (§5.1.1)`);
      this.#highest = Math.max(this.#highest, id);
    }
    const stream = this.#stream(id);
    this.#check(stream.said !== 'reset', `type ${type} on ${id}, which it has reset (§5.1)`);
    if (type === TYPE.data || type === TYPE.headers) {
      this.#check(stream.said !== 'end', `type ${type} on ${id}, which it has ended (§5.1)`);
    }
    if (type === TYPE.data) {
      this.#check(stream.headed, `DATA on ${id} before a head (§8.1)`);
      this.#spend(stream, id, payload.length);
      stream.body += contentOf(frame).length;
    } else if (type === TYPE.resetStream) {
      this.#check(payload.length === 4, 'RST_STREAM of another length (§6.4)');
      stream.said = 'reset';
    } else if (type === TYPE.windowUpdate)
      this.#check(raises(payload), `WINDOW_UPDATE by nothing on ${id} (§6.9)`);
    if (fields !== null) this.#onFields(stream, id, fields, endsStream(frame) || stream.said === 'end');
    if (endsStream(frame)) this.#onEnd(stream, id);
  }

  #spend(stream: JudgedStream, id: number, bytes: number): void {
    stream.used += bytes;
    this.#used += bytes;
    if (bytes === 0) return;
    this.#check(this.#used <= this.#granted, `${this.#used} bytes of DATA, ${this.#granted} allowed (§6.9)`);
    const allowed = this.#initial + stream.granted;
    this.#check(stream.used <= allowed, `${stream.used} bytes of DATA on ${id}, ${allowed} allowed (§6.9)`);
  }

  #onEnd(stream: JudgedStream, id: number): void {
    stream.said = 'end';
    const { body, length } = stream;
    this.#check(
      body === 0 || length === null || body === length,
      `${body} bytes on ${id}, not ${length} (§8.1.1)`,
    );
  }

  #onFields(stream: JudgedStream, id: number, fields: Fields, ends: boolean): void {
    const said = JSON.stringify(fields);
    const pseudo = fields.filter(([name]) => name.startsWith(':')).map(([name]) => name);
    const inFront = pseudo.every((name, at) => fields[at]![0] === name);
    this.#check(
      inFront && new Set(pseudo).size === pseudo.length,
      `pseudo-headers out of place (§8.3): ${said}`,
    );
    for (const [name, value] of fields.slice(pseudo.length)) {
      this.#check(NAME.test(name) && VALUE.test(value), `a field that is none (§8.2.1): ${name}: ${value}`);
      this.#check(!OF_ONE_HOP.includes(name) && !(name === 'te' && value !== 'trailers'), `${name} (§8.2.2)`);
    }
    if (stream.headed) {
      this.#check(pseudo.length === 0 && ends, `trailers that are none (§8.1) on ${id}: ${said}`);
      return;
    }
    const value = (name: string) => fields.find((field) => field[0] === name)?.[1] ?? '';
    if (this.#role === 'server') {
      const wanted = value(':protocol') === '' ? ':authority :method :path :scheme' : pseudo.sort().join(' ');
      this.#check(
        pseudo.sort().join(' ') === wanted && value(':path') !== '',
        `a request without (§8.3.1): ${said}`,
      );
    } else {
      const status = value(':status');
      this.#check(
        pseudo.length === 1 && /^[1-9]\d\d$/.test(status),
        `a response without a status (§8.3.2): ${said}`,
      );
      this.#check(status !== '101', '101 (§8.6)');
      if (status.startsWith('1')) {
        this.#check(!ends, `${status} ends the stream (§8.1)`);
        return;
      }
    }
    stream.headed = true;
    stream.length = value('content-length') === '' ? null : Number(value('content-length'));
  }

  #stream(id: number): JudgedStream {
    let stream = this.#streams.get(id);
    if (stream === undefined) {
      stream = { granted: 0, used: 0, said: 'nothing', headed: false, body: 0, length: null };
      this.#streams.set(id, stream);
    }
    return stream;
  }

  #check(holds: boolean, wrong: string): void {
    if (!holds) this.wrongs.push(wrong);
  }
}

function raises(payload: Buffer): boolean {
  return payload.length === 4 && payload.readUInt32BE(0) > 0 && payload.readUInt32BE(0) <= LARGEST_WINDOW;
}
