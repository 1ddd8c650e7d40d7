import {
  type ChannelCredentials,
  Client,
  credentials,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import type { Identity } from './certificates.ts';

interface Ending {
  onTestFinished(done: () => unknown): void;
}

const asIs = (bytes: Buffer): Buffer => bytes;

function method(name: string, streams: boolean) {
  return {
    path: `/test.Echo/${name}`,
    requestStream: streams,
    responseStream: streams,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
}

const SERVICE: ServiceDefinition = { Say: method('Say', false), Chat: method('Chat', true) };

/**
 * A real gRPC server that answers every message with itself. `Say` with the text `fail` fails with NOT_FOUND; trailers
 * tell how many messages a chat had. Answers its port.
 */
export async function startGrpcEcho(t: Ending, identity: Identity | null = null): Promise<number> {
  const server = new Server();
  server.addService(SERVICE, {
    Say: (call: ServerUnaryCall<Buffer, Buffer>, reply: sendUnaryData<Buffer>) => {
      if (call.request.toString() === 'fail') reply({ code: status.NOT_FOUND, details: 'no such thing' });
      else reply(null, call.request);
    },
    Chat: (call: ServerDuplexStream<Buffer, Buffer>) => {
      call.on('data', (message: Buffer) => call.write(message));
      call.on('end', () => call.end());
      call.on('error', () => {});
    },
  });
  const security =
    identity === null
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(null, [
          { private_key: Buffer.from(identity.key), cert_chain: Buffer.from(identity.cert) },
        ]);
  t.onTestFinished(() => server.forceShutdown());
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', security, (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}

/** A real gRPC client on a connection of its own; `authority` is the route it asks for. */
export class GrpcClient {
  readonly #client: Client;

  constructor(t: Ending, port: number, authority: string, ca: string | null = null) {
    const security: ChannelCredentials =
      ca === null ? credentials.createInsecure() : credentials.createSsl(Buffer.from(ca));
    this.#client = new Client(`127.0.0.1:${port}`, security, {
      'grpc.default_authority': authority,
      'grpc.ssl_target_name_override': authority,
      'grpc.use_local_subchannel_pool': 1,
    });
    t.onTestFinished(() => this.#client.close());
  }

  say(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest('/test.Echo/Say', asIs, asIs, Buffer.from(text), (error, answer) =>
        error === null ? resolve(answer!.toString()) : reject(error),
      );
    });
  }

  chat() {
    return this.#client.makeBidiStreamRequest('/test.Echo/Chat', asIs, asIs);
  }
}
