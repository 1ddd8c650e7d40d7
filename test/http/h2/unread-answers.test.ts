import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'vitest';
import { REQUESTS } from '../../../src/telemetry/counters.ts';
import { Http2Backend } from '../../support/http2-backend.ts';
import { http2Engine } from '../../support/http2-engine.ts';
import { asking, headers, PREFACE, settings } from '../../support/raw-http2.ts';

const MB = 1024 * 1024;
/** Far more than kernels hold of answers without a body. */
const MOST_REQUESTS = 400_000;
const BATCH = 500;

test('a client that reads no answer is asked no more questions: heads are subject to no window', async (t) => {
  const engine = await http2Engine(t, await Http2Backend.start(t));
  const client = connect(engine.port, '127.0.0.1').pause();
  client.write(Buffer.concat([PREFACE, settings()]));
  const request = asking({ ':method': 'HEAD', ':authority': 'nobody.test' });
  let sent = 0;
  while (sent < MOST_REQUESTS && client.writableLength < MB) {
    client.write(Buffer.concat(Array.from({ length: BATCH }, () => headers(2 * sent++ + 1, request))));
    await nextTurn();
    const waiting = engine.sockets[0]?.writableLength ?? 0;
    assert.ok(waiting < MB, `${waiting} bytes wait for it`);
  }
  assert.ok(sent < MOST_REQUESTS, 'all of it was read');
  // Once it reads, it is answered.
  client.resume();
  await engine.until(() => engine.proxy.context.counters.get(REQUESTS) === sent);
  client.destroy();
  await engine.isEmpty();
});
