import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Fields } from './hpack.ts';
import { endsStream } from './http2-frames.ts';
import { Http2Peer } from './http2-peer.ts';
import { data, END_STREAM, headers, settings } from './raw-http2.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** A request whose head has come. */
export interface Asked {
  readonly peer: Http2Peer;
  readonly id: number;
  readonly fields: Fields;
  readonly path: string;
  /** Resolves with its body once it is whole, trailers included; never where it is cut off. */
  readonly whole: Promise<string>;
}

/** A server of HTTP/2 in clear that says exactly the frames it is told to. */
export class Http2Backend {
  readonly peers: Http2Peer[] = [];
  readonly asked: Asked[] = [];
  /** Replace it to change the answers from now on. Called when a head has come. */
  answer: (asked: Asked) => unknown;
  /** What it says first on each connection. */
  greeting: Buffer = settings();
  readonly #server: Server;
  readonly #ends = new Map<Http2Peer, Map<number, (body: string) => void>>();
  #heard: (() => void)[] = [];

  static async start(t: Ending, answer: Http2Backend['answer'] = answersPath): Promise<Http2Backend> {
    const backend = new Http2Backend(answer);
    backend.#server.listen(0, '127.0.0.1');
    await once(backend.#server, 'listening');
    t.onTestFinished(() => backend.stop());
    return backend;
  }

  private constructor(answer: Http2Backend['answer']) {
    this.answer = answer;
    this.#server = createServer({ noDelay: true }, (socket) => {
      const peer = new Http2Peer(socket, 'server');
      this.peers.push(peer);
      this.#ends.set(peer, new Map());
      peer.onFrame = (frame, fields) => {
        if (fields !== null && peer.stream(frame.stream).heads.length === 1) {
          this.#onHead(peer, frame.stream, fields);
        }
        if (endsStream(frame)) this.#ends.get(peer)!.get(frame.stream)?.(peer.stream(frame.stream).body);
      };
      peer.send(this.greeting);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What the router said on any connection that it must not say. */
  get wrongs(): readonly string[] {
    return this.peers.flatMap(({ wrongs }) => wrongs);
  }

  /** The request for this path, once its head has come; the one after so many others. */
  async heard(path: string, after = 0): Promise<Asked> {
    for (;;) {
      const found = this.asked.filter((asked) => asked.path === path)[after];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#heard.push(resolve));
    }
  }

  stop(): void {
    this.#server.close();
    for (const peer of this.peers) peer.close();
  }

  #onHead(peer: Http2Peer, id: number, fields: Fields): void {
    const path = fields.find(([name]) => name === ':path')![1];
    const { promise: whole, resolve } = Promise.withResolvers<string>();
    this.#ends.get(peer)!.set(id, resolve);
    const asked = { peer, id, fields, path, whole };
    this.asked.push(asked);
    for (const hear of this.#heard.splice(0)) hear();
    this.answer(asked);
  }
}

/** The head of a response; a status of 200 unless another is said. */
export function responds(id: number, more: Fields = [], flags = 0, status: string | null = '200'): Buffer {
  return headers(id, status === null ? more : [[':status', status], ...more], flags);
}

/** Answers with the path that was asked for. */
export function answersPath({ peer, id, path }: Asked): void {
  peer.send(responds(id), data(id, path, END_STREAM));
}
