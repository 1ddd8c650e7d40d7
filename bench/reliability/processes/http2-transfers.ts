/** Bodies up and down over a long way, by HTTP/1.1 and by HTTP/2, and the way itself: a relay that holds back what passes. */
import { once } from 'node:events';
import { Agent, request as plainRequest } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Duplex, Readable, Writable } from 'node:stream';
import { HOST } from '../../target.ts';
import { answerCalls } from '../calls.ts';
import { monotonic } from '../monotonic.ts';
import { nextToken } from '../token.ts';

/** Of clients: it is not theirs that is measured. Bytes. */
const CLIENT_WINDOW = 16 * 1024 * 1024;
const PIECE = Buffer.alloc(64 * 1024, 'x');

export interface Transfer {
  /** Of the relay. */
  readonly port: number;
  readonly secure: boolean;
  readonly version: 'HTTP/1.1' | 'HTTP/2';
  readonly direction: 'up' | 'down';
  readonly bytes: number;
  /** Whether a client says how much it sends. */
  readonly stated: boolean;
  /** At the same time: over one connection of HTTP/2, over one each of HTTP/1.1. */
  readonly count: number;
}

/** How long all of them took, in milliseconds. */
export interface Took {
  /** The making of the connection included. */
  readonly cold: number;
  /** On the same, afterwards. */
  readonly warm: number;
}

/** A way to ask, over connections that it keeps. */
interface Asker {
  /** One side of an exchange: writes the body, reads the response. */
  ask(path: string, method: string, headers: Record<string, string | number>): Asked;
  close(): void;
}

interface Asked {
  readonly outgoing: Writable;
  /** Its status, and its body. */
  readonly response: Promise<readonly [number | undefined, Readable]>;
}

const calls = {
  /** A port from which all is passed on to another, and back, so many milliseconds later. */
  async relay({ to, delay }: { to: number; delay: number }): Promise<number> {
    const server = createServer({ noDelay: true }, (near) => {
      const far = connect({ host: '127.0.0.1', port: to, noDelay: true });
      pass(near, far, delay);
      pass(far, near, delay);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  },

  async transfer(wanted: Transfer): Promise<Took> {
    const asker = wanted.version === 'HTTP/2' ? overHttp2(wanted) : overHttp1(wanted);
    const all = async () => {
      const begun = monotonic();
      await Promise.all(Array.from({ length: wanted.count }, () => transfer(asker, wanted)));
      return monotonic() - begun;
    };
    try {
      return { cold: await all(), warm: await all() };
    } finally {
      asker.close();
    }
  },
};
export type Http2TransfersCalls = typeof calls;
answerCalls(calls);

/** One direction, which carries as much at once as TCP does: at first 10 segments, and twice as much each time (RFC 6928, RFC 5681 §3.1). */
function pass(from: Socket, to: Socket, delay: number): void {
  const waiting: Buffer[] = [];
  let allowed = 10 * 1460;
  const pump = () => {
    while (allowed > 0 && waiting.length > 0) {
      const first = waiting.shift()!;
      const bytes = first.subarray(0, allowed);
      if (bytes.length < first.length) waiting.unshift(first.subarray(bytes.length));
      allowed -= bytes.length;
      setTimeout(() => to.write(bytes), delay);
      setTimeout(() => {
        allowed += 2 * bytes.length;
        pump();
      }, 2 * delay);
    }
  };
  from.on('data', (bytes: Buffer) => {
    waiting.push(bytes);
    pump();
  });
  from.on('close', () => setTimeout(() => to.destroy(), delay));
  from.on('error', () => {});
}

async function transfer(asker: Asker, { direction, bytes, stated }: Transfer): Promise<void> {
  const token = nextToken();
  const isUp = direction === 'up';
  const headers = isUp && stated ? { 'content-length': bytes } : {};
  const { outgoing, response } = isUp
    ? asker.ask(`/upload/${token}`, 'POST', headers)
    : asker.ask(`/object/${token}/${bytes}`, 'GET', {});
  if (isUp) await send(outgoing, bytes);
  else outgoing.end();
  const [status, body] = await response;
  let received = 0;
  for await (const piece of body) received += (piece as Buffer).length;
  if (status !== 200 || received !== (isUp ? token.length : bytes))
    throw new Error(`${status}, ${received} bytes`);
}

async function send(outgoing: Writable, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; left -= PIECE.length) {
    if (!outgoing.write(PIECE.subarray(0, Math.min(left, PIECE.length)))) await once(outgoing, 'drain');
  }
  outgoing.end();
}

function overHttp2({ port, secure }: Transfer): Asker {
  const session = connectHttp2(`${secure ? 'https' : 'http'}://127.0.0.1:${port}`, {
    rejectUnauthorized: false,
    settings: { initialWindowSize: CLIENT_WINDOW },
  });
  session.once('connect', () => session.setLocalWindowSize(CLIENT_WINDOW));
  return {
    ask(path, method, headers) {
      const stream = session.request({ ':authority': HOST, ':method': method, ':path': path, ...headers });
      const response = once(stream, 'response').then(([head]): [number, Duplex] => [
        head[':status'] as number,
        stream,
      ]);
      return { outgoing: stream, response };
    },
    close: () => session.destroy(),
  };
}

function overHttp1({ port, secure }: Transfer): Asker {
  const options = { keepAlive: true, rejectUnauthorized: false };
  const agent = secure ? new SecureAgent(options) : new Agent(options);
  const request = secure ? secureRequest : plainRequest;
  return {
    ask(path, method, headers) {
      const outgoing = request({
        port,
        host: '127.0.0.1',
        method,
        path,
        agent,
        headers: { host: HOST, ...headers },
      });
      const response = once(outgoing, 'response').then(([incoming]): [number | undefined, Readable] => [
        incoming.statusCode,
        incoming,
      ]);
      return { outgoing, response };
    },
    close: () => agent.destroy(),
  };
}
