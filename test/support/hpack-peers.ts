import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
  sensitiveHeaders,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import {
  END_STREAM,
  type Frame,
  type FramesConnection,
  HEADERS,
  startFramesServer,
} from './http2-frames-server.ts';
import { headers, RawHttp2, SETTING } from './raw-http2.ts';

const CONTINUATION = 9;
const END_HEADERS = 4;
const PRIORITY = 0x20;
const PRIORITY_BYTES = 5;
/** Octets. */
const LONGEST_BLOCK = 1024 * 1024;

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** Header blocks as nghttp2 encodes those of requests on one connection, in their order. */
export class NghttpEncoder {
  readonly #client: ClientHttp2Session;
  readonly #blocks: Promise<Buffer>[];
  #taken = 0;

  private constructor(client: ClientHttp2Session, blocks: Promise<Buffer>[]) {
    this.#client = client;
    this.#blocks = blocks;
  }

  /** `tableSize`: SETTINGS_HEADER_TABLE_SIZE as the peer says it, octets. */
  static async start(t: Ending, tableSize: number): Promise<NghttpEncoder> {
    const waiting = [Promise.withResolvers<Buffer>()];
    const blocks = [waiting[0]!.promise];
    let pieces: Buffer[] = [];
    const onFrame = ({ type, flags, stream, payload }: Frame, connection: FramesConnection) => {
      if (type !== HEADERS && type !== CONTINUATION) return;
      pieces.push(type === HEADERS && flags & PRIORITY ? payload.subarray(PRIORITY_BYTES) : payload);
      if (!(flags & END_HEADERS)) return;
      waiting.at(-1)!.resolve(Buffer.concat(pieces));
      pieces = [];
      connection.respond(stream, END_STREAM, [[':status', '200']]);
      waiting.push(Promise.withResolvers());
      blocks.push(waiting.at(-1)!.promise);
    };
    const { port } = await startFramesServer(t, onFrame, [[SETTING.headerTableSize, tableSize]]);
    const client = connect(`http://127.0.0.1:${port}`, {
      maxDeflateDynamicTableSize: tableSize,
      maxSendHeaderBlockLength: LONGEST_BLOCK,
    });
    client.on('error', () => {});
    t.onTestFinished(() => client.destroy());
    await once(client, 'remoteSettings');
    return new NghttpEncoder(client, blocks);
  }

  /** Names in lower case; those of `sensitive` are never to be indexed. */
  encode(fields: OutgoingHttpHeaders, sensitive: readonly string[] = []): Promise<Buffer> {
    const stream = this.#client.request(
      { ...fields, [sensitiveHeaders]: [...sensitive] },
      { endStream: true },
    );
    const block = this.#blocks[this.#taken++]!;
    return new Promise((resolve, reject) => {
      stream.on('error', reject).resume();
      block.then(resolve, reject);
    });
  }
}

/** What nghttp2 makes of header blocks of requests on one connection. */
export class NghttpRequestDecoder {
  readonly #client: RawHttp2;
  readonly #requests: Promise<readonly string[]>[];
  #next = 0;

  private constructor(client: RawHttp2, requests: Promise<readonly string[]>[]) {
    this.#client = client;
    this.#requests = requests;
  }

  static async start(t: Ending): Promise<NghttpRequestDecoder> {
    const waiting = [Promise.withResolvers<readonly string[]>()];
    const requests = [waiting[0]!.promise];
    const server = createServer({ settings: { enableConnectProtocol: true } });
    server.on('stream', (stream: ServerHttp2Stream, _headers, _flags, raw: readonly string[]) => {
      stream.on('error', () => {});
      stream.respond({}, { endStream: true });
      waiting.at(-1)!.resolve(raw);
      waiting.push(Promise.withResolvers());
      requests.push(waiting.at(-1)!.promise);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = await RawHttp2.connect((server.address() as AddressInfo).port);
    t.onTestFinished(() => {
      client.close();
      server.close();
    });
    return new NghttpRequestDecoder(client, requests);
  }

  /** Names and values in turn, pseudo-headers first; rejects when the connection ends instead. */
  async decode(block: Buffer): Promise<readonly string[]> {
    const request = this.#requests[this.#next]!;
    this.#client.send(headers(1 + 2 * this.#next++, block));
    const ended = this.#client.closed.then(() => Promise.reject(new Error(this.#client.goaway?.code)));
    return Promise.race([request, ended]);
  }
}

/** What nghttp2 makes of the header block of a response. */
export async function nghttpResponse(t: Ending, block: Buffer): Promise<IncomingHttpHeaders> {
  const { port } = await startFramesServer(t, ({ type, stream }, connection) => {
    if (type === HEADERS)
      connection.send(HEADERS, END_HEADERS | END_STREAM, stream, block.toString('latin1'));
  });
  const client = connect(`http://127.0.0.1:${port}`);
  t.onTestFinished(() => client.destroy());
  const [fields] = await once(client.request(), 'response');
  return fields;
}
