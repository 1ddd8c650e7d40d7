import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import {
  createSecureServer,
  createServer as createServer2,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import type { Identity } from './certificates.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** How it is spoken to. */
export type Speech = 'HTTP/1.1' | 'h2c' | 'h2';

/**
 * A real server for large bodies. `/bytes/N` has N bytes, `/stream/N` too, of which it does not say how many they are;
 * `/digest` answers with what `digestOf` says of the request's body, `/echo` with that body as it comes, `/hang` never.
 */
export class ObjectServer {
  readonly port: number;
  /** `METHOD path` of the requests that have come. */
  readonly asked: string[] = [];
  /** Requests whose client has gone before they were answered. */
  aborted = 0;

  /** `identity`: for `h2` alone. */
  static async start(t: Ending, speech: Speech, identity: Identity | null = null): Promise<ObjectServer> {
    const server = serverFor(speech, identity);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const sockets = new Set<{ destroy(): unknown }>();
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    t.onTestFinished(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    return new ObjectServer(server);
  }

  private constructor(server: Server) {
    this.port = (server.address() as AddressInfo).port;
    // Of `node:http` and of `node:http2` alike, as far as is used here.
    server.on('request', (request, response) => this.#serve(request, response));
  }

  async #serve(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
    this.asked.push(`${request.method} ${request.url}`);
    request.on('error', () => {});
    response.on('error', () => {});
    const [, what, size] = request.url.split(/[/?]/);
    if (what === 'bytes') {
      response.setHeader('content-length', size!);
      response.end(bytesOf(Number(size)));
    } else if (what === 'stream') {
      const bytes = bytesOf(Number(size));
      for (let at = 0; at < bytes.length; at += PIECE) {
        if (!response.write(bytes.subarray(at, at + PIECE))) await once(response, 'drain');
      }
      response.end();
    } else if (what === 'digest') {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => response.end(digestOf(Buffer.concat(pieces))));
    } else if (what === 'echo') {
      request.pipe(response);
    } else if (what === 'hang') {
      response.on('close', () => this.aborted++);
    } else {
      response.end(request.url);
    }
  }
}

const PIECE = 50_000;
/** Or it refuses all streams while more than 10 MB wait for one client. */
const ROOMY = { maxSessionMemory: 200 };

/** So many, no two parts of which are alike. */
export function bytesOf(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0, seed = 1; at < size; at++) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = seed >>> 16;
  }
  return bytes;
}

/** How many they are, and their SHA-256. */
export function digestOf(bytes: Buffer): string {
  return `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`;
}

function serverFor(speech: Speech, identity: Identity | null): Server {
  if (speech === 'HTTP/1.1') return createServer({ keepAliveTimeout: 0 });
  const { cert, key } = identity ?? { cert: '', key: '' };
  return speech === 'h2c' ? createServer2(ROOMY) : createSecureServer({ ...ROOMY, cert, key });
}
