import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, test } from 'vitest';
import { Conformance, ping } from '../../support/http2-conformance.ts';
import { connectPeer, Http2Peer } from '../../support/http2-peer.ts';
import {
  ACK,
  asking,
  frame,
  headers,
  PREFACE,
  settings,
  TYPE,
  windowUpdate,
} from '../../support/raw-http2.ts';

const conformance = Conformance.suite();

const REQUEST = headers(1, asking());

async function inClear(): Promise<Socket> {
  const socket = connect({ port: conformance.router.port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** Without TLS, what is not the preface is HTTP/1.1 or nothing. */
const DOORS = [
  ['in clear', inClear],
  ['over TLS', () => conformance.secure()],
] as const;

/** What the router says to these first words, beside a connection that must not notice. */
function says(
  open: () => Promise<Socket>,
  words: readonly Buffer[],
  run: (peer: Http2Peer) => Promise<void>,
) {
  return conformance.talks(async () => {
    const socket = await open();
    const peer = new Http2Peer(socket, 'client').send(...words);
    await run(peer).finally(() => peer.close());
  });
}

const NO_SETTINGS: Readonly<Record<string, Buffer>> = {
  HEADERS: REQUEST,
  PING: ping(),
  WINDOW_UPDATE: windowUpdate(0, 1),
  'a frame of an unknown type': frame(0x63, 0, 0, Buffer.alloc(4)),
  'an ACK of SETTINGS': frame(TYPE.settings, ACK, 0),
  'SETTINGS on a stream': frame(TYPE.settings, 0, 1),
  'the preface once more': PREFACE,
  GOAWAY: frame(TYPE.goaway, 0, 0, Buffer.alloc(8)),
};

for (const [where, open] of DOORS) {
  describe(`§3.4 what a client begins with, ${where}:`, () => {
    for (const [name, first] of Object.entries(NO_SETTINGS)) {
      test(`the preface and then ${name} is an error`, () =>
        says(open, [PREFACE, first, settings(), REQUEST], async (peer) => {
          await peer.closed();
          assert.match(peer.goaway?.code ?? 'none', /^(?:PROTOCOL_ERROR|FRAME_SIZE_ERROR)$/);
          assert.equal(peer.statusOf(1), undefined);
        }));
    }

    test('a request right behind the preface and SETTINGS is answered', () =>
      says(open, [PREFACE, settings(), REQUEST], async (peer) => {
        assert.equal(await peer.outcome(1), '200');
        assert.deepEqual(peer.wrongs, []);
      }));

    test('the router says its SETTINGS without waiting, and acknowledges the client’s', () =>
      says(open, [PREFACE, settings()], async (peer) => {
        await peer.until(() => peer.of(TYPE.settings, 0).some(({ flags }) => flags === ACK));
        assert.equal(peer.frames[0]!.type, TYPE.settings);
        assert.equal(peer.settings.get(2) ?? 0, 0, 'ENABLE_PUSH of a server');
        assert.deepEqual(peer.wrongs, []);
      }));

    for (const at of [3, 10, 15, 20, 23]) {
      test(`a preface that is wrong at byte ${at} ends the connection`, () => {
        const wrong = Buffer.from(PREFACE);
        wrong[at]! ^= 0x20;
        return says(open, [wrong, settings(), REQUEST], async (peer) => {
          await peer.closed();
          assert.equal(peer.statusOf(1), undefined);
        });
      });
    }
  });
}

test('§3.3 HTTP/1.1 over a connection for which HTTP/2 was chosen ends it', () =>
  says(
    () => conformance.secure(),
    [Buffer.from('GET / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n')],
    async (peer) => peer.closed(),
  ));

test('§3.4 SETTINGS that come later may be of any size and number', async () => {
  const peer = await connectPeer(
    conformance.router.port,
    settings([1, 0], [2, 0], [3, 1], [4, 1], [5, 20_000], [6, 9]),
  );
  peer.send(settings(), settings([4, 65_535]), REQUEST);
  assert.equal(await peer.outcome(1), '200');
  assert.deepEqual(peer.wrongs, []);
  peer.close();
});
