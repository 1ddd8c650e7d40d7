import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

const PREFACE_BYTES = 24;
const HEAD_BYTES = 9;

/** RFC 9113 §6. */
export const DATA = 0;
export const HEADERS = 1;
export const RST_STREAM = 3;
const SETTINGS = 4;
const GOAWAY = 7;

export const END_STREAM = 1;
const END_HEADERS = 4;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** One HTTP/2 connection as frames, from the side of a server that does whatever a test wants. */
export class FramesConnection {
  readonly frames: Frame[] = [];
  readonly #socket: Socket;

  constructor(socket: Socket, onFrame: (frame: Frame, connection: FramesConnection) => void) {
    this.#socket = socket;
    let bytes = Buffer.alloc(0);
    let begun = false;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (!begun && bytes.length < PREFACE_BYTES) return;
      if (!begun) bytes = bytes.subarray(PREFACE_BYTES);
      begun = true;
      while (bytes.length >= HEAD_BYTES) {
        const end = HEAD_BYTES + bytes.readUIntBE(0, 3);
        if (bytes.length < end) return;
        const frame = {
          type: bytes[3]!,
          flags: bytes[4]!,
          stream: bytes.readUInt32BE(5),
          payload: bytes.subarray(HEAD_BYTES, end),
        };
        bytes = bytes.subarray(end);
        this.frames.push(frame);
        onFrame(frame, this);
      }
    });
  }

  send(type: number, flags: number, stream: number, payload: Buffer | string = ''): this {
    const body = Buffer.from(payload as string, 'latin1');
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUIntBE(body.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(stream, 5);
    this.#socket.write(Buffer.concat([head, body]));
    return this;
  }

  /** Frames, or what passes for them. */
  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** A response's head: nothing of it is compressed. */
  respond(stream: number, flags: number, fields: readonly (readonly [string, string])[]): this {
    const block = fields.flatMap(([name, value]) => [0, ...sized(name), ...sized(value)]);
    return this.send(HEADERS, END_HEADERS | flags, stream, Buffer.from(block));
  }

  reset(stream: number, code: number): this {
    return this.send(RST_STREAM, 0, stream, uint32(code));
  }

  goAway(lastStream: number, code: number): this {
    return this.send(GOAWAY, 0, 0, Buffer.concat([uint32(lastStream), uint32(code)]));
  }

  /** Frames of this type on this stream, so far. */
  of(type: number, stream: number): Frame[] {
    return this.frames.filter((frame) => frame.type === type && frame.stream === stream);
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** Answers the port of a server that hands every frame of every connection over. `settings`: ids with values. */
export async function startFramesServer(
  t: Ending,
  onFrame: (frame: Frame, connection: FramesConnection) => void,
  settings: readonly (readonly [id: number, value: number])[] = [],
): Promise<{ port: number; connections: FramesConnection[] }> {
  const connections: FramesConnection[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    const connection = new FramesConnection(socket, (frame, self) => {
      if (frame.type === SETTINGS && frame.flags === 0) self.send(SETTINGS, 1, 0);
      onFrame(frame, self);
    });
    connections.push(connection);
    connection.send(SETTINGS, 0, 0, Buffer.concat(settings.map(([id, value]) => setting(id, value))));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => {
    server.close();
    for (const connection of connections) connection.destroy();
  });
  return { port: (server.address() as AddressInfo).port, connections };
}

function sized(text: string): number[] {
  return [text.length, ...Buffer.from(text, 'latin1')];
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function setting(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(id);
  bytes.writeUInt32BE(value, 2);
  return bytes;
}
