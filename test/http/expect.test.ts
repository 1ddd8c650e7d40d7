import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import { Backend, type BackendConnection, ok } from '../support/backend.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { get, type RawClient, statusOf, valuesOf } from '../support/raw-http.ts';

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

function expecting(lines: string, version = 'HTTP/1.1'): string {
  return `POST / ${version}\r\nHost: app.test\r\nExpect: 100-continue\r\n${lines}\r\n\r\n`;
}

interface Bed {
  readonly engine: HttpEngine;
  readonly app: Backend;
  readonly client: RawClient;
}

async function start(t: TestContext): Promise<Bed> {
  const engine = await HttpEngine.start(t);
  const app = await Backend.start(t, () => undefined);
  engine.route('app.test', app.port);
  return { engine, app, client: await engine.connect() };
}

/** The connection on which the application has the head of the request. */
async function headHeard(app: Backend): Promise<BackendConnection> {
  await app.until(() => app.received.includes('\r\n\r\n'));
  return app.connections[0]!;
}

async function assertNothingLeft({ engine, client }: Bed, status: number): Promise<void> {
  client.close();
  await engine.isEmpty();
  assert.equal(engine.accessLog.length, 1);
  assert.match(engine.accessLog[0]!, new RegExp(` HTTP/1.[01]" ${status} `));
}

describe('a client that waits for 100', () => {
  for (const [framing, lines, body] of [
    ['a length', 'Content-Length: 4', 'body'],
    ['chunks', 'Transfer-Encoding: chunked', '4\r\nbody\r\n0\r\n\r\n'],
  ] as const) {
    test(`§3.10 P19 gets exactly the one of the application, and the final response is logged: body of ${framing}`, async (t) => {
      const bed = await start(t);
      bed.client.send(expecting(lines));
      const connection = await headHeard(bed.app);
      assert.ok(connection.received.includes('Expect: 100-continue\r\n'));
      connection.socket.write(CONTINUE);
      assert.equal((await bed.client.response()).start, 'HTTP/1.1 100 Continue');
      assert.equal(bed.client.received, '');
      bed.client.send(body);
      await bed.app.until(() => bed.app.requests.length === 1);
      assert.equal(bed.app.requests[0]!.body, 'body');
      connection.socket.write(ok('done'));
      const response = await bed.client.response();
      assert.deepEqual([response.body, valuesOf(response, 'Connection')], ['done', []]);
      assert.equal(bed.engine.proxy.downstreams.size, 1);
      await assertNothingLeft(bed, 200);
    });
  }

  for (const status of [200, 401, 417]) {
    test(`F04 P19 gets ${status} instead, and then neither connection is used again`, async (t) => {
      const bed = await start(t);
      bed.client.send(expecting('Content-Length: 40'));
      const connection = await headHeard(bed.app);
      connection.socket.write(ok('no').replace('200', `${status}`));
      const response = await bed.client.response();
      assert.deepEqual([statusOf(response), valuesOf(response, 'Connection')], [status, ['close']]);
      bed.client.send(get('app.test', '/smuggled'));
      assert.equal(await bed.client.closed, 'end');
      assert.equal(bed.client.received, '');
      await bed.app.until(() => connection.socket.destroyed);
      assert.ok(!connection.received.includes('smuggled'));
      await assertNothingLeft(bed, status);
    });
  }

  test('P19 and sends the body all the same when the application is silent, has it forwarded', async (t) => {
    const bed = await start(t);
    bed.client.send(expecting('Content-Length: 4'));
    const { socket } = await headHeard(bed.app);
    bed.client.send('body');
    await bed.app.until(() => bed.app.requests.length === 1);
    socket.write(ok('done'));
    assert.equal((await bed.client.response()).body, 'done');
    await assertNothingLeft(bed, 200);
  });

  test('F04 and leaves when the application is silent, takes the request with it', async (t) => {
    const bed = await start(t);
    bed.client.send(expecting('Content-Length: 4'));
    const { socket } = await headHeard(bed.app);
    bed.client.close();
    await bed.app.until(() => socket.destroyed);
    assert.equal(bed.app.requests.length, 0);
    await assertNothingLeft(bed, 499);
  });

  test('P19 gets the answer of the router when there is no application', async (t) => {
    const bed = await start(t);
    const response = await bed.client
      .send(expecting('Content-Length: 4').replace('app.', 'nope.'))
      .response();
    assert.deepEqual([statusOf(response), valuesOf(response, 'Connection')], [404, ['close']]);
    assert.equal(await bed.client.closed, 'end');
    await assertNothingLeft(bed, 404);
  });

  test('P19 hears nothing of endpoints that cannot be reached', async (t) => {
    const bed = await start(t);
    const gone = await Promise.all([Backend.start(t), Backend.start(t)]);
    const ports = gone.map(({ port }) => port);
    for (const backend of gone) await backend.stop();
    bed.engine.route('three.test', ...ports, bed.app.port);
    bed.client.send(expecting('Content-Length: 4').replace('app.', 'three.'));
    const { socket } = await headHeard(bed.app);
    socket.write(CONTINUE);
    assert.equal(statusOf(await bed.client.response()), 100);
    bed.app.answer = (request) => ok(request.body);
    assert.equal((await bed.client.send('body').response()).body, 'body');
    await assertNothingLeft(bed, 200);
  });
});

describe('§3.10 a client that waits for 100 from an application that never says it', () => {
  /** As in a second that is over sooner. */
  const SECOND = 150;

  async function startHurried(t: TestContext): Promise<Bed> {
    const bed = await start(t);
    const { expectation } = bed.engine.proxy.context.deadlines;
    assert.equal(expectation.duration, 1000);
    expectation.duration = SECOND;
    return bed;
  }

  for (const [framing, lines, body] of [
    ['a length', 'Content-Length: 4', 'body'],
    ['chunks', 'Transfer-Encoding: chunked', '4\r\nbody\r\n0\r\n\r\n'],
  ] as const) {
    test(`P19 hears it from the router after a second, once: body of ${framing}`, async (t) => {
      const bed = await startHurried(t);
      const begun = performance.now();
      bed.client.send(expecting(lines));
      const { socket } = await headHeard(bed.app);
      assert.equal((await bed.client.response()).start, 'HTTP/1.1 100 Continue');
      assert.ok(performance.now() - begun >= SECOND);
      // Too late: it has been said.
      socket.write(CONTINUE);
      bed.client.send(body);
      await bed.app.until(() => bed.app.requests.length === 1);
      assert.equal(bed.app.requests[0]!.body, 'body');
      socket.write(ok('done'));
      assert.deepEqual([statusOf(await bed.client.response()), bed.client.received], [200, '']);
      await assertNothingLeft(bed, 200);
    });
  }

  test('P19 hears nothing where it has sent some of its body', async (t) => {
    const bed = await startHurried(t);
    bed.client.send(expecting('Content-Length: 4'));
    const { socket } = await headHeard(bed.app);
    bed.client.send('bo');
    await bed.app.until(() => bed.app.received.endsWith('bo'));
    assert.ok(bed.engine.proxy.context.deadlines.expectation.expireFirst());
    socket.write(ok('enough'));
    assert.equal((await bed.client.response()).body, 'enough');
    await assertNothingLeft(bed, 200);
  });

  test('P19 hears nothing behind the beginning of a response, nor in its next request', async (t) => {
    const bed = await startHurried(t);
    const { expectation } = bed.engine.proxy.context.deadlines;
    bed.client.send(expecting('Content-Length: 0'));
    const { socket } = await headHeard(bed.app);
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbe');
    await bed.client.until('be');
    assert.equal(expectation.expireFirst(), false);
    socket.write('gun');
    assert.equal((await bed.client.response()).body, 'begu');
    await assertNothingLeft(bed, 200);
  });
});

describe('a client that expects 100 and sends its body at once', () => {
  test('P19 gets the 100 and the final response', async (t) => {
    const bed = await start(t);
    bed.app.answer = (request) => CONTINUE + ok(request.body);
    bed.client.send(`${expecting('Content-Length: 4')}body`);
    assert.equal(statusOf(await bed.client.response()), 100);
    assert.equal((await bed.client.response()).body, 'body');
    await assertNothingLeft(bed, 200);
  });

  test('F04 gets a final response at once, and its connections are good for more', async (t) => {
    const bed = await start(t);
    bed.app.answer = () => ok('no').replace('200', '417');
    bed.client.send(`${expecting('Content-Length: 4')}body`);
    const response = await bed.client.response();
    assert.deepEqual([statusOf(response), valuesOf(response, 'Connection')], [417, []]);
    await assertNothingLeft(bed, 417);
    assert.equal(bed.app.connections.length, 1);
  });

  test('F04 and is refused at its head has its body read as nothing else', async (t) => {
    const bed = await start(t);
    bed.client.send(expecting('Content-Length: 40'));
    const connection = await headHeard(bed.app);
    connection.socket.end(ok('no').replace('200', '401'));
    bed.client.send(get('app.test', '/smuggled').padEnd(40, 'x'));
    assert.equal(statusOf(await bed.client.response()), 401);
    assert.equal(await bed.client.closed, 'end');
    assert.equal(bed.app.requests.length, 0);
    await assertNothingLeft(bed, 401);
  });
});

describe('an expectation', () => {
  for (const expectation of ['foo', '100-continue, foo', '100-continue;q=1', '100-continue\xa0']) {
    test(`P18 other than 100-continue is refused: "${expectation}"`, async (t) => {
      const bed = await start(t);
      bed.client.send(expecting('Content-Length: 0').replace('100-continue', expectation));
      const response = await bed.client.response();
      assert.equal(statusOf(response), 417);
      assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), ['unknown_expectation']);
      assert.equal(await bed.client.closed, 'end');
      assert.equal(bed.app.connections.length, 0);
      bed.client.close();
      await bed.engine.isEmpty();
    });
  }

  for (const expectation of ['', ',', ' , ,']) {
    test(`P18 of nothing is none, and goes on as it is: "${expectation}"`, async (t) => {
      const bed = await start(t);
      bed.app.answer = () => ok('served');
      bed.client.send(expecting('Content-Length: 0').replace('100-continue', expectation));
      assert.equal((await bed.client.response()).body, 'served');
      await assertNothingLeft(bed, 200);
    });
  }

  test('P19 among empty members of a list is one', async (t) => {
    const bed = await start(t);
    bed.app.answer = (request) => CONTINUE + ok(request.body);
    bed.client.send(`${expecting('Content-Length: 4').replace('100-continue', ', 100-Continue,')}body`);
    assert.equal(statusOf(await bed.client.response()), 100);
    assert.equal((await bed.client.response()).body, 'body');
    await assertNothingLeft(bed, 200);
  });

  test('P19 in any case is one', async (t) => {
    const bed = await start(t);
    bed.app.answer = (request) => ok(request.body);
    bed.client.send(`${expecting('Content-Length: 4').replace('100-continue', '100-Continue')}body`);
    assert.equal((await bed.client.response()).body, 'body');
    await assertNothingLeft(bed, 200);
  });

  test('P20 of HTTP/1.0 goes no further, and no 1xx comes back', async (t) => {
    const bed = await start(t);
    bed.app.answer = (request) => CONTINUE + ok(request.body);
    bed.client.send(`${expecting('Content-Length: 4', 'HTTP/1.0')}body`);
    const response = await bed.client.response();
    assert.deepEqual([statusOf(response), response.body], [200, 'body']);
    assert.deepEqual(valuesOf(bed.app.requests[0]!, 'Expect'), []);
    await assertNothingLeft(bed, 200);
  });
});
