import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, test } from 'vitest';
import {
  LARGE_BODY as BODY,
  CASE,
  Conformance,
  ends,
  HELD,
  maybe,
  ping,
  posts,
  type Row,
  resets,
  row,
  SERVED,
} from '../../support/http2-conformance.ts';
import {
  asking,
  data,
  END_STREAM,
  frame,
  headers,
  SETTING,
  settings,
  TYPE,
  windowUpdate,
} from '../../support/raw-http2.ts';

const conformance = Conformance.suite();

const WINDOW = 65_535;
/** More than all buffers on the way hold. */
const EXCESS = 64 * 1024 * 1024;
const PROTOCOL = ends('PROTOCOL_ERROR');
const SIZE = ends('FRAME_SIZE_ERROR');

const windowRows: Row[] = [
  row('§6.9', 'WINDOW_UPDATE by nothing on the connection ends it', [windowUpdate(0, 0)], PROTOCOL, {
    tls: true,
  }),
  row(
    '§6.9',
    'WINDOW_UPDATE by nothing on a stream is an error of the stream',
    [HELD, windowUpdate(CASE, 0)],
    resets('PROTOCOL_ERROR'),
    { reaches: maybe, tls: true },
  ),
  ...[0, 3, 5].flatMap((length) =>
    [0, CASE].map((stream) =>
      row(
        '§6.9',
        `WINDOW_UPDATE of ${length} bytes on stream ${stream} ends the connection`,
        [HELD, frame(TYPE.windowUpdate, 0, stream, Buffer.alloc(length))],
        SIZE,
        { reaches: maybe },
      ),
    ),
  ),
  row(
    '§6.9.1',
    'a window of more than 2^31-1 on a stream is an error of the stream',
    [HELD, windowUpdate(CASE, 2 ** 31 - 1)],
    resets('FLOW_CONTROL_ERROR'),
    { reaches: maybe, tls: true },
  ),
  row(
    '§6.9.1',
    'a window of 2^31-1 is none',
    [posts(), windowUpdate(CASE, 2 ** 31 - 1 - 65_535), data(CASE, '', END_STREAM)],
    SERVED,
  ),
  row(
    '§6.9.1',
    'a window of more than 2^31-1 on the connection ends it',
    [windowUpdate(0, 2 ** 31 - 1)],
    ends('FLOW_CONTROL_ERROR'),
    { tls: true },
  ),
  row(
    '§6.9.2',
    'SETTINGS that make a stream’s window larger than 2^31-1 end the connection',
    [HELD, windowUpdate(CASE, 2 ** 31 - 1 - 65_535), settings([SETTING.initialWindowSize, 65_536])],
    ends('FLOW_CONTROL_ERROR'),
    { reaches: maybe },
  ),
];

const asksLarge = (id: number) => headers(id, asking({ ':path': '/large' }));

describe('§6.9 windows with a client:', () => {
  conformance.run(windowRows);

  test('§6.9.1 a response stands still at the end of its window and goes on with the next', () =>
    conformance.talks(async (client) => {
      client.send(asksLarge(1));
      await client.until(() => client.stream(1).body.length === WINDOW);
      client.send(windowUpdate(1, 1000), windowUpdate(0, 7));
      await client.until(() => client.stream(1).body.length === WINDOW + 7);
      client.send(windowUpdate(0, BODY));
      await client.until(() => client.stream(1).body.length === WINDOW + 1000);
      client.send(windowUpdate(1, BODY));
      assert.equal(await client.outcome(1), '200');
      assert.equal(client.stream(1).body.length, BODY);
    }));

  test('§6.9.1 two responses share the window of the connection', () =>
    conformance.talks(async (client) => {
      client.send(asksLarge(1), asksLarge(3));
      const both = () => client.stream(1).body.length + client.stream(3).body.length;
      await client.until(() => both() === WINDOW);
      client.send(windowUpdate(0, 2 * BODY), windowUpdate(1, BODY));
      assert.equal(await client.outcome(1), '200');
      await client.until(() => client.stream(3).body.length === WINDOW);
      client.send(windowUpdate(3, BODY));
      assert.equal(await client.outcome(3), '200');
    }));

  test('§6.9.2 a first window of none lets heads pass and holds bodies', () =>
    conformance.talks(
      async (client) => {
        client.send(asksLarge(1));
        await client.until(() => client.statusOf(1) === '200');
        client.send(ping());
        await client.until(() => client.of(TYPE.ping, 0).length > 0);
        assert.equal(client.stream(1).body, '');
        client.send(windowUpdate(1, 1));
        await client.until(() => client.stream(1).body.length === 1);
        client.send(settings([SETTING.initialWindowSize, 10]));
        await client.until(() => client.stream(1).body.length === 11);
        client.send(windowUpdate(0, BODY), settings([SETTING.initialWindowSize, BODY]));
        assert.equal(await client.outcome(1), '200');
      },
      settings([SETTING.initialWindowSize, 0]),
    ));

  test('§6.9.2 a window that SETTINGS make negative is paid off before more comes', () =>
    conformance.talks(async (client) => {
      client.send(windowUpdate(0, 2 * BODY), asksLarge(1));
      await client.until(() => client.stream(1).body.length === WINDOW);
      client.send(settings([SETTING.initialWindowSize, 0]), windowUpdate(1, WINDOW - 1), ping());
      await client.until(() => client.of(TYPE.ping, 0).length > 0);
      assert.equal(client.stream(1).body.length, WINDOW);
      client.send(windowUpdate(1, 3));
      await client.until(() => client.stream(1).body.length === WINDOW + 2);
      client.send(windowUpdate(1, BODY));
      assert.equal(await client.outcome(1), '200');
    }));

  test('§6.9.1 what is sent beyond the window is an error', async (t) => {
    const deaf = createServer((socket) => {
      open.push(socket);
      socket.on('error', () => {});
      socket.on('data', (bytes: Buffer) => {
        // What asks whether there is a route is answered.
        if (bytes.toString().startsWith('GET ')) socket.write('HTTP/1.1 204 No Content\r\n\r\n');
        else socket.pause();
      });
    });
    const open: Socket[] = [];
    deaf.listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    t.onTestFinished(() => {
      deaf.close();
      for (const socket of open) socket.destroy();
    });
    await conformance.router.route('deaf.test', (deaf.address() as AddressInfo).port);
    await conformance.talks(async (client) => {
      client.send(headers(1, asking({ ':method': 'POST', ':authority': 'deaf.test' }), 0));
      const piece = frame(TYPE.data, 0, 1, Buffer.alloc(16_384));
      for (let sent = 0; sent < EXCESS && client.stream(1).end === 'open' && client.ended === 'no'; ) {
        client.send(piece);
        sent += piece.length;
        const drained = client.socket.writableNeedDrain ? once(client.socket, 'drain') : null;
        await Promise.race([drained, client.closed()]).catch(() => {});
      }
      // Where the client had more to say, the end of its connection may overtake the GOAWAY.
      assert.match(await client.outcome(1), /^(?:RST FLOW_CONTROL_ERROR|GOAWAY FLOW_CONTROL_ERROR|closed)$/);
    });
  });
});
