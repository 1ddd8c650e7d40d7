import assert from 'node:assert/strict';
import { test } from 'vitest';
import { type Asked, Http2Backend, responds } from '../../support/http2-backend.ts';
import { http2Engine } from '../../support/http2-engine.ts';
import { connectPeer } from '../../support/http2-peer.ts';
import { get, statusOf } from '../../support/raw-http.ts';
import { asking, data, END_STREAM, headers } from '../../support/raw-http2.ts';

/** As Go's server does, which states the length of what is short, trailers or not. */
function answering(body: string): (asked: Asked) => void {
  return ({ peer, id }) =>
    peer.send(
      responds(id, [['content-length', String(body.length)]]),
      ...(body === '' ? [] : [data(id, body)]),
      headers(id, [['grpc-status', '0']], END_STREAM),
    );
}

for (const body of ['hello', '']) {
  test(`RFC 9113 §8.1 trailers pass behind a stated length of ${body.length}`, async (t) => {
    const engine = await http2Engine(t, await Http2Backend.start(t, answering(body)));
    const client = await connectPeer(engine.port);
    client.send(headers(1, asking()));
    const { heads, body: got, end } = await client.over(1);
    assert.deepEqual([heads[1], got, end], [[['grpc-status', '0']], body, 'ended']);
    assert.deepEqual(client.wrongs, []);
    client.close();
    await engine.isEmpty();
  });

  test(`a client on HTTP/1.1 gets the ${body.length} bytes without them`, async (t) => {
    const engine = await http2Engine(t, await Http2Backend.start(t, answering(body)));
    const client = await engine.connect();
    client.send(get('app.test', '/'));
    const response = await client.response();
    assert.deepEqual([statusOf(response), response.body, response.trailers], [200, body, []]);
    client.close();
    await engine.isEmpty();
  });
}
