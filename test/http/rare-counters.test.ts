import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'vitest';
import {
  EMPTY_CONTENT_LENGTH_HEADER,
  WEBSOCKET_FAILURES,
  WEBSOCKET_UPGRADES,
} from '../../src/telemetry/counters.ts';
import { Backend, ok } from '../support/backend.ts';
import { freePort } from '../support/free-port.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { statusOf } from '../support/raw-http.ts';
import { startWebSocketServer } from '../support/websocket-server.ts';

function webSocket(host: string): string {
  return `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
}

test('§3.11 websocket_upgrades counts a 101 as it comes, and every other answer; websocket_failures where there is none', async (t) => {
  const engine = await HttpEngine.start(t);
  const plain = await Backend.start(t, () => ok());
  engine.route('echo.test', await startWebSocketServer(t));
  engine.route('plain.test', plain.port);
  engine.route('gone.test', await freePort());
  const counted = () =>
    [WEBSOCKET_UPGRADES, WEBSOCKET_FAILURES].map((at) => engine.proxy.context.counters.get(at));
  const open = await engine.connect();
  assert.equal(statusOf(await open.send(webSocket('echo.test')).response()), 101);
  assert.deepEqual(counted(), [1, 0]);
  const refused = await engine.connect();
  assert.equal(statusOf(await refused.send(webSocket('plain.test')).response()), 200);
  assert.deepEqual(counted(), [2, 0]);
  const failed = await engine.connect();
  assert.equal(statusOf(await failed.send(webSocket('gone.test')).response()), 502);
  assert.deepEqual(counted(), [2, 1]);
  const lost = await engine.connect();
  assert.equal(statusOf(await lost.send(webSocket('nobody.test')).response()), 404);
  assert.deepEqual(counted(), [2, 1], 'no backend was asked');
  open.socket.end();
  await once(open.socket, 'close');
  await engine.until(() => engine.accessLog.length === 4);
  assert.deepEqual(counted(), [2, 1], 'the end of a tunnel is no second upgrade');
});

test('§6.5 empty_content_length_header counts requests whose Content-Length has nothing in it', async (t) => {
  const engine = await HttpEngine.start(t);
  for (const length of ['', 'x']) {
    const client = await engine.connect();
    const answer = await client
      .send(`POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length:${length}\r\n\r\n`)
      .response();
    assert.equal(statusOf(answer), 400);
  }
  assert.equal(engine.proxy.context.counters.get(EMPTY_CONTENT_LENGTH_HEADER), 1);
});
