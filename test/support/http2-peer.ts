import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { beginsWithTableSize, type Fields } from './hpack.ts';
import { decodeBlock, ModelTable } from './hpack-model.ts';
import { contentOf, endsBlock, endsStream, type Frame, FrameReader, settingsOf } from './http2-frames.ts';
import { Http2Judge, type Role } from './http2-judge.ts';
import { ACK, ERRORS, frame, type Goaway, PREFACE, SETTING, settings, TYPE } from './raw-http2.ts';

/** For what is to happen at once. */
const PATIENCE_MS = 5000;
/** SETTINGS_HEADER_TABLE_SIZE where nothing is said of it (RFC 9113 §6.5.2). */
const TABLE_BYTES = 4096;

/** What the router has said on one stream so far. */
export interface Heard {
  /** Header blocks in their order: of 1xx, of the message, of its trailers. */
  readonly heads: Fields[];
  body: string;
  end: 'open' | 'ended' | { readonly reset: string };
}

/**
 * One side of an HTTP/2 connection with the router, which says exactly the frames it is given, and ACKs of SETTINGS and
 * PING. Whatever the router must not have said stands in `wrongs`.
 */
export class Http2Peer {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  /** The router's settings, by number. */
  readonly settings = new Map<number, number>();
  goaway: Goaway | null = null;
  ended: 'no' | 'closed' | 'reset' = 'no';
  /** Called for each frame of the router. `fields`: of the header block that ends with it. */
  onFrame: (frame: Frame, fields: Fields | null) => void = () => {};
  /** Whether SETTINGS and PING are answered. */
  answers = true;
  readonly #judge: Http2Judge;
  readonly #reader: FrameReader;
  readonly #own: FrameReader;
  /** What the router's encoder keeps, and may keep. */
  readonly #table = new ModelTable(TABLE_BYTES);
  #mostTable = TABLE_BYTES;
  /** Of SETTINGS_HEADER_TABLE_SIZE, by SETTINGS frame that the router has yet to acknowledge. */
  readonly #tables: (readonly number[])[] = [];
  /** Whether a smaller table was acknowledged, and no header block has come since (RFC 9113 §4.3.1). */
  #awaitsTableSize = false;
  readonly #streams = new Map<number, Heard>();
  #block: Buffer[] = [];
  #waiting: (() => void)[] = [];

  constructor(socket: Socket, role: Role) {
    this.socket = socket;
    this.#judge = new Http2Judge(role);
    this.#reader = new FrameReader(role === 'server' ? PREFACE.length : 0);
    this.#own = new FrameReader(role === 'client' ? PREFACE.length : 0);
    socket.on('data', (chunk: Buffer) => {
      for (const each of this.#reader.push(chunk)) this.#onFrame(each);
      this.#tell();
    });
    const end = (how: 'closed' | 'reset') => {
      if (this.ended === 'no') this.ended = how;
      this.#tell();
    };
    socket.on('error', () => end('reset'));
    socket.on('end', () => end('closed'));
    socket.on('close', () => end('closed'));
  }

  get wrongs(): readonly string[] {
    return this.#judge.wrongs;
  }

  send(...frames: readonly Buffer[]): this {
    const bytes = Buffer.concat(frames);
    for (const own of this.#own.push(bytes)) this.#onOwn(own);
    return this.write(bytes);
  }

  /** Bytes that the judge is not to know of. */
  write(bytes: Buffer): this {
    if (this.socket.writable && bytes.length > 0) this.socket.write(bytes);
    return this;
  }

  /** What a client says first, or a server. */
  greet(own: Buffer, preface = PREFACE): this {
    return this.send(preface, own);
  }

  stream(id: number): Heard {
    let heard = this.#streams.get(id);
    if (heard === undefined) {
      heard = { heads: [], body: '', end: 'open' };
      this.#streams.set(id, heard);
    }
    return heard;
  }

  /** Frames of this type, on this stream. */
  of(type: number, stream: number): Frame[] {
    return this.frames.filter((each) => each.type === type && each.stream === stream);
  }

  /** The status of the final head, if it has come. */
  statusOf(id: number): string | undefined {
    const status = this.stream(id).heads.map((fields) => fields.find(([name]) => name === ':status')?.[1]);
    return status.find((each) => each !== undefined && !each.startsWith('1'));
  }

  /** Resolves once `holds` does. @throws Error when the connection ends before, or nothing happens for long */
  async until(holds: () => boolean): Promise<void> {
    await this.#wait(() => holds() || this.ended !== 'no', String(holds));
    if (!holds()) throw new Error(`the connection ends before ${holds}; ${this.summary()}`);
  }

  /** Resolves once a stream is over. */
  async over(id: number): Promise<Heard> {
    await this.until(() => this.stream(id).end !== 'open');
    return this.stream(id);
  }

  /** How a stream ended: its status, `RST` or `GOAWAY` with the error's name, `closed`. */
  async outcome(id: number): Promise<string> {
    const heard = this.stream(id);
    await this.#wait(() => heard.end !== 'open' || this.ended !== 'no', `stream ${id} is over`);
    if (typeof heard.end === 'object') return `RST ${heard.end.reset}`;
    if (heard.end === 'ended') return this.statusOf(id) ?? 'ended without a status';
    return this.goaway === null ? 'closed' : `GOAWAY ${this.goaway.code}`;
  }

  /** Resolves once the router has ended the connection. */
  closed(): Promise<void> {
    return this.#wait(() => this.ended !== 'no', 'the connection ends');
  }

  summary(): string {
    const streams = [...this.#streams].map(
      ([id, { heads, body, end }]) => `${id}: ${JSON.stringify([heads, body.slice(0, 200), end])}`,
    );
    return [`GOAWAY ${JSON.stringify(this.goaway)}`, `ended ${this.ended}`, ...streams].join('; ');
  }

  close(): void {
    this.socket.destroy();
  }

  async #wait(holds: () => boolean, what: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    const timer = setTimeout(() => this.#tell(), PATIENCE_MS + 1);
    while (!holds()) {
      if (performance.now() > deadline) throw new Error(`still not so: ${what}; ${this.summary()}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    clearTimeout(timer);
  }

  #tell(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #onOwn(own: Frame): void {
    this.#judge.sent(own);
    if (own.type !== TYPE.settings || own.flags & ACK) return;
    const sizes = settingsOf(own).filter(([id]) => id === SETTING.headerTableSize);
    this.#tables.push(sizes.map(([, size]) => size));
  }

  #onFrame(each: Frame): void {
    this.frames.push(each);
    const fields = this.#fieldsOf(each);
    this.#judge.heard(each, fields);
    const { type, flags, stream: id, payload } = each;
    if (type === TYPE.data) this.stream(id).body += contentOf(each).toString('latin1');
    else if (type === TYPE.resetStream) this.#end(id, { reset: nameOf(payload.readUInt32BE(0)) });
    else if (type === TYPE.settings) this.#onSettings(each);
    else if (type === TYPE.ping && !(flags & ACK) && this.answers)
      this.send(frame(TYPE.ping, ACK, 0, payload));
    else if (type === TYPE.goaway) {
      this.goaway = { lastStream: payload.readUInt32BE(0), code: nameOf(payload.readUInt32BE(4)) };
    }
    if (fields !== null) this.stream(id).heads.push(fields);
    if (endsStream(each)) this.#end(id, 'ended');
    this.onFrame(each, fields);
  }

  #fieldsOf(each: Frame): Fields | null {
    if (each.type !== TYPE.headers && each.type !== TYPE.continuation) return null;
    this.#block.push(contentOf(each));
    if (!endsBlock(each)) return null;
    try {
      const block = Buffer.concat(this.#block.splice(0));
      if (this.#awaitsTableSize && !beginsWithTableSize(block)) throw new Error('no table size in front');
      this.#awaitsTableSize = false;
      return decodeBlock(this.#table, this.#mostTable, block).map(([name, value]) => [name, value]);
    } catch (error) {
      this.#judge.wrongs.push(`a header block that is none (RFC 7541): ${(error as Error).message}`);
      return [];
    }
  }

  #onSettings(each: Frame): void {
    if (each.flags & ACK) {
      for (const table of this.#tables.shift() ?? []) {
        if (table < this.#mostTable) {
          this.#table.resize(table);
          this.#awaitsTableSize = true;
        }
        this.#mostTable = table;
      }
      return;
    }
    for (const [id, value] of settingsOf(each)) this.settings.set(id, value);
    if (this.answers) this.send(frame(TYPE.settings, ACK, 0));
  }

  #end(id: number, end: Heard['end']): void {
    const heard = this.stream(id);
    if (heard.end === 'open') heard.end = end;
  }
}

/** A client in clear, with the preface and these SETTINGS sent; the router's have come. */
export async function connectPeer(port: number, own: Buffer = settings()): Promise<Http2Peer> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return greeted(socket, own);
}

/** The same over a connection that is there. */
export async function greeted(socket: Socket, own: Buffer = settings()): Promise<Http2Peer> {
  const peer = new Http2Peer(socket, 'client').greet(own);
  await peer.until(() => peer.frames.length > 0);
  return peer;
}

function nameOf(code: number): string {
  return ERRORS[code] ?? `error ${code}`;
}
