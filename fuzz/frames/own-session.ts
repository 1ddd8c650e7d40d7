import type { ConnectionError } from '../../src/http/h2/connection-error.ts';
import { HeadFields } from '../../src/http/h2/head-fields.ts';
import { WindowRoom } from '../../src/http/h2/receive-window.ts';
import type { Wire } from '../../src/http/h2/sender.ts';
import { Session, type SessionListener } from '../../src/http/h2/session.ts';
import type { Stream } from '../../src/http/h2/stream.ts';
import { encodeField } from '../../src/http/hpack/encoder.ts';
import { PREFACE } from '../../test/support/raw-http2.ts';
import { GOES_ON } from '../http2/reading.ts';
import type { Speaks } from '../http2/ruling.ts';
import { LIMITS } from './limits.ts';
import type { HeardStream, OwnReading } from './own-reading.ts';
import { type Manner, OwnStream } from './own-stream.ts';

const WINDOW = 1024 * 1024;
const ROOM = 3 * 1024 * 1024;
/** One for all connections of a thread, as in the router. */
const FIELDS = new HeadFields();

/** Our own engine on a connection without a socket. */
export class OwnSession implements SessionListener, Wire {
  readonly #session: Session;
  readonly #room = new WindowRoom(ROOM);
  readonly #manner: Manner;
  readonly #method: string;
  readonly #isServer: boolean;
  readonly #streams: HeardStream[] = [];
  readonly #all: OwnStream[] = [];
  readonly #spare: OwnStream[] = [];
  readonly #flaws: string[] = [];
  readonly #faults: string[] = [];
  #written: Buffer[] = [];
  #connection = GOES_ON;

  /** `speaks`: the other side. `method`: of the request that a server replies to. */
  constructor(speaks: Speaks, manner: Manner, method: string) {
    this.#manner = manner;
    this.#method = method;
    const isServer = speaks === 'client';
    this.#isServer = isServer;
    const plan = {
      isServer,
      settings: isServer ? [] : [2, 0],
      limits: LIMITS,
      window: WINDOW,
      room: this.#room,
    };
    this.#session = new Session(plan, this, FIELDS, this);
    this.#session.begin();
    if (!isServer) this.#ask();
  }

  #ask(): void {
    const { streams } = this.#session;
    const id = streams.nextOwn;
    streams.nextOwn += 2;
    const own = this.#next(id);
    streams.begin(own.stream, id);
    const head = [
      [':method', this.#method],
      [':scheme', 'http'],
      [':path', '/'],
      [':authority', 'case.test'],
    ] as const;
    const block = head.map(([name, value]) => encodeField(name, value, false)).join('');
    streams.sender.head(own.stream, block, true);
  }

  /** `lent`: the memory is somebody else's behind each piece. */
  read(pieces: readonly Buffer[], lent: boolean): void {
    try {
      for (const piece of pieces) {
        this.#session.read(piece, piece.length, lent);
        if (lent) piece.fill(0xee);
      }
    } catch (error) {
      this.threw(error);
    }
  }

  threw(error: unknown): void {
    this.#faults.push(`thrown: ${(error as Error).stack ?? error}`);
  }

  /** The connection is gone: what was heard, and what is left that should not be. */
  end(): OwnReading {
    for (const own of this.#all) if (!own.stream.isClosed) own.finish();
    const connection = this.#connection;
    const credit = this.#credit();
    try {
      this.#session.end();
    } catch (error) {
      this.threw(error);
    }
    const { streams } = this.#session;
    const { sender, table, window } = streams;
    this.#mustBe('streams in the table', streams.size + table.all().length);
    this.#mustBe('bytes queued', sender.queued);
    this.#mustBe('bytes of windows promised', this.#room.promised);
    this.#mustBe("bytes of the connection's credit", window.held);
    for (const { stream } of this.#all) {
      this.#mustBe(`bytes in the queue of ${stream.id}`, stream.queue.length);
      this.#mustBe(`bytes of the credit of ${stream.id}`, stream.window.held);
      if (!stream.isClosed) this.#faults.push(`left: stream ${stream.id} is not closed`);
    }
    const written = Buffer.concat(this.#written).subarray(this.#isServer ? 0 : PREFACE.length);
    return { streams: this.#streams, connection, flaws: this.#flaws, credit, written, faults: this.#faults };
  }

  #credit(): Map<number, number> {
    const open = this.#all.filter(({ stream }) => stream.mayReceive);
    const ofStreams = open.map(({ stream }) => [stream.id, stream.window.left] as const);
    return new Map([[0, this.#session.streams.window.left], ...ofStreams]);
  }

  #mustBe(what: string, left: number): void {
    if (left !== 0) this.#faults.push(`left: ${left} ${what}`);
  }

  text(text: string): void {
    this.#written.push(Buffer.from(text, 'latin1'));
  }

  bytes(bytes: Buffer, start: number, end: number, borrowed: boolean): void {
    const piece = bytes.subarray(start, end);
    this.#written.push(borrowed ? Buffer.from(piece) : piece);
  }

  onStream(): Stream {
    return this.#next(this.#session.streams.lastOfPeer).stream;
  }

  #next(id: number): OwnStream {
    let own = this.#spare.pop();
    if (own === undefined) {
      own = new OwnStream(this.#session.streams, this.#manner, this.#method, (closed) =>
        this.#spare.push(closed),
      );
      this.#all.push(own);
    }
    this.#streams.push(own.begin(id));
    return own;
  }

  onMalformed(flaw: string): void {
    this.#flaws.push(flaw);
  }

  onFailed({ code, reason }: ConnectionError): void {
    if (this.#connection !== GOES_ON) this.#faults.push('failed twice');
    this.#connection = `${code} ${reason}`;
  }

  onRefused(): void {}
  onWaste(): void {}
  onSettings(): void {}

  onPong(): void {}
  onGoaway(): void {}
  onIdle(): void {}
}
