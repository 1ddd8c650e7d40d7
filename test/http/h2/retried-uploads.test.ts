import assert from 'node:assert/strict';
import { connect as connectHttp2 } from 'node:http2';
import type { Writable } from 'node:stream';
import { describe, type TestContext, test } from 'vitest';
import { HTTP_2, HttpEngine } from '../../support/http-engine.ts';
import { Http2Backend, responds } from '../../support/http2-backend.ts';
import { data, END_STREAM, resetStream, windowUpdate } from '../../support/raw-http2.ts';

const REFUSED_STREAM = 7;
/** As much as is kept to be sent again, which is a byte more than a backend's first window takes. */
const KEPT = 64 * 1024;
const REST = 16 * 1024 * 1024;
/** What may be read of an upload that nobody takes. Bytes. */
const MOST_READ = 1024 * 1024;

/** Where an upload is written to. */
const CLIENTS: Readonly<Record<string, (t: TestContext, engine: HttpEngine) => Promise<Writable>>> = {
  'HTTP/1.1': async (_, engine) => {
    const { socket } = await engine.connect();
    socket.write(`POST /case HTTP/1.1\r\nHost: app.test\r\nContent-Length: ${KEPT + REST}\r\n\r\n`);
    return socket;
  },
  'HTTP/2': async (t, engine) => {
    const session = connectHttp2(`http://127.0.0.1:${engine.port}`);
    t.onTestFinished(() => session.destroy());
    const stream = session.request({ ':method': 'POST', ':path': '/case', ':authority': 'app.test' });
    return stream
      .on('error', () => {})
      .on('end', () => stream.end())
      .resume();
  },
};

describe('an upload that is sent again to a backend that takes no more of it waits with its client', () => {
  for (const [version, connect] of Object.entries(CLIENTS)) {
    test(version, async (t) => {
      const backend = await Http2Backend.start(t, () => {});
      const engine = await HttpEngine.start(t, { http2: HTTP_2 });
      engine.routeToEndpoint('app.test', { host: '127.0.0.1', port: backend.port, protocol: 'http2' });
      const upload = await connect(t, engine);
      upload.write(Buffer.alloc(KEPT, 'a'));
      const first = await backend.heard('/case');
      await first.peer.until(() => first.peer.stream(first.id).body.length === KEPT - 1);
      first.peer.send(resetStream(first.id, REFUSED_STREAM));
      const { peer, id } = await backend.heard('/case', 1);
      await peer.until(() => peer.stream(id).body.length === KEPT - 1);
      upload.write(Buffer.alloc(REST, 'b'));
      const socket = engine.sockets.at(-1)!;
      await engine.untilSteady(() => socket.bytesRead);
      assert.ok(socket.bytesRead < MOST_READ, `${socket.bytesRead} bytes were read`);
      peer.send(windowUpdate(0, KEPT + REST), windowUpdate(id, KEPT + REST));
      await peer.until(() => peer.stream(id).body.length === KEPT + REST);
      peer.send(responds(id), data(id, 'thanks', END_STREAM));
      assert.equal(peer.stream(id).body, 'a'.repeat(KEPT) + 'b'.repeat(REST));
      assert.deepEqual(backend.wrongs, []);
      upload.destroy();
    });
  }
});
