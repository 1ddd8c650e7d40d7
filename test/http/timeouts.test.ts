import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import type { HttpSettings } from '../../src/http/settings.ts';
import { REFUSED_MESSAGES } from '../../src/telemetry/counters.ts';
import { Backend, type BackendConnection, ok } from '../support/backend.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { get, type RawClient, type RawMessage, statusOf, valuesOf } from '../support/raw-http.ts';

/** ms: what a case times out after. */
const SHORT = 150;
/** How much later on a busy machine. */
const SLACK = 2000;

interface Bed {
  readonly engine: HttpEngine;
  readonly app: Backend;
  readonly client: RawClient;
}

/** An engine with one application that answers nothing by itself, and a client. */
async function start(t: TestContext, settings: Partial<HttpSettings>): Promise<Bed> {
  const engine = await HttpEngine.start(t, settings);
  const app = await Backend.start(t, () => undefined);
  engine.route('app.test', app.port);
  return { engine, app, client: await engine.connect() };
}

async function heard(app: Backend): Promise<BackendConnection> {
  await app.until(() => app.received.includes('\r\n\r\n'));
  return app.connections[0]!;
}

/** Resolves with what `happens`, which it must not before the time. */
async function inTime<T>(happens: Promise<T>): Promise<T> {
  const begun = performance.now();
  const result = await happens;
  const took = performance.now() - begun;
  assert.ok(took > SHORT / 3 && took < SHORT + SLACK, `took ${took} ms`);
  return result;
}

function post(length: number, body: string): string {
  return `POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: ${length}\r\n\r\n${body}`;
}

function assertFailed(response: RawMessage, status: number, code: string): void {
  assert.deepEqual([statusOf(response), valuesOf(response, 'X-Cf-RouterError')], [status, [code]]);
}

/** That nothing of the exchange is left once the client is gone, and that it was logged once. */
async function assertNothingLeft({ engine, client }: Bed, lines = 1): Promise<void> {
  client.close();
  await engine.isEmpty();
  assert.equal(engine.accessLog.length, lines);
}

describe('a client', () => {
  test('that stops in the middle of a head gets 408', async (t) => {
    const bed = await start(t, { headTimeout: SHORT });
    const response = await inTime(bed.client.send('GET / HTTP/1.1\r\nHost: app').response());
    assertFailed(response, 408, 'head_timeout');
    assert.deepEqual(valuesOf(response, 'Connection'), ['close']);
    assert.equal(await bed.client.closed, 'end');
    assert.equal(bed.app.connections.length, 0);
    await assertNothingLeft(bed, 0);
  });

  test('§3.8 that drips a head gets 408 when the time is over, however often it sends', async (t) => {
    const bed = await start(t, { headTimeout: SHORT });
    const drip = setInterval(() => bed.client.send('x'), 20);
    t.onTestFinished(() => clearInterval(drip));
    assertFailed(await inTime(bed.client.send('GET /').response()), 408, 'head_timeout');
    clearInterval(drip);
    await assertNothingLeft(bed, 0);
  });

  test('that stops in the middle of a body gets 408, and the application no whole request', async (t) => {
    const bed = await start(t, { requestIdleTimeout: SHORT });
    const response = inTime(bed.client.send(post(10, 'some')).response());
    const { socket } = await heard(bed.app);
    assertFailed(await response, 408, 'body_timeout');
    assert.equal(await bed.client.closed, 'end');
    await bed.app.until(() => socket.destroyed);
    assert.equal(bed.app.requests.length, 0);
    assert.equal(bed.engine.failed, 0);
    await assertNothingLeft(bed);
    assert.match(bed.engine.accessLog[0]!, / 408 4 /);
  });

  test('that stops in the middle of a body after the response has begun sees it cut off', async (t) => {
    const bed = await start(t, { requestIdleTimeout: SHORT });
    bed.client.send(post(10, 'some'));
    const { socket } = await heard(bed.app);
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nearly');
    await assert.rejects(bed.client.response(), /connection closed/);
    await bed.app.until(() => socket.destroyed);
    await assertNothingLeft(bed);
  });

  test('that goes on with its body in time may take long for all of it', async (t) => {
    const bed = await start(t, { requestIdleTimeout: 2 * SHORT, firstByteTimeout: 2 * SHORT });
    bed.app.answer = (request) => ok(request.body);
    bed.client.send(post(8, ''));
    for (const byte of 'patience') {
      await new Promise((resolve) => setTimeout(resolve, SHORT / 3));
      bed.client.send(byte);
    }
    assert.equal((await bed.client.response()).body, 'patience');
    await assertNothingLeft(bed);
  });

  test('is not hurried while the router has nowhere to put its body', async (t) => {
    const bed = await start(t, {});
    const length = 20_000_000;
    bed.client.send(post(length, ''));
    const { socket } = await heard(bed.app);
    socket.pause();
    bed.client.send(Buffer.alloc(length, 'x'));
    const { deadlines } = bed.engine.proxy.context;
    await bed.engine.untilSteady(() => bed.engine.sockets[0]!.bytesRead);
    assert.equal(deadlines.requestIdle.expireFirst(), false);
    assert.equal(deadlines.firstByte.expireFirst(), false);
    assert.equal(bed.client.received, '');
    socket.destroy();
    await assertNothingLeft(bed);
  });

  test('X04 that takes nothing of a response is cut off, and the application with it', async (t) => {
    const bed = await start(t, { stalledWriteTimeout: SHORT });
    bed.client.socket.pause();
    bed.client.send(get('app.test'));
    const { socket } = await heard(bed.app);
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    const more = () => {
      while (socket.write(`8000\r\n${'x'.repeat(0x8000)}\r\n`));
    };
    socket.on('drain', more);
    more();
    await bed.app.until(() => socket.destroyed);
    await bed.engine.until(() => bed.engine.proxy.downstreams.size === 0);
    await assertNothingLeft(bed);
    assert.equal(bed.engine.failed, 0);
  });

  test('§3.8 between requests is closed when it has been idle for long', async (t) => {
    const bed = await start(t, { downstreamIdleTimeout: SHORT });
    bed.app.answer = () => ok();
    await bed.client.send(get('app.test')).response();
    assert.equal(await inTime(bed.client.closed), 'end');
    assert.equal(bed.client.received, '');
    await assertNothingLeft(bed);
  });

  test('that never says anything is closed when it has been idle for long', async (t) => {
    const bed = await start(t, { downstreamIdleTimeout: SHORT });
    assert.equal(await inTime(bed.client.closed), 'end');
    await assertNothingLeft(bed, 0);
  });

  for (const [where, before] of [
    ['behind a request', get('app.test')],
    ['at first', ''],
  ] as const) {
    test(`S15 that sends no more than an empty line ${where} is idle, not in the middle of a head`, async (t) => {
      const bed = await start(t, { downstreamIdleTimeout: SHORT, headTimeout: SHORT / 3 });
      bed.app.answer = () => ok();
      if (before !== '') await bed.client.send(before).response();
      bed.client.send('\r\n');
      assert.equal(await inTime(bed.client.closed), 'end');
      assert.equal(bed.client.received, '');
      await assertNothingLeft(bed, before === '' ? 0 : 1);
    });
  }

  test('S15 that begins a head behind an empty line gets 408 when it stops', async (t) => {
    const bed = await start(t, { headTimeout: SHORT });
    bed.client.send('\r\n');
    await bed.engine.until(() => bed.engine.sockets[0]?.bytesRead === 2);
    bed.client.send('G');
    assertFailed(await inTime(bed.client.response()), 408, 'head_timeout');
    await assertNothingLeft(bed, 0);
  });

  test('that keeps sending behind its last answer is cut off after 2 s', async (t) => {
    const bed = await start(t, {});
    const begun = performance.now();
    const drip = setInterval(() => bed.client.send('more'), 20);
    t.onTestFinished(() => clearInterval(drip));
    assert.equal(statusOf(await bed.client.send('bad\r\n\r\n').response()), 400);
    assert.equal(await bed.client.closed, 'end');
    await new Promise((resolve) => bed.client.socket.once('close', resolve));
    const took = performance.now() - begun;
    assert.ok(took > 1500 && took < 2000 + SLACK, `took ${took} ms`);
    clearInterval(drip);
    await assertNothingLeft(bed, 0);
  });
});

describe('an application', () => {
  test('that answers nothing is given up with 502', async (t) => {
    const bed = await start(t, { firstByteTimeout: SHORT });
    const response = await inTime(bed.client.send(get('app.test')).response());
    assertFailed(response, 502, 'endpoint_failure (no response in time)');
    await bed.app.until(() => bed.app.openConnections === 0);
    assert.equal(bed.app.requests.length, 1);
    bed.app.answer = () => ok('next');
    assert.equal((await bed.client.send(get('app.test')).response()).body, 'next');
    await assertNothingLeft(bed, 2);
  });

  test('that answers nothing to a POST is given up once, not asked again, and passed over then', async (t) => {
    const bed = await start(t, { firstByteTimeout: SHORT });
    const other = await Backend.start(t);
    bed.engine.route('two.test', bed.app.port, other.port);
    const request = post(4, 'body').replace('app.test', 'two.test');
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push(statusOf(await bed.client.send(request).response()));
    assert.deepEqual(statuses.toSorted(), [200, 200, 200, 502]);
    assert.deepEqual([bed.app.requests.length, other.requests.length], [1, 3]);
    await assertNothingLeft(bed, 4);
  });

  test('that sends 1xx now and then may take long for the final response', async (t) => {
    const bed = await start(t, { firstByteTimeout: SHORT, responseIdleTimeout: SHORT });
    bed.client.send(get('app.test'));
    const { socket } = await heard(bed.app);
    for (let i = 0; i < 6; i++) {
      await new Promise((resolve) => setTimeout(resolve, SHORT / 3));
      socket.write('HTTP/1.1 102 Processing\r\n\r\n');
    }
    socket.write(ok('done'));
    for (let i = 0; i < 6; i++) assert.equal(statusOf(await bed.client.response()), 102);
    assert.equal((await bed.client.response()).body, 'done');
    await assertNothingLeft(bed);
  });

  test('B12 that sends 1xx without end is given up when the time for the exchange is over', async (t) => {
    const bed = await start(t, { endpointTimeout: SHORT });
    bed.client.send(get('app.test'));
    const { socket } = await heard(bed.app);
    const drip = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 10);
    t.onTestFinished(() => clearInterval(drip));
    const last = async () => {
      for (;;) {
        const response = await bed.client.response();
        if (statusOf(response) !== 102) return response;
      }
    };
    assertFailed(await inTime(last()), 502, 'endpoint_failure (context deadline exceeded)');
    clearInterval(drip);
    await assertNothingLeft(bed);
  });

  test('that has said 100 is not hurried while the client sends its body', async (t) => {
    const bed = await start(t, { firstByteTimeout: SHORT, responseIdleTimeout: SHORT });
    bed.client.send(post(4, '').replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n'));
    (await heard(bed.app)).socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    assert.equal(statusOf(await bed.client.response()), 100);
    await new Promise((resolve) => setTimeout(resolve, SHORT * 2));
    bed.app.answer = (request) => ok(request.body);
    assert.equal((await bed.client.send('body').response()).body, 'body');
    await assertNothingLeft(bed);
  });

  for (const [where, answer] of [
    ['head', 'HTTP/1.1 200 OK\r\nContent-Le'],
    ['head behind a 1xx', 'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 2'],
  ]) {
    test(`that stops in the middle of a ${where} is given up with 502`, async (t) => {
      const bed = await start(t, { responseIdleTimeout: SHORT });
      bed.client.send(get('app.test'));
      (await heard(bed.app)).socket.write(answer!);
      let response = await bed.client.response();
      if (statusOf(response) === 103) response = await bed.client.response();
      assertFailed(response, 502, 'endpoint_failure (response idle timeout)');
      await bed.app.until(() => bed.app.openConnections === 0);
      await assertNothingLeft(bed);
    });
  }

  for (const [framing, answer] of [
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome'],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n'],
    ['its connection', 'HTTP/1.1 200 OK\r\n\r\nsome'],
  ]) {
    test(`that stops in the middle of a body of ${framing} is cut off for the client to see`, async (t) => {
      const bed = await start(t, { responseIdleTimeout: SHORT });
      bed.client.send(get('app.test'));
      (await heard(bed.app)).socket.write(answer!);
      await bed.client.until('some');
      await inTime(assert.rejects(bed.client.response(), /connection closed/));
      await bed.app.until(() => bed.app.openConnections === 0);
      await assertNothingLeft(bed);
      assert.match(
        bed.engine.accessLog[0]!,
        /x_cf_routererror:"endpoint_failure \(response idle timeout\)"$/,
      );
    });
  }

  test('that stops in the middle of a body for HTTP/1.0 is cut off by a reset, since an end would pass', async (t) => {
    const bed = await start(t, { responseIdleTimeout: SHORT });
    bed.client.send('GET / HTTP/1.0\r\nHost: app.test\r\n\r\n');
    (await heard(bed.app)).socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n');
    assert.equal(await bed.client.closed, 'reset');
    await assertNothingLeft(bed);
  });

  test('whose client is slow is not hurried', async (t) => {
    const bed = await start(t, { responseIdleTimeout: 60_000 });
    const answer = Buffer.from(ok('x'.repeat(20_000_000)));
    bed.app.answer = () => answer;
    bed.client.socket.pause();
    bed.client.send(get('app.test'));
    await heard(bed.app);
    await bed.engine.untilSteady(() => bed.engine.sockets[0]!.bytesWritten);
    assert.equal(bed.engine.proxy.context.deadlines.responseIdle.expireFirst(), false);
    assert.equal(bed.engine.upstreams, 1);
    await assertNothingLeft(bed);
  });

  test('that takes nothing of a body is given up with 502', async (t) => {
    const bed = await start(t, { stalledWriteTimeout: SHORT });
    bed.client.send(post(50_000_000, ''));
    const { socket } = await heard(bed.app);
    socket.pause();
    const piece = 'x'.repeat(1 << 20);
    for (let i = 0; i < 20; i++) bed.client.send(piece);
    assertFailed(await bed.client.response(), 502, 'endpoint_failure (stalled write)');
    socket.resume();
    await bed.app.until(() => socket.destroyed);
    await assertNothingLeft(bed);
  });

  test('that takes nothing of a body is cut off also while it goes on with its response', async (t) => {
    const bed = await start(t, { stalledWriteTimeout: SHORT });
    bed.client.send(post(50_000_000, ''));
    const { socket } = await heard(bed.app);
    socket.pause();
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    const drip = setInterval(() => socket.write('1\r\nx\r\n'), 20);
    t.onTestFinished(() => clearInterval(drip));
    const piece = 'x'.repeat(1 << 20);
    for (let i = 0; i < 20; i++) bed.client.send(piece);
    await assert.rejects(bed.client.response(), /connection closed/);
    clearInterval(drip);
    socket.resume();
    await bed.app.until(() => socket.destroyed);
    await assertNothingLeft(bed);
  });

  test('§3.8 that has the request for longer than an exchange may take is given up with 502', async (t) => {
    const bed = await start(t, { endpointTimeout: SHORT });
    const response = await inTime(bed.client.send(get('app.test')).response());
    assertFailed(response, 502, 'endpoint_failure (context deadline exceeded)');
    await bed.app.until(() => bed.app.openConnections === 0);
    await assertNothingLeft(bed);
  });

  test('§3.8 that streams for longer than an exchange may take is cut off', async (t) => {
    const bed = await start(t, { endpointTimeout: SHORT });
    bed.client.send(get('app.test'));
    const { socket } = await heard(bed.app);
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    const drip = setInterval(() => socket.write('1\r\nx\r\n'), 20);
    t.onTestFinished(() => clearInterval(drip));
    await inTime(assert.rejects(bed.client.response(), /connection closed/));
    clearInterval(drip);
    await bed.app.until(() => socket.destroyed);
    await assertNothingLeft(bed);
  });

  test('§2.10 that cannot be reached in time is given up with 502 and passed over for a while', async (t) => {
    const bed = await start(t, { dialTimeout: SHORT, maxAttempts: 2 });
    bed.engine.routeTo('hole.test', '192.0.2.1', 9);
    const response = await bed.client.send(get('hole.test')).response();
    assert.equal(statusOf(response), 502);
    assert.match(valuesOf(response, 'X-Cf-RouterError')[0]!, /^endpoint_failure \(dial: /);
    assert.equal(bed.engine.failed, 1);
    await assertNothingLeft(bed);
  });
});

test('a time of 0 is no limit', async (t) => {
  const bed = await start(t, {
    headTimeout: 0,
    requestIdleTimeout: 0,
    firstByteTimeout: 0,
    responseIdleTimeout: 0,
    stalledWriteTimeout: 0,
    endpointTimeout: 0,
    downstreamIdleTimeout: 0,
    dialTimeout: 0,
  });
  bed.client.send('POST / HTTP/1.1\r\nHost: app.test\r\nContent-');
  await new Promise((resolve) => setTimeout(resolve, SHORT));
  bed.client.send('Length: 4\r\n\r\n');
  const { socket } = await heard(bed.app);
  await new Promise((resolve) => setTimeout(resolve, SHORT));
  bed.client.send('body');
  await new Promise((resolve) => setTimeout(resolve, SHORT));
  socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n');
  await new Promise((resolve) => setTimeout(resolve, SHORT));
  socket.write('ok');
  assert.equal((await bed.client.response()).body, 'ok');
  await assertNothingLeft(bed);
});

test('X01 thousands of clients that run out of time at once are let go in turns, all in the end', async (t) => {
  const engine = await HttpEngine.start(t, { headTimeout: 3_600_000, stalledWriteTimeout: 0 });
  const clients = await Promise.all(Array.from({ length: 450 }, () => engine.connect()));
  for (const client of clients) client.send('GET / HTTP/1.1\r\n');
  await engine.until(
    () => engine.sockets.length === 450 && engine.sockets.every((socket) => socket.bytesRead > 0),
  );
  const later = performance.now() + 4_000_000;
  const { deadlines, counters } = engine.proxy.context;
  assert.deepEqual([deadlines.expireDue(later), counters.get(REFUSED_MESSAGES)], [true, 200]);
  assert.deepEqual([deadlines.expireDue(later), counters.get(REFUSED_MESSAGES)], [true, 400]);
  assert.deepEqual([deadlines.expireDue(later), counters.get(REFUSED_MESSAGES)], [false, 450]);
  for (const client of clients) client.close();
  await engine.isEmpty();
});
