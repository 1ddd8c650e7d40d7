import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Http2Backend, responds } from '../../support/http2-backend.ts';
import { http2Engine } from '../../support/http2-engine.ts';
import { connectPeer } from '../../support/http2-peer.ts';
import { ACK, asking, data, END_STREAM, frame, headers, TYPE, uint32 } from '../../support/raw-http2.ts';

const PING = frame(TYPE.ping, 0, 0, Buffer.from('the ping'));

test('a request that comes behind the last GOAWAY costs those under way nothing, whatever follows its head', async (t) => {
  const backend = await Http2Backend.start(t, () => {});
  const engine = await http2Engine(t, backend);
  const client = await connectPeer(engine.port);
  client.send(headers(1, asking({ ':path': '/held' })));
  const { peer, id } = await backend.heard('/held');
  for (const downstream of engine.proxy.downstreams) downstream.drain();
  await client.until(() => client.goaway?.lastStream === 1);
  client.send(
    headers(3, asking({ ':method': 'POST', ':path': '/late' }), 0),
    data(3, 'late'),
    frame(TYPE.windowUpdate, 0, 3, uint32(1)),
    data(3, 'late', END_STREAM),
    PING,
  );
  await client.until(() => client.of(TYPE.ping, 0).some(({ flags }) => flags === ACK));
  peer.send(responds(id), data(id, 'whole', END_STREAM));
  assert.equal(await client.outcome(1), '200', client.summary());
  await client.closed();
  assert.deepEqual([client.goaway, client.wrongs], [{ lastStream: 1, code: 'NO_ERROR' }, []]);
  assert.equal(backend.asked.length, 1);
  client.close();
  await engine.isEmpty();
});

test('RFC 9113 §6.7 a PING is answered even where it comes with what ends the connection', async (t) => {
  const engine = await http2Engine(t, await Http2Backend.start(t));
  const client = await connectPeer(engine.port);
  client.send(frame(TYPE.goaway, 0, 0, Buffer.alloc(8)), PING);
  await client.closed();
  assert.deepEqual(
    client.of(TYPE.ping, 0).map(({ payload }) => String(payload)),
    ['the ping'],
  );
  client.close();
  await engine.isEmpty();
});

test('a client that was asked whether it is there, and drained then, has the time to read the announcement', async (t) => {
  const backend = await Http2Backend.start(t, () => {});
  const engine = await http2Engine(t, backend, { requestIdleTimeout: 30 });
  const client = await connectPeer(engine.port);
  client.answers = false;
  client.send(headers(1, asking({ ':method': 'POST', ':path': '/held' }), 0));
  const { peer, id } = await backend.heard('/held');
  peer.send(responds(id));
  await client.until(() => client.of(TYPE.ping, 0).length === 1);
  for (const downstream of engine.proxy.downstreams) downstream.drain();
  await client.until(() => client.of(TYPE.ping, 0).length === 2);
  const [life, drain] = client.of(TYPE.ping, 0);
  client.send(frame(TYPE.ping, ACK, 0, life!.payload));
  client.send(headers(3, asking({ ':path': '/on-its-way' })));
  await backend.heard('/on-its-way');
  client.send(frame(TYPE.ping, ACK, 0, drain!.payload));
  await client.until(() => client.goaway?.lastStream === 3);
  client.close();
  await engine.isEmpty();
});
