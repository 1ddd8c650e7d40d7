/** Clients on HTTP/2 that make a proxy hold much, or begin much that they do not want. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  ACK,
  asking,
  data,
  frame,
  headers,
  PREFACE,
  RawHttp2,
  resetStream,
  SETTING,
  settings,
  TYPE,
} from '../../../test/support/raw-http2.ts';
import { HOST } from '../../target.ts';
import { answerCalls } from '../calls.ts';
import { monotonic } from '../monotonic.ts';

/** All of them come from one address. */
const FROM = '127.0.0.9';
/** RFC 9113 §6.9.2. */
const FIRST_WINDOW = 65_535;
/** Frames that are written at once. */
const BATCH = 2000;
/** For a proxy that lets nothing more come, milliseconds. */
const PATIENCE_MS = 3000;

interface Unread {
  readonly port: number;
  readonly connections: number;
  readonly streams: number;
  /** Of each response. */
  readonly bytes: number;
}

interface Drip {
  readonly port: number;
  readonly streams: number;
  /** On each stream, of `bytes` each: within the window that every stream has at first. */
  readonly frames: number;
  readonly bytes: number;
}

const held: Socket[] = [];

const calls = {
  /** Asks for large objects and lets nothing of them come. */
  async unread({ port, connections, streams, bytes }: Unread): Promise<void> {
    for (let each = 0; each < connections; each++) {
      const socket = await open(port);
      held.push(socket);
      socket.resume();
      const asked = Array.from({ length: streams }, (_, index) =>
        headers(1 + 2 * index, get(`/object/unread-${each}-${index}/${bytes}`)),
      );
      socket.write(Buffer.concat([PREFACE, settings([SETTING.initialWindowSize, 0]), ...asked]));
    }
  },

  /** Uploads to a backend that reads nothing, in the smallest pieces; answers how many of them were let come. */
  async drip({ port, streams, frames, bytes }: Drip): Promise<number> {
    const socket = await open(port);
    held.push(socket);
    const client = RawHttp2.over(socket).greet();
    for (let index = 0; index < streams; index++) {
      client.send(headers(1 + 2 * index, post(`/hold/drip-${index}`), 0));
    }
    const piece = 'x'.repeat(bytes);
    const pieces = Array.from({ length: streams }, (_, index) => data(1 + 2 * index, piece));
    let room = FIRST_WINDOW;
    let sent = 0;
    while (sent < frames * streams && !client.isClosed) {
      room += client.takeWindow(0);
      if (room < bytes) {
        const given = await Promise.race([client.window(0), delay(PATIENCE_MS, false)]);
        if (!given) break;
        continue;
      }
      const count = Math.min(BATCH, frames * streams - sent, Math.floor(room / bytes));
      client.send(...Array.from({ length: count }, (_, index) => pieces[(sent + index) % streams]!));
      sent += count;
      room -= count * bytes;
      if (socket.writableNeedDrain)
        await Promise.race([once(socket, 'drain').catch(() => {}), client.closed]);
      await delay(0);
    }
    return sent;
  },

  /** How many connections the proxy has not closed. */
  open(): number {
    return held.filter((socket) => !socket.destroyed && !socket.readableEnded).length;
  },

  /** Lets go of all. */
  release(): void {
    for (const socket of held.splice(0)) socket.destroy();
  },

  /** A connection after the other on which so many requests are begun and taken back; answers how many connections. */
  async resets({ port, each, seconds }: { port: number; each: number; seconds: number }): Promise<number> {
    const streams = Array.from({ length: each }, (_, index) => [
      headers(1 + 2 * index, get(`/late/reset-${index}/1000`)),
      resetStream(1 + 2 * index),
    ]);
    const ping = frame(TYPE.ping, 0, 0, Buffer.from('seen all'));
    const all = Buffer.concat([PREFACE, settings(), ...streams.flat(), ping]);
    const end = monotonic() + seconds * 1000;
    let connections = 0;
    for (; monotonic() < end; connections++) await untilSeen(await open(port), all);
    return connections;
  },
};
export type Http2AbusersCalls = typeof calls;
answerCalls(calls);

const get = (path: string) => asking({ ':authority': HOST, ':path': path });
const post = (path: string) => asking({ ':authority': HOST, ':path': path, ':method': 'POST' });

async function open(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, localAddress: FROM, noDelay: true });
  socket.on('error', () => {});
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  return socket;
}

/** Sends it, and closes once the PING behind it is answered, or the proxy has had enough. */
async function untilSeen(socket: Socket, bytes: Buffer): Promise<void> {
  const pong = frame(TYPE.ping, ACK, 0, Buffer.from('seen all'));
  let received: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    if (received.includes(pong)) socket.destroy();
  });
  socket.on('end', () => socket.destroy());
  socket.write(bytes);
  if (!socket.destroyed) await once(socket, 'close');
}
