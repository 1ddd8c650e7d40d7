import {
  type ClientHttp2Stream,
  connect,
  type Http2Session,
  performServerHandshake,
  type ServerHttp2Stream,
} from 'node:http2';
import { Duplex } from 'node:stream';
import { FrameReader } from '../../test/support/http2-frames.ts';
import { PREFACE, TYPE } from '../../test/support/raw-http2.ts';
import { turn } from '../reader/wire.ts';
import type { FromChild, Nghttp2Reading, TakenMessage, ToChild, ToRead } from './nghttp2-reading.ts';

// A process of its own: node:http2 ends the one it is in, now and then.

const MANY = 2000;
const LARGE = 2 ** 20;
/** In which nothing is written or heard: then all has been. */
const QUIET_TURNS = 4;
/** Of a batch, for what would never come to rest. */
const MOST_TURNS = 200;

const OPTIONS = {
  settings: { enableConnectProtocol: true, maxHeaderListSize: LARGE },
  maxHeaderListPairs: MANY,
  maxSendHeaderBlockLength: LARGE,
  strictSingleValueFields: false,
};

/** A connection without a socket, and what is read on it. */
class Reading extends Duplex {
  readonly taken: TakenMessage[] = [];
  /** Of whatever has happened. */
  events = 0;
  isOver = false;
  readonly #written: Buffer[] = [];
  #session: Http2Session | null = null;
  /** Of a server: once it has been asked. */
  #reply: Uint8Array | null = null;
  readonly #frames = new FrameReader(PREFACE.length);

  constructor({ isClient, method, bytes }: ToRead) {
    super();
    this.on('error', () => {});
    if (isClient) {
      const session = performServerHandshake(this, OPTIONS as object);
      session.on('stream', (stream: ServerHttp2Stream, _, __, head: string[]) =>
        this.#hear(stream, head, () => {
          if (!stream.destroyed && !stream.headersSent)
            stream.respond({ ':status': 200 }, { endStream: true });
        }),
      );
      this.#begin(session);
    } else {
      const session = connect('http://case.test', {
        createConnection: () => this,
        ...{ strictSingleValueFields: false, maxHeaderListPairs: MANY },
        settings: { maxHeaderListSize: LARGE, enablePush: false },
      });
      const stream: ClientHttp2Stream = session.request({ ':method': method, ':path': '/' });
      stream.on('response', (_, __, head: string[]) => this.#hear(stream, head, () => {}));
      stream.on('error', () => {});
      stream.end();
      this.#begin(session);
      this.#reply = bytes;
      return;
    }
    this.push(bytes);
  }

  #begin(session: Http2Session): void {
    this.#session = session;
    session.on('error', () => {});
    session.on('close', () => {
      this.isOver = true;
    });
  }

  #hear(stream: ClientHttp2Stream | ServerHttp2Stream, head: string[], onEnd: () => void): void {
    let body = '';
    let trailers: string[] | null = null;
    stream.on('error', () => {});
    stream.on('trailers', (_, __, fields: string[]) => {
      trailers = fields;
    });
    stream.setEncoding('latin1').on('data', (piece: string) => {
      body += piece;
      this.events++;
    });
    stream.on('end', () => {
      this.events++;
      // Behind what was cut off there is an end, too.
      if (stream.aborted || stream.rstCode !== 0) return;
      this.taken.push({ stream: stream.id!, head, body, trailers });
      onEnd();
    });
  }

  override _read(): void {}

  override _write(bytes: Buffer, _: string, done: () => void): void {
    this.events++;
    this.#written.push(Buffer.from(bytes));
    const isAsked =
      this.#reply !== null && this.#frames.push(bytes).some(({ type }) => type === TYPE.headers);
    if (isAsked) this.push(this.#reply);
    if (isAsked) this.#reply = null;
    done();
  }

  finish(): Nghttp2Reading {
    const { taken, isOver } = this;
    // Behind that more is said.
    const written = Buffer.concat(this.#written);
    this.#session?.destroy();
    this.destroy();
    return { taken, isOver, written };
  }
}

async function read(batch: readonly ToRead[]): Promise<FromChild> {
  const readings = batch.map((each) => new Reading(each));
  let before = -1;
  let quiet = 0;
  for (let turns = 0; quiet < QUIET_TURNS && turns < MOST_TURNS; turns++) {
    await turn();
    const events = readings.reduce((sum, each) => sum + each.events + Number(each.isOver), 0);
    quiet = events === before ? quiet + 1 : 0;
    before = events;
  }
  return { readings: readings.map((each) => each.finish()) };
}

process.on('message', async ({ batch }: ToChild) => {
  process.send!(await read(batch));
});
process.on('disconnect', () => process.exit());
