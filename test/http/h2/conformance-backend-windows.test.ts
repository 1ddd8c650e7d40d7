import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, type TestContext, test } from 'vitest';
import { type Asked, answersPath, Http2Backend, responds } from '../../support/http2-backend.ts';
import { BackendConformance } from '../../support/http2-backend-conformance.ts';
import { get, RawClient } from '../../support/raw-http.ts';
import { data, END_STREAM, frame, SETTING, settings, TYPE, windowUpdate } from '../../support/raw-http2.ts';

const conformance = BackendConformance.suite();

const WINDOW = 65_535;
const UPLOAD = 200_000;
const DOWNLOAD = 3_000_000;
const PIECE = Buffer.alloc(16_384, 'x');
/** More than all buffers on the way hold. */
const EXCESS = 64 * 1024 * 1024;

/** A backend that lets a test answer `/case`, and one client's upload to it. */
async function uploading(
  t: TestContext,
  own: Buffer,
): Promise<{ asked: Asked; answer: () => Promise<string> }> {
  const backend = await Http2Backend.start(t);
  backend.greeting = own;
  const host = await conformance.hostOf(backend);
  backend.answer = (asked) => (asked.path === '/case' ? undefined : answersPath(asked));
  const upload = `POST /case HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${UPLOAD}\r\n\r\n${'u'.repeat(UPLOAD)}`;
  const response = conformance.ask(upload);
  const asked = await backend.heard('/case');
  const answer = async (): Promise<string> => {
    const body = await asked.whole;
    asked.peer.send(responds(asked.id), data(asked.id, 'thanks', END_STREAM));
    assert.deepEqual(await response, { came: 200, body: 'thanks' });
    assert.deepEqual(backend.wrongs, []);
    return body;
  };
  return { asked, answer };
}

const bodyOf = ({ peer, id }: Asked): number => peer.stream(id).body.length;

describe('§6.9 the windows of a backend are obeyed, as the judge sees to:', () => {
  test('an upload stands still at the end of the first window and goes on with the next', async (t) => {
    const { asked, answer } = await uploading(t, settings());
    const { peer, id } = asked;
    await peer.until(() => bodyOf(asked) === WINDOW);
    peer.send(windowUpdate(id, 100), windowUpdate(0, 7));
    await peer.until(() => bodyOf(asked) === WINDOW + 7);
    peer.send(windowUpdate(0, UPLOAD));
    await peer.until(() => bodyOf(asked) === WINDOW + 100);
    peer.send(windowUpdate(id, UPLOAD));
    assert.equal((await answer()).length, UPLOAD);
  });

  test('a head goes before a window that is none, a body with the window', async (t) => {
    const { asked, answer } = await uploading(t, settings([SETTING.initialWindowSize, 0]));
    const { peer, id } = asked;
    peer.send(frame(TYPE.ping, 0, 0, Buffer.alloc(8)));
    await peer.until(() => peer.of(TYPE.ping, 0).length > 0);
    assert.equal(bodyOf(asked), 0);
    peer.send(windowUpdate(id, 1));
    await peer.until(() => bodyOf(asked) === 1);
    peer.send(windowUpdate(0, UPLOAD), settings([SETTING.initialWindowSize, UPLOAD]));
    assert.equal((await answer()).length, UPLOAD);
  });

  test('a window that SETTINGS make negative is paid off first', async (t) => {
    const { asked, answer } = await uploading(t, settings());
    const { peer, id } = asked;
    await peer.until(() => bodyOf(asked) === WINDOW);
    peer.send(
      windowUpdate(0, UPLOAD),
      settings([SETTING.initialWindowSize, 10]),
      windowUpdate(id, WINDOW - 10),
    );
    peer.send(frame(TYPE.ping, 0, 0, Buffer.alloc(8)));
    await peer.until(() => peer.of(TYPE.ping, 0).length > 0);
    assert.equal(bodyOf(asked), WINDOW);
    peer.send(windowUpdate(id, UPLOAD));
    assert.equal((await answer()).length, UPLOAD);
  });
});

describe('§6.9 the windows that a backend is given', () => {
  test('are given again as the client reads', async (t) => {
    const backend = await Http2Backend.start(t);
    const host = await conformance.hostOf(backend);
    backend.answer = async (asked) => {
      if (asked.path !== '/case') return answersPath(asked);
      const { peer, id } = asked;
      peer.send(responds(id));
      const granted = (stream: number) =>
        peer.of(TYPE.windowUpdate, stream).reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 0);
      const first = peer.settings.get(SETTING.initialWindowSize) ?? WINDOW;
      // The first request of this backend's connection was answered with one byte.
      const before = backend.asked.filter((other) => other !== asked && other.peer === peer).length;
      for (let sent = 0; sent < DOWNLOAD; ) {
        const piece = PIECE.subarray(0, Math.min(PIECE.length, DOWNLOAD - sent));
        sent += piece.length;
        await peer.until(() => sent <= first + granted(id) && sent + before <= WINDOW + granted(0));
        peer.send(data(id, piece, sent === DOWNLOAD ? END_STREAM : 0));
      }
    };
    const { came, body } = await conformance.ask(get(host, '/case'));
    assert.deepEqual([came, body.length], [200, DOWNLOAD]);
    assert.deepEqual(backend.wrongs, []);
  });

  test('must not be overrun where the client does not read', async (t) => {
    const backend = await Http2Backend.start(t);
    const host = await conformance.hostOf(backend);
    backend.answer = (asked) =>
      asked.path === '/case' ? asked.peer.send(responds(asked.id)) : answersPath(asked);
    const client = await RawClient.connect(conformance.router.port);
    t.onTestFinished(() => client.close());
    client.socket.pause();
    client.send(get(host, '/case'));
    const { peer, id } = await backend.heard('/case');
    const reset = () => peer.of(TYPE.resetStream, id)[0];
    const ended = peer.until(() => reset() !== undefined).catch(() => {});
    for (let sent = 0; sent < EXCESS && reset() === undefined && peer.ended === 'no'; sent += PIECE.length) {
      peer.send(data(id, PIECE));
      if (peer.socket.writableNeedDrain)
        await Promise.race([once(peer.socket, 'drain').catch(() => {}), ended]);
    }
    await ended;
    const code = reset() === undefined ? peer.goaway?.code : reset()!.payload.readUInt32BE(0);
    // Where the backend had more to say, the end of its connection may overtake the GOAWAY.
    assert.ok(code === 3 || code === 'FLOW_CONTROL_ERROR' || peer.ended !== 'no', peer.summary());
    assert.deepEqual(await conformance.ask(get(host, '/good')), { came: 200, body: '/good' });
  });
});
