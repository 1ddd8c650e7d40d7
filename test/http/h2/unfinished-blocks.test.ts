import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Http2Backend } from '../../support/http2-backend.ts';
import { http2Engine } from '../../support/http2-engine.ts';
import { connectPeer } from '../../support/http2-peer.ts';
import { asking, frame, headers, TYPE } from '../../support/raw-http2.ts';

const CLIENTS = 16;
/** Of 2 MiB that each may send before it is too much. */
const FRAMES = 120;
const FULL = Buffer.alloc(16_384);

test('header blocks without an end share the memory of heads that came in part: the oldest gives way', async (t) => {
  const engine = await http2Engine(t, await Http2Backend.start(t));
  const clients = [];
  for (let i = 0; i < CLIENTS; i++) {
    const client = await connectPeer(engine.port);
    const more = Array.from({ length: FRAMES }, () => frame(TYPE.continuation, 0, 1, FULL));
    client.write(Buffer.concat([frame(TYPE.headers, 0, 1, FULL), ...more]));
    clients.push(client);
    await engine.until(() => engine.sockets[i]!.bytesRead > FRAMES * FULL.length);
  }
  await clients[0]!.closed();
  assert.deepEqual(clients[0]!.goaway, { lastStream: 0, code: 'ENHANCE_YOUR_CALM' });
  const left = clients.filter(({ ended }) => ended === 'no');
  assert.ok(
    left.length > 3 && left.length * FRAMES * FULL.length <= 17 * 1024 * 1024,
    `${left.length} are left`,
  );
  assert.ok(left.includes(clients.at(-1)!));
  const client = await connectPeer(engine.port);
  client.send(headers(1, asking()));
  assert.equal(await client.outcome(1), '200');
  for (const each of [client, ...clients]) each.close();
  await engine.isEmpty();
});
