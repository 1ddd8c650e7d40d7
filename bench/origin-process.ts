/** Answers every GET on a port with the body: for machines without nginx. Usage: origin-process.ts PORT */
import { createServer } from 'node:net';
import { BODY } from './target.ts';

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const response = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

createServer({ noDelay: true }, (socket) => {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(END_OF_HEAD); end >= 0; end = rest.indexOf(END_OF_HEAD)) {
      rest = rest.subarray(end + END_OF_HEAD.length);
      socket.write(response, 'latin1');
    }
  });
}).listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 });
