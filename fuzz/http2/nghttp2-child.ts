import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { FromNghttp2, ToNghttp2 } from './nghttp2.ts';
import { digestOf } from './reading.ts';
import { REPLY_MS } from './reply-client.ts';

// A process of its own: node:http2 ends the one it is in, now and then.

const MANY = 2000;
const LARGE = 2 ** 20;

const server = createServer({
  settings: { enableConnectProtocol: true, maxHeaderListSize: LARGE },
  maxHeaderListPairs: MANY,
  maxSendHeaderBlockLength: LARGE,
  strictSingleValueFields: false,
});

server.on(
  'stream',
  (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _: number, fields: string[]) => {
    let body = '';
    stream.on('error', () => {});
    if (headers[':protocol'] !== undefined) {
      // To a server of HTTP/1.1 that is a GET without a body (RFC 8441 §5).
      say({ kind: 'taken', where: fields.join(' '), start: `GET ${headers[':path']}`, body });
      stream.respond({ ':status': 200 }, { endStream: true });
      stream.resume();
      return;
    }
    stream.setEncoding('latin1').on('data', (piece: string) => {
      body += piece;
    });
    stream.on('end', () => {
      // Behind what was cut off there is an end, too.
      if (stream.aborted || stream.rstCode !== 0) return;
      say({
        kind: 'taken',
        where: fields.join(' '),
        start: `${headers[':method']} ${headers[':path']}`,
        body,
      });
      if (!stream.destroyed && !stream.headersSent) stream.respond({ ':status': 200 }, { endStream: true });
    });
  },
);

process.on('message', async ({ id, port, host, method, patience }: ToNghttp2) => {
  const session = connect(`http://127.0.0.1:${port}`, { strictSingleValueFields: false } as object);
  session.on('error', () => {});
  let isLate = false;
  const late = setTimeout(() => {
    isLate = true;
    session.destroy();
  }, REPLY_MS * patience);
  const reading = await ask(session, host, method);
  // A stream that is given up has an end here, too.
  const cutOff = reading === 'bad gateway' ? 'silence' : 'cut';
  say({ kind: 'reply', id, reading: isLate ? cutOff : reading });
  clearTimeout(late);
  session.destroy();
});

server.listen(0, '127.0.0.1');
await once(server, 'listening');
say({ kind: 'ready', port: (server.address() as AddressInfo).port });

function say(message: FromNghttp2): void {
  process.send!(message);
}

function ask(session: ClientHttp2Session, host: string, method: string): Promise<string> {
  return new Promise((resolve) => {
    const stream = session.request({ ':method': method, ':authority': host });
    let status = 0;
    let body = '';
    let isWhole = false;
    stream.on('error', () => {});
    stream.on('response', (headers) => {
      status = headers[':status']!;
    });
    stream.setEncoding('latin1').on('data', (piece: string) => {
      body += piece;
    });
    stream.on('end', () => {
      isWhole = true;
    });
    stream.on('close', () => {
      const ended = isWhole && stream.rstCode === 0 && !stream.aborted;
      resolve(status === 0 ? 'bad gateway' : ended ? `${status} ${digestOf(body)}` : 'cut');
    });
    stream.end();
  });
}
