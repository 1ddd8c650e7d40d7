/** An echo server of raw TCP, and its clients. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { answerCalls } from '../calls.ts';

const PIECE = Buffer.alloc(64 * 1024);
const PATIENCE_MS = 60_000;

const clients: Socket[] = [];

const calls = {
  /** Resolves with the port. */
  async listen(): Promise<number> {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => socket.destroy());
      socket.pipe(socket);
    });
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  },

  /** Opens this many more connections and says a word over each; resolves with how many got no echo. */
  async open({ port, count }: { port: number; count: number }): Promise<number> {
    let failed = 0;
    let next = 0;
    const lane = async () => {
      while (next < count) {
        const index = next++;
        const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${2 + (index % 4)}` });
        socket.on('error', () => {});
        clients.push(socket);
        if (!(await echoed(socket))) failed++;
      }
    };
    await Promise.all(Array.from({ length: 50 }, lane));
    return failed;
  },

  /** Says a word over each connection once more; resolves with how many got no echo. */
  async askAgain(): Promise<number> {
    let failed = 0;
    for (const socket of clients) if (!(await echoed(socket))) failed++;
    return failed;
  },

  /** Ends one side of each connection; resolves with how many were not ended in turn, or not cleanly. */
  async halfClose(): Promise<number> {
    const ends = clients.splice(0).map((socket) => {
      if (socket.destroyed) return Promise.resolve(1);
      const end = new Promise<number>((resolve) => {
        socket.once('close', (hadError) => resolve(hadError ? 1 : 0));
        setTimeout(() => resolve(1), PATIENCE_MS).unref();
      });
      socket.resume();
      socket.end();
      return end;
    });
    return (await Promise.all(ends)).reduce((sum, one) => sum + one, 0);
  },

  /** 64 bytes there and back over each connection, again and again; resolves with how many times. */
  async pingPong(load: { port: number; connections: number; seconds: number }): Promise<number> {
    const message = Buffer.alloc(64);
    let messages = 0;
    const sockets = Array.from({ length: load.connections }, () => {
      const socket = connect({ port: load.port, host: '127.0.0.1', noDelay: true });
      let awaited = message.length;
      socket.on('data', ({ length }) => {
        awaited -= length;
        if (awaited > 0) return;
        awaited = message.length;
        messages++;
        socket.write(message);
      });
      socket.on('error', () => {});
      socket.write(message);
      return socket;
    });
    await new Promise((resolve) => setTimeout(resolve, load.seconds * 1000));
    for (const socket of sockets) socket.destroy();
    return messages;
  },

  /** Sends this many bytes, ends, and compares what comes back; resolves with the seconds it took. */
  async stream({
    port,
    bytes,
  }: {
    port: number;
    bytes: number;
  }): Promise<{ same: boolean; seconds: number }> {
    const begun = performance.now();
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const [sent, heard] = [createHash('sha1'), createHash('sha1')];
    let length = 0;
    socket.on('data', (chunk) => {
      heard.update(chunk);
      length += chunk.length;
    });
    const ended = once(socket, 'end');
    for (let at = 0; at < bytes; at += PIECE.length) {
      const piece = Buffer.from(PIECE);
      for (let i = 0; i < piece.length; i += 4)
        piece.writeUInt32LE(Math.imul(at + i, 2_654_435_761) >>> 0, i);
      sent.update(piece);
      if (!socket.write(piece)) await once(socket, 'drain');
    }
    socket.end();
    await ended;
    const same = length === bytes && sent.digest('hex') === heard.digest('hex');
    return { same, seconds: (performance.now() - begun) / 1000 };
  },
};
export type TcpPeersCalls = typeof calls;
answerCalls(calls);

function echoed(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (outcome: boolean) => {
      clearTimeout(timer);
      socket.removeAllListeners('data').removeAllListeners('close');
      resolve(outcome);
    };
    const timer = setTimeout(() => done(false), PATIENCE_MS);
    if (socket.destroyed) {
      done(false);
      return;
    }
    socket.once('data', () => done(true));
    socket.once('close', () => done(false));
    socket.write('word');
  });
}
