import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { describe, type TestContext, test } from 'vitest';
import { Backend, type BackendConnection, ok } from '../support/backend.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { get, RawClient, statusOf, valuesOf } from '../support/raw-http.ts';
import type { Resetting } from '../support/resetting-clients.ts';
import { FRONT, secure } from '../support/tls-clients.ts';

/** For what is to happen again and again. Milliseconds. */
const SHORT = 20;
const RESETTING = new URL('../support/resetting-clients.ts', import.meta.url);

/** An engine with one application that answers nothing by itself. */
async function serve(t: TestContext, settings: object) {
  const engine = await HttpEngine.start(t, settings);
  const app = await Backend.start(t, () => undefined);
  engine.route('app.test', app.port);
  return { engine, app };
}

/** And a client of it. */
async function start(t: TestContext, settings = {}) {
  const { engine, app } = await serve(t, settings);
  const client = await engine.connect();
  return { engine, app, client: Object.assign(client, { raw: client.socket }) };
}

/** The same over TLS; `raw` is the connection under it. */
async function startTls(t: TestContext) {
  const { engine, app } = await serve(t, { frontTls: FRONT });
  const raw = connect({ port: engine.port, host: '127.0.0.1', allowHalfOpen: true });
  const socket = await secure(engine.port, 'app.test', { socket: raw });
  return { engine, app, client: Object.assign(new RawClient(socket), { raw }) };
}

/** The connection on which the application has the request with this path. */
async function heard(app: Backend, path = '/'): Promise<BackendConnection> {
  const found = () => app.connections.find(({ received }) => received.includes(` ${path} HTTP`));
  await app.until(() => found() !== undefined);
  return found()!;
}

const CHUNKED_HEAD = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

function chunk(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

/** Answers the request with more than the client's kernel takes; a rest waits in the engine. Its length. */
async function fill(engine: HttpEngine, socket: BackendConnection['socket']): Promise<number> {
  socket.write(CHUNKED_HEAD);
  const length = await engine.fill((bytes) => socket.write(chunk(bytes)));
  socket.write('0\r\n\r\n');
  await engine.until(() => engine.accessLog.length === 1);
  return length;
}

/** The request with what asks for the connection's end. */
const last = (request: string): string => request.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');

describe('a connection whose client wants no other response', () => {
  test('is closed with the last byte of it, though the client keeps its side open', async (t) => {
    const { engine, app, client } = await start(t);
    app.answer = () => ok('whole');
    client.send(last(get('app.test')));
    assert.equal((await client.response()).body, 'whole');
    assert.equal(await client.closed, 'end');
    assert.equal(engine.proxy.context.deadlines.linger.expireFirst(), false);
    await engine.isEmpty();
  });

  test('is not closed while something is unread, which would reset what the client has still to read', async (t) => {
    const { engine, app, client } = await start(t);
    app.answer = () => ok('whole');
    client.send(last(get('app.test')) + get('app.test', '/never'));
    assert.equal((await client.response()).body, 'whole');
    assert.equal(await client.closed, 'end');
    await engine.until(() => engine.proxy.context.deadlines.linger.expireFirst());
    await engine.isEmpty();
    assert.doesNotMatch(app.connections.map(({ received }) => received).join(''), /never/);
  });

  test('is not closed before a body that nobody wanted has been read', async (t) => {
    const { engine, client } = await start(t);
    const head = 'POST / HTTP/1.1\r\nHost: nope.test\r\nContent-Length: 5\r\nConnection: close\r\n\r\n';
    client.send(head);
    assert.equal(statusOf(await client.response()), 404);
    client.send('12345');
    assert.equal(await client.closed, 'end');
    client.socket.end();
    await engine.isEmpty();
  });

  const posts = ['POST / HTTP/1.0\r\n', 'POST / HTTP/1.1\r\nConnection: close\r\n'].flatMap((startLine) => [
    [startLine, 'abc'] as const,
    [startLine, ''] as const,
  ]);
  for (const [startLine, content] of posts) {
    test(`is not closed at once behind a POST, since an empty line may follow it (RFC 9112 §2.2): ${startLine.slice(0, 15)} with ${content.length} bytes`, async (t) => {
      const { engine, app, client } = await start(t);
      const body = 'x'.repeat(300_000);
      app.answer = () => ok(body);
      client.socket.pause();
      client.send(`${startLine}Host: app.test\r\nContent-Length: ${content.length}\r\n\r\n${content}`);
      await engine.until(() => engine.accessLog.length === 1);
      client.send('\r\n');
      client.socket.resume();
      assert.equal((await client.response()).body.length, body.length);
      client.socket.end();
      await engine.isEmpty();
    });
  }
});

describe('a client that is slow to read the end of the last response', () => {
  test('gets all of it, since its time to linger begins when that is written', async (t) => {
    const { engine, app, client } = await start(t);
    client.socket.pause();
    client.send(last(get('app.test')));
    const length = await fill(engine, (await heard(app)).socket);
    assert.equal(engine.proxy.context.deadlines.linger.expireFirst(), false);
    client.socket.resume();
    assert.equal((await client.response()).body.length, length);
    client.socket.end();
    await engine.isEmpty();
  });

  test('gets all of it when it half-closes meanwhile', async (t) => {
    const { engine, app, client } = await start(t);
    client.socket.pause();
    client.send(get('app.test'));
    const length = await fill(engine, (await heard(app)).socket);
    client.socket.end();
    await engine.until(() => engine.sockets[0]!.readableEnded);
    client.socket.resume();
    assert.equal((await client.response()).body.length, length);
    await engine.isEmpty();
  });

  test('is cut off in the end if it takes nothing', async (t) => {
    const { engine, app, client } = await start(t, { stalledWriteTimeout: 100 });
    client.socket.pause();
    client.send(last(get('app.test')));
    await fill(engine, (await heard(app)).socket);
    await engine.isEmpty();
  });
});

describe('a client that half-closes behind its request', () => {
  test('gets the answer of the router', async (t) => {
    const { engine, client } = await start(t);
    client.socket.end(get('nope.test'));
    assert.equal(statusOf(await client.response()), 404);
    await engine.isEmpty();
  });

  test('gets the answer of the application', async (t) => {
    const { engine, app, client } = await start(t);
    app.answer = () => ok('late');
    client.socket.end(get('app.test'));
    const response = await client.response();
    assert.deepEqual([response.body, valuesOf(response, 'Connection')], ['late', ['close']]);
    await engine.isEmpty();
  });

  test('§3.9 is given 500 ms, then 499 and its request is taken back', async (t) => {
    const { engine, app, client } = await start(t);
    client.socket.end(get('app.test'));
    const { socket } = await heard(app);
    const heardAt = performance.now();
    await app.until(() => socket.destroyed);
    const waited = performance.now() - heardAt;
    assert.ok(waited > 300 && waited < 3000, `${waited} ms`);
    assert.equal(client.received, '');
    await engine.isEmpty();
    assert.match(engine.accessLog[0]!, / 499 .*x_cf_routererror:"client gone"$/);
  });

  test('gets a response to its end however long that takes once it has begun', async (t) => {
    const { engine, app, client } = await start(t);
    client.socket.end(get('app.test'));
    const { socket } = await heard(app);
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n');
    for (const byte of 'in parts') {
      socket.write(byte);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.equal((await client.response()).body, 'in parts');
    await engine.isEmpty();
  });

  for (const over of ['TCP', 'TLS'] as const) {
    test(`gets the rest of a response after a pause of any length, over ${over}`, async (t) => {
      const { engine, app, client } = await (over === 'TCP' ? start(t) : startTls(t));
      engine.proxy.context.deadlines.halfClosed.duration = SHORT;
      const pause = () => new Promise((resolve) => setTimeout(resolve, 10 * SHORT));
      client.socket.end(get('app.test'));
      const { socket } = await heard(app);
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n');
      await client.until('\r\n\r\n');
      await pause();
      socket.write('in ');
      await client.until('in ');
      await pause();
      socket.write('parts');
      assert.equal((await client.response()).body, 'in parts');
      await engine.isEmpty();
    });

    test(`and is gone is found out in the pause of a response, over ${over}`, async (t) => {
      const { engine, app, client } = await (over === 'TCP' ? start(t) : startTls(t));
      engine.proxy.context.deadlines.halfClosed.duration = SHORT;
      client.socket.end(get('app.test'));
      const { socket } = await heard(app);
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n');
      await client.until('\r\n\r\n');
      client.raw.resetAndDestroy();
      await app.until(() => socket.destroyed);
      await engine.isEmpty();
      assert.match(engine.accessLog[0]!, /x_cf_routererror:"client gone"$/);
    });
  }

  test('in the middle of a body takes the request with it', async (t) => {
    const { engine, app, client } = await start(t);
    client.socket.end('POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 10\r\n\r\nhalf');
    const { socket } = await heard(app);
    await app.until(() => socket.destroyed);
    assert.equal(app.requests.length, 0);
    await engine.isEmpty();
  });

  test('with a body, all before there is a connection to the application, gets the answer', async (t) => {
    const { engine, app, client } = await start(t);
    app.answer = (request) => ok(request.body);
    client.socket.end('POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 5\r\n\r\nwhole');
    assert.equal((await client.response()).body, 'whole');
    await engine.isEmpty();
  });

  test('and pipelined a second one gets both answers', async (t) => {
    const { engine, app, client } = await start(t);
    app.answer = (request) => ok(request.start.split(' ')[1]);
    client.socket.end(get('app.test', '/1') + get('app.test', '/2'));
    assert.equal((await client.response()).body, '/1');
    assert.equal((await client.response()).body, '/2');
    await engine.isEmpty();
  });
});

describe('a client that resets', () => {
  for (const [when, answer] of [
    ['while its request waits for an answer', ''],
    ['in the middle of a response', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome'],
    ['in the middle of a chunked response', `${CHUNKED_HEAD}4\r\nsome\r\n`],
  ] as const) {
    test(`${when} takes its request with it`, async (t) => {
      const { engine, app, client } = await start(t);
      client.send(get('app.test'));
      const { socket } = await heard(app);
      socket.write(answer);
      if (answer !== '') await client.until('some');
      client.socket.resetAndDestroy();
      await app.until(() => socket.destroyed);
      await engine.isEmpty();
      assert.equal(engine.accessLog.length, 1);
      assert.match(engine.accessLog[0]!, answer === '' ? / 499 / : / 200 /);
      assert.equal(engine.failed, 0);
    });
  }

  for (const keeps of [true, false]) {
    // Node tells of no write that fails behind the end of TLS; one of five was waited for, as if it read slowly.
    test(`a moment behind its handshake leaves nothing of TLS that ${keeps ? 'would be used again' : 'is to be closed'}`, async (t) => {
      const { engine, app } = await serve(t, { frontTls: FRONT });
      app.answer = () => ok('nobody hears it');
      const request = get('app.test', '/', keeps ? [] : ['Connection: close']);
      const clients: Resetting = { port: engine.port, count: 60, request };
      await once(new Worker(RESETTING, { workerData: clients }), 'exit');
      await engine.isEmpty();
    });
  }

  test('while the connection to the application is being made leaves nothing', async (t) => {
    const { engine, client } = await start(t);
    // TEST-NET-1 answers nothing, or says at once that there is no way: both will do.
    engine.routeTo('hole.test', '192.0.2.1', 9);
    client.send(`POST / HTTP/1.1\r\nHost: hole.test\r\nContent-Length: 4\r\n\r\nbody`);
    await engine.until(() => engine.inFlight === 1 || engine.accessLog.length === 1);
    client.socket.resetAndDestroy();
    await engine.isEmpty();
    assert.equal(engine.accessLog.length, 1);
  });
});

describe('a connection to an application', () => {
  test('that has not taken the whole request when the answer comes is not used again', async (t) => {
    const { engine, app, client } = await start(t);
    const length = 20_000_000;
    client.send(`POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: ${length}\r\n\r\n`);
    const { socket } = await heard(app);
    socket.pause();
    client.send(Buffer.alloc(length));
    await engine.until(() => engine.sockets[0]!.isPaused());
    socket.write(ok('early'));
    assert.equal((await client.response()).body, 'early');
    await engine.until(() => engine.upstreams === 0);
    socket.destroy();
    client.close();
    await engine.isEmpty();
  });

  test('that has yet to take the last of the request when the answer comes is not used again', async (t) => {
    const { engine, app, client } = await start(t);
    const upstreams: Socket[] = [];
    const onSocket = (message: unknown) => void upstreams.push((message as { socket: Socket }).socket);
    subscribe('net.client.socket', onSocket);
    t.onTestFinished(() => void unsubscribe('net.client.socket', onSocket));
    client.send('POST / HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n');
    const { socket } = await heard(app);
    const [upstream] = upstreams;
    socket.pause();
    await engine.fill((bytes) => client.send(chunk(bytes)), upstream);
    client.send('0\r\n\r\n');
    await engine.until(
      () => engine.sockets[0]!.bytesRead > upstream!.bytesWritten - upstream!.writableLength,
    );
    socket.write(ok('early'));
    assert.equal((await client.response()).body, 'early');
    await engine.until(() => engine.upstreams === 0);
    socket.destroy();
    client.close();
    await engine.isEmpty();
  });

  test('that says something before the next request is written is not asked', async (t) => {
    const { engine, app, client } = await start(t);
    app.answer = () => ok('own');
    await client.send(get('app.test')).response();
    for (let round = 0; round < 20; round++) {
      const { socket } = app.connections.at(-1)!;
      // Both are there before the engine looks at either, once the one first and once the other.
      if (round % 2 === 0) socket.write(ok('stray'));
      client.send(get('app.test'));
      if (round % 2 === 1) socket.write(ok('stray'));
      assert.equal((await client.response()).body, 'own');
    }
    client.close();
    await engine.isEmpty();
  });

  test('that ends as a POST for it arrives is replaced, since nothing of the POST was written', async (t) => {
    const { engine, app, client } = await start(t);
    app.answer = () => ok('first');
    for (let round = 0; round < 20; round++) {
      await client.send(get('app.test')).response();
      app.connections.at(-1)!.socket.end();
      client.send('POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 4\r\n\r\nbody');
      assert.equal(statusOf(await client.response()), 200);
    }
    client.close();
    await engine.isEmpty();
  });

  test('that ends with its response as pipelined requests wait is replaced', async (t) => {
    const { engine, app, client } = await start(t);
    app.answer = (_, { socket }) => void socket.end(ok('last'));
    client.send(get('app.test').repeat(10));
    for (let i = 0; i < 10; i++) assert.equal(statusOf(await client.response()), 200);
    client.close();
    await engine.isEmpty();
  });
});

describe('while draining', () => {
  test('§5.5 a new connection has five seconds for its first request', async (t) => {
    const { engine, app, client } = await start(t);
    app.answer = () => ok('in time');
    const silent = await engine.connect();
    await engine.until(() => engine.proxy.downstreams.size === 2);
    engine.proxy.phase = 'draining';
    const since = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const response = await client.send(get('app.test')).response();
    assert.deepEqual([response.body, valuesOf(response, 'Connection')], ['in time', ['close']]);
    assert.equal(await client.closed, 'end');
    assert.equal(await silent.closed, 'end');
    const waited = performance.now() - since;
    assert.ok(waited > 4000 && waited < 8000, `${waited} ms`);
    client.close();
    silent.close();
    await engine.isEmpty();
  });

  test('an idle connection is closed, one with a request under way after its response', async (t) => {
    const { engine, app, client } = await start(t);
    const idle = await engine.connect();
    await idle.send(get('nope.test')).response();
    client.send(get('app.test'));
    const { socket } = await heard(app);
    engine.proxy.phase = 'draining';
    assert.equal(await idle.closed, 'end');
    socket.write(ok());
    const response = await client.response();
    assert.deepEqual([statusOf(response), valuesOf(response, 'Connection')], [200, ['close']]);
    assert.equal(await client.closed, 'end');
    client.close();
    idle.close();
    await engine.isEmpty();
  });

  test('one whose response had begun is closed behind it, unannounced', async (t) => {
    const { engine, app, client } = await start(t);
    client.send(get('app.test'));
    const { socket } = await heard(app);
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbo');
    await client.until('bo');
    engine.proxy.phase = 'draining';
    socket.write('dy');
    assert.equal((await client.response()).body, 'body');
    assert.equal(await client.closed, 'end');
    client.close();
    await engine.isEmpty();
  });
});

test('1xx responses behind the final one are not for anybody', async (t) => {
  const { engine, app, client } = await start(t);
  app.answer = () => `${ok('mine')}HTTP/1.1 103 Early Hints\r\nLink: </stray>\r\n\r\n`;
  for (let i = 0; i < 5; i++) {
    assert.equal((await client.send(get('app.test')).response()).body, 'mine');
    assert.equal(client.received, '');
  }
  assert.equal(app.connections.length, 5);
  client.close();
  await engine.isEmpty();
});

test('a body of one byte per packet is not kept byte by byte', async (t) => {
  const { engine, app, client } = await start(t);
  const count = 3000;
  client.send(`POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: ${count}\r\n\r\n`);
  const { socket } = await heard(app);
  for (let sent = 0; sent < count; sent++) {
    client.send('x');
    if (sent % 100 === 0) await once(socket, 'data');
  }
  await app.until(() => app.requests.length === 1);
  socket.write(ok());
  assert.equal(statusOf(await client.response()), 200);
  client.close();
  await engine.isEmpty();
});
