import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { DATA, END_STREAM, HEADERS, startFramesServer } from '../../test/support/http2-frames-server.ts';
import type { Teardown } from '../socket/teardown.ts';

const MARK = /![XZ]+!/;
/** No dynamic table: the mark stands in every block. */
const SETTINGS = [[1, 0]] as const;

/** A backend that answers each request with its own name and the request's mark; answers its port. */
export async function startGoodBackend(version: '1' | '2', teardown: Teardown): Promise<number> {
  return version === '1' ? startText(teardown) : startFrames(teardown);
}

/** What a good backend of this version answers to a request with this mark. */
export function goodAnswer(version: '1' | '2', nonce: string): string {
  return `good ${version} ${nonce}`;
}

async function startText(teardown: Teardown): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const heads = text.split('\r\n\r\n');
      text = heads.pop()!;
      for (const head of heads) {
        const body = goodAnswer('1', MARK.exec(head)?.[0] ?? 'none');
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  teardown.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function startFrames(teardown: Teardown): Promise<number> {
  const { port } = await startFramesServer(
    teardown,
    ({ type, stream, payload }, connection) => {
      if (type !== HEADERS) return;
      const nonce = MARK.exec(payload.toString('latin1'))?.[0] ?? 'none';
      connection.respond(stream, 0, [[':status', '200']]);
      connection.send(DATA, END_STREAM, stream, goodAnswer('2', nonce));
      connection.frames.length = 0;
    },
    SETTINGS,
  );
  return port;
}
