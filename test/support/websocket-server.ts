import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

const TEXT = 0x81;
const CLOSE = 0x88;
const SHORTEST_LONG = 126;

interface Ending {
  onTestFinished(done: () => unknown): void;
}

/** The value that answers a Sec-WebSocket-Key (RFC 6455 §4.2.2). */
export function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

/** One unfragmented text frame of a server; text of less than 64 KiB. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  const head = length < SHORTEST_LONG ? [TEXT, length] : [TEXT, SHORTEST_LONG, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), payload]);
}

/** A WebSocket server of the plainest kind: greets in the same packet as its 101, then says every text again. */
export async function startWebSocketServer(t: Ending): Promise<number> {
  const server = createServer(serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const open = new Set<Socket>();
  server.on('connection', (socket) => open.add(socket));
  t.onTestFinished(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

function serve(socket: Socket): void {
  let unread = Buffer.alloc(0);
  let state: 'handshake' | 'frames' = 'handshake';
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk]);
    if (state === 'handshake') {
      const end = unread.indexOf('\r\n\r\n');
      if (end < 0) return;
      const key = /^Sec-WebSocket-Key: (.+)$/im.exec(unread.toString('latin1', 0, end + 2))?.[1] ?? '';
      unread = unread.subarray(end + 4);
      state = 'frames';
      const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(key)}\r\n\r\n`;
      socket.write(Buffer.concat([Buffer.from(head), textFrame('hello')]));
    }
    for (let frame = takeFrame(unread); frame !== null; frame = takeFrame(unread)) {
      unread = unread.subarray(frame.length);
      if (frame.kind === CLOSE)
        socket.end(Buffer.concat([Buffer.from([CLOSE, frame.payload.length]), frame.payload]));
      else socket.write(textFrame(frame.payload.toString()));
    }
  });
}

/** A client's frame, which is always masked (RFC 6455 §5.3). */
function takeFrame(bytes: Buffer): { kind: number; payload: Buffer; length: number } | null {
  if (bytes.length < 2) return null;
  const short = bytes[1]! & 0x7f;
  const at = short < SHORTEST_LONG ? 2 : 4;
  if (bytes.length < at + 4) return null;
  const size = short < SHORTEST_LONG ? short : bytes.readUInt16BE(2);
  const start = at + 4;
  if (bytes.length < start + size) return null;
  const payload = Buffer.from(bytes.subarray(start, start + size));
  for (let i = 0; i < size; i++) payload[i]! ^= bytes[at + (i % 4)]!;
  return { kind: bytes[0]!, payload, length: start + size };
}
