/**
 * The origin of machines without nginx, and of what nginx cannot do: it reads a whole body before it answers, sends
 * chunks each in a write of its own, and echoes what comes over a WebSocket. Usage: origin-process.ts PORT
 */
import { createHash } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { BODY, SIZES, STREAM, STREAM_CHUNKS, UPLOAD } from './target.ts';

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const KEY_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const CHUNK = Buffer.from(`400\r\n${'x'.repeat(1024)}\r\n`);
const LAST_CHUNK = Buffer.from('0\r\n\r\n');
const STREAM_HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n';

const answers = new Map<string, Buffer>(
  Object.entries({ '/': BODY, [UPLOAD]: BODY, ...SIZES }).map(([path, body]) => [
    path,
    answerOf(typeof body === 'number' ? 'x'.repeat(body) : body),
  ]),
);

createServer({ noDelay: true }, (socket) => {
  let rest: Buffer = Buffer.alloc(0);
  /** Bytes of the body that are still to come. */
  let owed = 0;
  let respond = () => {};
  socket.on('error', () => socket.destroy());
  socket.on('data', function take(chunk: Buffer) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      if (owed > 0) {
        const taken = Math.min(owed, rest.length);
        rest = rest.subarray(taken);
        owed -= taken;
        if (owed > 0) return;
        respond();
      }
      const end = rest.indexOf(END_OF_HEAD);
      if (end < 0) return;
      const head = rest.toString('latin1', 0, end);
      rest = rest.subarray(end + END_OF_HEAD.length);
      const key = /^sec-websocket-key: *(\S+)/im.exec(head)?.[1];
      if (key !== undefined) {
        socket.off('data', take);
        echo(socket, key);
        return;
      }
      const path = head.slice(head.indexOf(' ') + 1, head.indexOf(' ', head.indexOf(' ') + 1));
      respond = path === STREAM ? () => stream(socket) : () => socket.write(answers.get(path)!);
      owed = path === UPLOAD ? Number(/^content-length: *(\d+)/im.exec(head)?.[1]) : 0;
      if (owed === 0) respond();
    }
  });
}).listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 });

function answerOf(body: string): Buffer {
  const head = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.from(head + body);
}

function stream(socket: Socket): void {
  let left = STREAM_CHUNKS;
  socket.write(STREAM_HEAD, 'latin1');
  const next = () => {
    left--;
    socket.write(CHUNK);
    if (left > 0) setImmediate(next);
    else socket.write(LAST_CHUNK);
  };
  setImmediate(next);
}

function echo(socket: Socket, key: string): void {
  const accept = createHash('sha1')
    .update(key + KEY_SUFFIX)
    .digest('base64');
  const fields = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}`;
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${fields}\r\n\r\n`);
  socket.on('data', (chunk: Buffer) => socket.write(chunk));
}
