import {
  Client,
  type ClientDuplexStream,
  type ClientOptions,
  type ClientReadableStream,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import type { Identity } from './certificates.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

const asIs = (bytes: Buffer): Buffer => bytes;
const CODEC = {
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
};
const SERVICE: ServiceDefinition = {
  Unary: { path: '/test.All/Unary', requestStream: false, responseStream: false, ...CODEC },
  Upload: { path: '/test.All/Upload', requestStream: true, responseStream: false, ...CODEC },
  Download: { path: '/test.All/Download', requestStream: false, responseStream: true, ...CODEC },
  Both: { path: '/test.All/Both', requestStream: true, responseStream: true, ...CODEC },
};

/** What a server says of the call besides messages: of the client's metadata, and at its end. */
const ECHOED = 'x-asked';
const ENDED = 'x-counted';

/** So many little messages, each of which tells its place. */
function numbered(index: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(index);
  return bytes;
}

/** Tells whether messages come in their order, and how many there were. */
class Count {
  count = 0;
  outOfOrder = 0;

  take(message: Buffer): void {
    if (message.readUInt32BE(0) !== this.count) this.outOfOrder++;
    this.count++;
  }
}

/** Writes `count` messages as fast as they are taken. */
function writeAll(
  stream: { write(bytes: Buffer): boolean; once(event: 'drain', listener: () => void): unknown; end(): void },
  count: number,
): void {
  let next = 0;
  const go = (): void => {
    while (next < count) {
      if (!stream.write(numbered(next++))) {
        stream.once('drain', go);
        return;
      }
    }
    stream.end();
  };
  go();
}

/** A real gRPC server with all four kinds of call. */
export class GrpcServer {
  readonly #server = new Server();
  port = 0;
  /** Calls of `Both`, and of `Unary` that wait, that it heard were cancelled, or had no time left. */
  cancelled = 0;
  /** Calls of `Unary` with the text `wait`, which it never answers. */
  waiting = 0;

  static async start(t: Ending, identity: Identity | null = null): Promise<GrpcServer> {
    const server = new GrpcServer();
    const security =
      identity === null
        ? ServerCredentials.createInsecure()
        : ServerCredentials.createSsl(null, [
            { private_key: Buffer.from(identity.key), cert_chain: Buffer.from(identity.cert) },
          ]);
    t.onTestFinished(() => server.#server.forceShutdown());
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    server.#server.bindAsync('127.0.0.1:0', security, (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
    server.port = await promise;
    return server;
  }

  private constructor() {
    this.#server.addService(SERVICE, {
      Unary: (call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>) =>
        this.#unary(call, reply),
      Upload: (call: ServerReadableStream<Buffer, Buffer>, reply: sendUnaryData<Buffer>) => {
        const heard = new Count();
        call.on('error', () => {});
        call.on('data', (message: Buffer) => heard.take(message));
        call.on('end', () => reply(null, numbered(heard.outOfOrder > 0 ? 0 : heard.count)));
      },
      Download: (call: ServerWritableStream<Buffer, Buffer>) => {
        call.on('error', () => {});
        writeAll(call, call.request.readUInt32BE(0));
      },
      Both: (call: ServerDuplexStream<Buffer, Buffer>) => {
        let count = 0;
        call.on('cancelled', () => this.cancelled++);
        call.on('error', () => {});
        call.on('data', (message: Buffer) => {
          count++;
          if (call.write(message)) return;
          call.pause();
          call.once('drain', () => call.resume());
        });
        call.on('end', () => {
          const trailers = new Metadata();
          trailers.set(ENDED, String(count));
          call.end(trailers);
        });
      },
    });
  }

  /** Cuts off all that is under way. */
  stop(): void {
    this.#server.forceShutdown();
  }

  #unary(call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>): void {
    const text = call.request.toString();
    if (text === 'wait') {
      this.waiting++;
      call.on('cancelled', () => this.cancelled++);
      return;
    }
    const head = new Metadata();
    for (const value of call.metadata.get(ECHOED)) head.add(ECHOED, value);
    for (const value of call.metadata.get(`${ECHOED}-bin`)) head.add(`${ECHOED}-bin`, value);
    call.sendMetadata(head);
    const trailers = new Metadata();
    trailers.set(ENDED, '1');
    if (text.startsWith('fail '))
      reply({ code: Number(text.slice(5)), details: 'as asked: ü', metadata: trailers });
    else reply(null, call.request, trailers);
  }
}

export interface Unary {
  readonly answer: string;
  readonly head: Metadata;
  readonly trailers: Metadata;
}

/** A real gRPC client on a connection of its own. */
export class GrpcCaller {
  readonly #client: Client;

  /** `authority`: the route that it asks for. `ca`: PEM; `null`: in clear. */
  constructor(t: Ending, port: number, authority: string, ca: string | null, more: ClientOptions = {}) {
    const security = ca === null ? credentials.createInsecure() : credentials.createSsl(Buffer.from(ca));
    this.#client = new Client(`127.0.0.1:${port}`, security, {
      'grpc.default_authority': authority,
      'grpc.ssl_target_name_override': authority,
      'grpc.use_local_subchannel_pool': 1,
      ...more,
    });
    t.onTestFinished(() => this.#client.close());
  }

  close(): void {
    this.#client.close();
  }

  /** `deadline`: ms from now. Rejects with the `ServiceError`. */
  unary(text: string, metadata = new Metadata(), deadline = 60_000): Promise<Unary> & { cancel(): void } {
    let head = new Metadata();
    let trailers = new Metadata();
    const { promise, resolve, reject } = Promise.withResolvers<Unary>();
    const call = this.#client.makeUnaryRequest(
      '/test.All/Unary',
      ...([asIs, asIs, Buffer.from(text), metadata, { deadline: Date.now() + deadline }] as const),
      (error, answer) => {
        if (error !== null) reject(error);
        else call.once('status', () => resolve({ answer: answer!.toString(), head, trailers }));
      },
    );
    call.on('metadata', (sent) => {
      head = sent;
    });
    call.on('status', (sent) => {
      trailers = sent.metadata;
    });
    return Object.assign(promise, { cancel: () => call.cancel() });
  }

  /** Sends so many messages; resolves with how many have come in their order, or 0. */
  upload(count: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const call = this.#client.makeClientStreamRequest('/test.All/Upload', asIs, asIs, (error, answer) =>
      error === null ? resolve(answer!.readUInt32BE(0)) : reject(error),
    );
    writeAll(call, count);
    return promise;
  }

  /** Resolves with how many of so many messages have come in their order, or 0. */
  async download(count: number): Promise<number> {
    const call = this.#client.makeServerStreamRequest('/test.All/Download', asIs, asIs, numbered(count));
    return this.#counted(call);
  }

  /** Sends so many messages, all of which come back; resolves as `download`, when both ends have counted alike. */
  async both(count: number): Promise<number> {
    const call = this.openBoth();
    const counted = this.#counted(call);
    let told = '';
    call.on('status', ({ metadata }) => {
      told = String(metadata.get(ENDED)[0]);
    });
    writeAll(call, count);
    const heard = await counted;
    return told === String(heard) ? heard : 0;
  }

  openBoth() {
    return this.#client.makeBidiStreamRequest('/test.All/Both', asIs, asIs);
  }

  #counted(call: ClientReadableStream<Buffer> | ClientDuplexStream<Buffer, Buffer>): Promise<number> {
    const heard = new Count();
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    call.on('data', (message: Buffer) => heard.take(message));
    call.on('error', reject);
    call.on('status', ({ code }) => {
      if (code === status.OK) resolve(heard.outOfOrder > 0 ? 0 : heard.count);
    });
    return promise;
  }
}
