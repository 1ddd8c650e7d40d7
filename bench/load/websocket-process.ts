/** One run of the WebSocket client in a process that can be pinned. Usage: websocket-process.ts TASK_AS_JSON */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { HOST } from '../target.ts';
import type { LoadResult } from './load.ts';
import { MESSAGE_BYTES, type WebSocketTask } from './websocket.ts';

const task: WebSocketTask = JSON.parse(process.argv[2]!);
/** One text frame as a client sends it: with a mask, here of zeros (RFC 6455, section 5.2). */
const FRAME = Buffer.concat([
  Buffer.from([0x81, 0x80 | MESSAGE_BYTES, 0, 0, 0, 0]),
  Buffer.alloc(MESSAGE_BYTES, 'x'),
]);
const UPGRADE = [
  'GET /websocket HTTP/1.1',
  `Host: ${HOST}`,
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n');

let operations = 0;
let failures = 0;
const sockets = await Promise.all(Array.from({ length: task.connections }, open));
const begun = performance.now();
for (const socket of sockets) converse(socket);
await delay(task.seconds * 1000);
const seconds = (performance.now() - begun) / 1000;
process.stdout.write(JSON.stringify({ operations, seconds, failures } satisfies LoadResult), () =>
  process.exit(),
);

async function open(): Promise<Socket> {
  const socket = connect({ port: task.port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => socket.destroy());
  socket.write(UPGRADE);
  const [head] = await once(socket, 'data');
  if (!head.toString('latin1').startsWith('HTTP/1.1 101 ')) throw new Error(`no upgrade: ${head}`);
  return socket;
}

function converse(socket: Socket): void {
  let owed = FRAME.length;
  socket.on('data', ({ length }) => {
    owed -= length;
    if (owed > 0) return;
    owed = FRAME.length;
    operations++;
    socket.write(FRAME);
  });
  socket.on('close', () => {
    failures++;
  });
  socket.write(FRAME);
}
