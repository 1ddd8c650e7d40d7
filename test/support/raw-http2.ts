import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { beginsWithTableSize, decode, encode, type Fields } from './hpack.ts';

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** RFC 9113 §6. */
export const TYPE = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const END_STREAM = 1;
export const ACK = 1;
export const END_HEADERS = 4;
export const PADDED = 8;

/** RFC 9113 §7, by number. */
export const ERRORS = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
] as const;

export type ErrorName = (typeof ERRORS)[number];

/** RFC 9113 §6.5.2. */
export const SETTING = { headerTableSize: 1, enablePush: 2, initialWindowSize: 4 } as const;

/** What has come of one stream so far. */
export interface StreamState {
  /** Of the final response; `null` before. */
  status: string | null;
  fields: Fields;
  body: string;
  trailers: Fields;
  end: 'open' | 'ended' | { readonly reset: string };
}

export interface Goaway {
  readonly code: string;
  readonly lastStream: number;
}

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function settings(...pairs: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = pairs.map(([id, value]) => Buffer.concat([Buffer.from([0, id]), uint32(value)]));
  return frame(TYPE.settings, 0, 0, Buffer.concat(payload));
}

/** A whole header block in one frame. */
export function headers(stream: number, block: Buffer | Fields, flags = END_STREAM): Buffer {
  const payload = Buffer.isBuffer(block) ? block : encode(block);
  return frame(TYPE.headers, END_HEADERS + flags, stream, payload);
}

export function data(stream: number, text: string | Buffer, flags = 0): Buffer {
  return frame(TYPE.data, flags, stream, typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
}

export function resetStream(stream: number, code = 8): Buffer {
  return frame(TYPE.resetStream, 0, stream, uint32(code));
}

export function windowUpdate(stream: number, by: number): Buffer {
  return frame(TYPE.windowUpdate, 0, stream, uint32(by));
}

/** The pseudo-headers of a GET of `app.test`, `over` laid over them (`null` leaves one out), `more` behind them. */
export function asking(over: Readonly<Record<string, string | null>> = {}, more: Fields = []): Fields {
  const pseudo = { ':method': 'GET', ':scheme': 'http', ':path': '/', ':authority': 'app.test', ...over };
  return [...Object.entries(pseudo).filter((field): field is [string, string] => field[1] !== null), ...more];
}

let clients = 0;

/** Each client has an address of its own, since what one does counts for all behind it. */
function nextAddress(): string {
  clients++;
  return `127.1.${(clients >> 8) & 0xff}.${clients & 0xff}`;
}

/** A client that says exactly the frames it is given; only what it is told goes out, but for ACKs of SETTINGS and PING. */
export class RawHttp2 {
  readonly socket: Socket;
  /** Resolves when the router has closed its side. */
  readonly closed: Promise<void>;
  readonly pings: Buffer[] = [];
  goaway: Goaway | null = null;
  /** The router's own settings, by number. */
  readonly settings = new Map<number, number>();
  isClosed = false;
  /** Whether PINGs and SETTINGS are answered. */
  answers = true;
  /** What WINDOW_UPDATE has given and was not taken yet, by stream. */
  readonly #windows = new Map<number, number>();
  readonly #streams = new Map<number, StreamState>();
  #unread: Buffer = Buffer.alloc(0);
  #block: Buffer[] = [];
  /** Whether the first header block is yet to come that knows of a smaller table (RFC 9113 §4.3.1). */
  #awaitsTableSize = false;

  /** Connected, with the preface and these SETTINGS sent; the router's are taken. */
  static async connect(port: number, own: Buffer = settings(), answers = true): Promise<RawHttp2> {
    const client = RawHttp2.over(
      connect({ port, host: '127.0.0.1', localAddress: nextAddress(), noDelay: true }),
    );
    client.answers = answers;
    client.greet(own);
    await client.until(() => client.settings.size > 0);
    return client;
  }

  static over(socket: Socket): RawHttp2 {
    return new RawHttp2(socket);
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setMaxListeners(0);
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      const close = () => {
        this.isClosed = true;
        resolve();
      };
      socket.on('end', close);
      socket.on('close', close);
    });
  }

  /** A dynamic table of no size, so that responses can be read without one. */
  greet(own: Buffer = settings()): this {
    this.#awaitsTableSize = true;
    return this.send(PREFACE, settings([SETTING.headerTableSize, 0]), own);
  }

  send(...frames: readonly Buffer[]): this {
    if (this.socket.writable) this.socket.write(Buffer.concat(frames));
    return this;
  }

  stream(id: number): StreamState {
    let state = this.#streams.get(id);
    if (state === undefined) {
      state = { status: null, fields: [], body: '', trailers: [], end: 'open' };
      this.#streams.set(id, state);
    }
    return state;
  }

  /** Resolves with `true` once the router lets more come on a stream, with `false` when the connection ends before. */
  window(id: number): Promise<boolean> {
    const given = this.until(() => (this.#windows.get(id) ?? 0) > 0);
    return given.then(
      () => true,
      () => false,
    );
  }

  /** Bytes that the router lets come beyond those it was asked for before. */
  takeWindow(id: number): number {
    const bytes = this.#windows.get(id) ?? 0;
    this.#windows.set(id, 0);
    return bytes;
  }

  /** How a stream ended: its final status, or `RST` and the error's name, or `GOAWAY` and the connection's. */
  async outcome(id: number): Promise<string> {
    const stream = this.stream(id);
    await this.until(() => stream.end !== 'open' || this.isClosed);
    if (typeof stream.end === 'object') return `RST ${stream.end.reset}`;
    if (stream.end === 'ended') return stream.status!;
    return this.goaway === null ? 'closed' : `GOAWAY ${this.goaway.code}`;
  }

  /** Sends a whole request; answers how it ended. */
  async ask(id: number, fields: Fields | Buffer = asking()): Promise<string> {
    this.send(headers(id, fields));
    return this.outcome(id);
  }

  /** Resolves once `holds` does, or rejects when the connection ends before. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.isClosed) throw new Error(`connection closed before ${holds}`);
      await Promise.race([once(this.socket, 'data'), this.closed]);
    }
  }

  /** Sends batches of frames as fast as they are taken, until the router has had enough; answers how many frames. */
  async flood(make: (index: number) => Buffer, most: number, batch = 200): Promise<number> {
    let sent = 0;
    while (sent < most && !this.isClosed && this.goaway === null) {
      const frames = Array.from({ length: batch }, () => make(sent++));
      this.send(...frames);
      if (this.socket.writableNeedDrain) {
        // An error is one more way to be closed.
        await Promise.race([once(this.socket, 'drain').catch(() => this.closed), this.closed]);
      }
      // A moment for the router to answer in, and for others.
      await delay(1);
    }
    return sent;
  }

  /** Answers a PING. */
  acknowledge(ping: Buffer): void {
    this.send(frame(TYPE.ping, ACK, 0, ping));
  }

  /** That the client itself takes no more streams. */
  sayGoaway(): void {
    this.send(frame(TYPE.goaway, 0, 0, Buffer.alloc(8)));
  }

  close(): void {
    this.socket.destroy();
  }

  #onData(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    while (this.#unread.length >= 9) {
      const length = this.#unread.readUIntBE(0, 3);
      if (this.#unread.length < 9 + length) return;
      const [type, flags] = [this.#unread[3]!, this.#unread[4]!];
      const id = this.#unread.readUInt32BE(5);
      this.#onFrame(type, flags, id, this.#unread.subarray(9, 9 + length));
      this.#unread = this.#unread.subarray(9 + length);
    }
  }

  #onFrame(type: number, flags: number, id: number, payload: Buffer): void {
    switch (type) {
      case TYPE.data:
        this.stream(id).body += payload.toString('latin1');
        if (flags & END_STREAM) this.#end(id, 'ended');
        break;
      case TYPE.headers:
      case TYPE.continuation:
        this.#onBlock(flags, id, payload);
        if (flags & END_STREAM) this.#end(id, 'ended');
        break;
      case TYPE.resetStream:
        this.#end(id, { reset: ERRORS[payload.readUInt32BE(0)]! });
        break;
      case TYPE.settings:
        if (flags & ACK) break;
        for (let at = 0; at < payload.length; at += 6) {
          this.settings.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
        }
        if (this.answers) this.send(frame(TYPE.settings, ACK, 0));
        break;
      case TYPE.ping:
        this.pings.push(payload);
        if (!(flags & ACK) && this.answers) this.acknowledge(payload);
        break;
      case TYPE.windowUpdate:
        this.#windows.set(id, (this.#windows.get(id) ?? 0) + payload.readUInt32BE(0));
        break;
      case TYPE.goaway:
        this.goaway = { lastStream: payload.readUInt32BE(0), code: ERRORS[payload.readUInt32BE(4)]! };
        break;
    }
  }

  #onBlock(flags: number, id: number, payload: Buffer): void {
    this.#block.push(payload);
    if (!(flags & END_HEADERS)) return;
    const block = Buffer.concat(this.#block);
    this.#block = [];
    if (this.#awaitsTableSize && !beginsWithTableSize(block))
      throw new Error('a header block without the table size');
    this.#awaitsTableSize = false;
    const fields = decode(block);
    const stream = this.stream(id);
    const [first] = fields;
    if (first === undefined || first[0] !== ':status') stream.trailers = fields;
    else if (!first[1].startsWith('1')) [stream.status, stream.fields] = [first[1], fields];
  }

  #end(id: number, end: StreamState['end']): void {
    const stream = this.stream(id);
    if (stream.end === 'open') stream.end = end;
  }
}
