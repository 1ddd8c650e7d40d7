/** Clients that come in crowds and are no use to anybody: as many at once as they are told, over and over. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { HOST } from '../../target.ts';
import { answerCalls } from '../calls.ts';
import { monotonic } from '../monotonic.ts';
import { nextToken } from '../token.ts';

/** Whether they are reset as soon as they are connected, or make a full TLS handshake first. */
export type Errand = 'reset' | 'handshake';

interface Crowd {
  readonly port: number;
  /** Connections being made at any moment. */
  readonly atOnce: number;
  readonly seconds: number;
  readonly errand: Errand;
}

const readers = new Set<Socket>();

const calls = {
  /** Resolves with how many connections were made. */
  async crowd({ port, atOnce, seconds, errand }: Crowd): Promise<number> {
    const until = monotonic() + seconds * 1000;
    let made = 0;
    const come = async (): Promise<void> => {
      while (monotonic() < until) if (await comeAndGo(port, errand)) made++;
    };
    await Promise.all(Array.from({ length: atOnce }, come));
    return made;
  },

  /** Connections that ask for an object and then read nothing of it, for so long. */
  async unread({ port, count, bytes, seconds }: Record<'port' | 'count' | 'bytes' | 'seconds', number>) {
    for (let at = 0; at < count; at++) {
      const socket = connect({ host: '127.0.0.1', port });
      socket.on('error', () => {});
      socket.pause();
      socket.write(`GET /object/${nextToken()}/${bytes} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
      readers.add(socket);
    }
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  },

  release(): void {
    for (const socket of readers) socket.resetAndDestroy();
    readers.clear();
  },
};
export type CrowdingClientsCalls = typeof calls;
answerCalls(calls);

/** Answers whether there was a connection. */
function comeAndGo(port: number, errand: Errand): Promise<boolean> {
  return new Promise((resolve) => {
    const isPlain = errand === 'reset';
    const to = { host: '127.0.0.1', port };
    const socket = isPlain ? connect(to) : connectTls({ ...to, servername: HOST, rejectUnauthorized: false });
    socket.on(isPlain ? 'connect' : 'secureConnect', () => {
      resolve(true);
      if (isPlain) socket.resetAndDestroy();
      else socket.destroy();
    });
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
  });
}
