import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { describe, type TestContext, test } from 'vitest';
import type { HttpSettings } from '../../../src/http/settings.ts';
import { Backend, ok } from '../../support/backend.ts';
import { Authority } from '../../support/certificates.ts';
import { frontTlsOf } from '../../support/front-tls.ts';
import { HTTP_2, HttpEngine } from '../../support/http-engine.ts';
import { H2C, posting } from '../../support/http2-rule.ts';
import { get, RawClient, statusOf, valuesOf } from '../../support/raw-http.ts';
import {
  asking,
  data,
  END_STREAM,
  headers,
  PREFACE,
  RawHttp2,
  resetStream,
  SETTING,
  settings,
  windowUpdate,
} from '../../support/raw-http2.ts';
import { TestRouter } from '../../support/router.ts';

const SHORT = 300;
const STREAMS = 100;
const KIB = 1024;

const authority = new Authority();
const identity = authority.issue({ names: 'DNS:app.test' });

async function platform(
  t: TestContext,
  answer: Backend['answer'],
  settings: Partial<HttpSettings> = {},
): Promise<{ engine: HttpEngine; app: Backend }> {
  const engine = await HttpEngine.start(t, { http2: HTTP_2, ...settings });
  const app = await Backend.start(t, answer);
  engine.route('app.test', app.port);
  return { engine, app };
}

async function secure(engine: HttpEngine, ALPNProtocols: string[]): Promise<TLSSocket> {
  const options = { host: '127.0.0.1', servername: 'app.test', ca: authority.cert, ALPNProtocols };
  const socket = connectTls({ port: engine.port, ...options });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
}

/** Closed in whatever way. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

const ids = Array.from({ length: STREAMS }, (_, i) => 1 + 2 * i);

describe('T07 a client that opens no window', () => {
  test('T07 is not read for, and each of its streams is reset when its time is up', async (t) => {
    const size = 4 * KIB * KIB;
    const large = Buffer.concat([
      Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`),
      Buffer.alloc(size, 'x'),
    ]);
    const { engine, app } = await platform(t, () => large, { stalledWriteTimeout: 4 * SHORT });
    const before = process.memoryUsage().arrayBuffers;
    const client = await RawHttp2.connect(engine.port, settings([SETTING.initialWindowSize, 0]));
    for (const id of ids) client.send(headers(id, asking()));
    await client.until(() => ids.every((id) => client.stream(id).status === '200'));
    const held = process.memoryUsage().arrayBuffers - before;
    assert.ok(held < STREAMS * 256 * KIB, `${Math.round(held / KIB)} KiB are held`);
    assert.equal(app.requests.length, STREAMS);
    for (const id of ids) assert.equal(await client.outcome(id), 'RST CANCEL');
    assert.equal(await client.ask(2 * STREAMS + 1, asking({ ':method': 'HEAD' })), '200');
    client.close();
    await engine.isEmpty();
  });

  for (const [what, authorityOf] of [
    ['the end of a short response', 'app.test'],
    ["the router's own answer", 'nowhere.test'],
  ] as const) {
    test(`T07 for ${what} is not waited for for ever`, async (t) => {
      const { engine } = await platform(t, () => ok('short'), { stalledWriteTimeout: SHORT });
      const client = await RawHttp2.connect(engine.port, settings([SETTING.initialWindowSize, 0]));
      assert.equal(await client.ask(1, asking({ ':authority': authorityOf })), 'RST CANCEL');
      client.close();
      await engine.isEmpty();
    });
  }

  test('T07 a connection on which many such streams were reset goes on', async (t) => {
    const large = ok('x'.repeat(KIB * KIB));
    const { engine } = await platform(t, () => large);
    const client = await RawHttp2.connect(engine.port, settings([SETTING.initialWindowSize, 1]));
    // Node counts what each had to write as held for ever.
    for (let i = 0; i < 190; i++) {
      const id = 1 + 2 * i;
      client.send(headers(id, asking()));
      await client.until(() => client.stream(id).body !== '' || client.stream(id).end !== 'open');
      client.send(resetStream(id));
    }
    assert.equal(await client.ask(1001, asking({ ':method': 'HEAD' })), '200');
    client.close();
    await engine.isEmpty();
  });

  test('T07 for long gets the rest when it does', async (t) => {
    const { engine } = await platform(t, () => ok('late'), { stalledWriteTimeout: 60_000 });
    const client = await RawHttp2.connect(engine.port, settings([SETTING.initialWindowSize, 0]));
    client.send(headers(1, asking()));
    await client.until(() => client.stream(1).status === '200');
    client.send(windowUpdate(1, 4));
    assert.equal(await client.outcome(1), '200');
    assert.equal(client.stream(1).body, 'late');
    client.close();
    await engine.isEmpty();
  });
});

describe('T24 bodies that do not come', () => {
  test('T24 on a hundred streams: each is answered when its time is up, others are served meanwhile', async (t) => {
    const { engine } = await platform(t, () => ok(), { requestIdleTimeout: 4 * SHORT });
    const client = await RawHttp2.connect(engine.port);
    for (const id of ids) client.send(headers(id, posting(), 0), data(id, 'x'));
    for (let i = 0; i < 20; i++) assert.equal(await client.ask(2 * STREAMS + 1 + 2 * i), '200');
    for (const id of ids) assert.equal(await client.outcome(id), '408');
    assert.equal(await client.ask(2 * STREAMS + 101), '200');
    client.close();
    await engine.isEmpty();
  });

  test('T24 but drip: the time of the whole exchange is up at last', async (t) => {
    const times = { requestIdleTimeout: SHORT, endpointTimeoutOverHttp2: 2 * SHORT };
    const { engine } = await platform(t, () => ok(), times);
    const client = await RawHttp2.connect(engine.port);
    client.send(headers(1, posting(), 0));
    const dripping = setInterval(() => client.send(data(1, 'x')), SHORT / 10);
    t.onTestFinished(() => clearInterval(dripping));
    assert.equal(await client.outcome(1), '502');
    clearInterval(dripping);
    client.close();
    await engine.isEmpty();
  });

  test('T24 a body that is not taken holds up no other on its connection', async (t) => {
    const { engine } = await platform(t, () => ok());
    const deaf = await Backend.start(t);
    engine.route('deaf.test', deaf.port);
    const client = await RawHttp2.connect(engine.port);
    client.send(headers(1, posting({ ':authority': 'deaf.test' }), 0));
    await deaf.until(() => deaf.connections.length === 1);
    deaf.connections[0]!.socket.pause();
    const piece = Buffer.alloc(16_384, 'x');
    // Until the router opens the window of that stream no further.
    for (let window = 65_535, more = true; more; window += client.takeWindow(1)) {
      for (; window >= piece.length; window -= piece.length) client.send(data(1, piece));
      const given = client.window(1);
      more = await Promise.race([given, engine.untilSteady(() => 1).then(() => false)]);
    }
    assert.equal(await client.send(headers(3, posting(), 0), data(3, piece, END_STREAM)).outcome(3), '200');
    client.close();
    await engine.isEmpty();
  });

  test('T24 many bodies that are not taken, or not wanted any more, are not taken for a flood', async (t) => {
    const { engine } = await platform(t, () => ok());
    const deaf = await Backend.start(t, () => undefined);
    engine.route('deaf.test', deaf.port);
    const client = await RawHttp2.connect(engine.port);
    const piece = Buffer.alloc(15_000, 'x');
    const kinds = [
      // Nothing of it can go on before the answer.
      posting({ ':authority': 'deaf.test', ':method': 'CONNECT', ':protocol': 'websocket' }),
      posting({ ':authority': 'nowhere.test' }),
    ];
    const begun = performance.now();
    for (let i = 0; i < 24 || performance.now() < begun + 2500; i++) {
      const id = 1 + 2 * i;
      // What is held counts for the connection, too, whose window is that of sixteen streams.
      client.send(headers(id, kinds[i < 24 ? i % 2 : 1]!, 0));
      for (let sent = 0; sent < 4; sent++) client.send(data(id, piece));
      await engine.untilSteady(() => 1);
    }
    assert.equal(await client.ask(10_001), '200');
    assert.equal(client.goaway, null);
    client.close();
    await engine.isEmpty();
  });

  test('T24 to a backend that has answered already: the stream is ended for the client', async (t) => {
    const { engine } = await platform(t, () => ok());
    const client = await RawHttp2.connect(engine.port);
    client.send(headers(1, posting({ ':authority': 'nowhere.test' }), 0));
    assert.equal(await client.outcome(1), '404');
    await engine.until(() => [...engine.proxy.downstreams].every(({ isIdle }) => isIdle));
    assert.equal(await client.ask(3), '200');
    client.close();
    await engine.isEmpty();
  });
});

describe('T25 a client that says nothing more', () => {
  for (const [what, bytes] of [
    ['behind half the preface', PREFACE.subarray(0, 10)],
    ['behind the preface', PREFACE],
    ['in the midst of its SETTINGS', Buffer.concat([PREFACE, settings([1, 0]).subarray(0, 7)])],
  ] as const) {
    test(`T25 ${what} is cut off`, async (t) => {
      const { engine } = await platform(t, () => ok(), { headTimeout: SHORT, enteringTimeout: SHORT });
      const socket = connect(engine.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(bytes);
      socket.resume();
      await closed(socket);
      await engine.isEmpty();
    });
  }

  test('T25 behind its SETTINGS is an idle client; it is told, and cut off also when it does not close', async (t) => {
    const { engine } = await platform(t, () => ok(), { downstreamIdleTimeout: SHORT });
    const client = await RawHttp2.connect(engine.port);
    client.socket.allowHalfOpen = true;
    await client.until(() => client.goaway !== null);
    assert.equal(client.goaway?.code, 'NO_ERROR');
    await engine.isEmpty();
    client.close();
  });

  test('T25 behind the TLS handshake, in which it chose HTTP/2, is cut off', async (t) => {
    const { engine } = await platform(t, () => ok(), {
      frontTls: frontTlsOf(identity),
      headTimeout: SHORT,
    });
    const socket = await secure(engine, ['h2']);
    socket.resume();
    await closed(socket);
    await engine.isEmpty();
  });

  test('T25 in the midst of its ClientHello is cut off', async (t) => {
    const settings = { frontTls: frontTlsOf(identity), enteringTimeout: SHORT };
    const { engine } = await platform(t, () => ok(), settings);
    const socket = connect(engine.port, '127.0.0.1');
    socket.on('error', () => {});
    // A record of 512 bytes, of which ten come.
    socket.write(Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3, 1, 2, 3, 4]));
    socket.resume();
    await closed(socket);
    await engine.isEmpty();
  });
});

describe('T27 a client that speaks otherwise than it has agreed to', () => {
  test('T27 HTTP/1.1 where it chose HTTP/2: the connection ends', async (t) => {
    const { engine, app } = await platform(t, () => ok(), { frontTls: frontTlsOf(identity) });
    const client = RawHttp2.over(await secure(engine, ['h2', 'http/1.1']));
    client.send(Buffer.from(get('app.test')));
    await client.closed;
    assert.equal(app.requests.length, 0);
    await engine.isEmpty();
  });

  for (const offered of [['http/1.1'], []]) {
    test(`T27 HTTP/2 where it offered ${offered.join() || 'nothing'}: 400, and the connection ends`, async (t) => {
      const { engine, app } = await platform(t, () => ok(), { frontTls: frontTlsOf(identity) });
      const client = new RawClient(await secure(engine, offered));
      client.send(Buffer.concat([PREFACE, settings()]));
      const response = await client.response();
      assert.equal(statusOf(response), 400);
      assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), ['unsupported_protocol']);
      await client.closed;
      client.close();
      assert.equal(app.requests.length, 0);
      await engine.isEmpty();
    });
  }
});

describe('T22 the end of a connection', () => {
  test('§5.5 T22 a router that drains under load fails no request', async (t) => {
    const router = await TestRouter.start(t, { ...H2C, drain_wait: '0s', drain_timeout: '30s' });
    const app = await Backend.start(t, ({ start }, { socket }) => {
      setTimeout(() => socket.write(ok(start)), 5);
      return undefined;
    });
    await router.route('app.test', app.port);
    const outcomes: string[] = [];
    let unprocessed = 0;
    const clients = await Promise.all(Array.from({ length: 10 }, () => RawHttp2.connect(router.port)));
    t.onTestFinished(() => {
      for (const client of clients) client.close();
    });
    let next = 1;
    const worker = async (client: RawHttp2) => {
      while (client.goaway === null) {
        const id = next;
        next += 2;
        client.send(headers(id, asking({ ':path': `/${id}` })));
        const outcome = await client.outcome(id);
        // RFC 9113 §6.8: such a request was on its way when the router said so, and may be sent again elsewhere.
        if (outcome.startsWith('GOAWAY') && id > client.goaway!.lastStream) unprocessed++;
        else outcomes.push(outcome === '200' ? client.stream(id).body : outcome);
      }
    };
    const load = clients.flatMap((client) => Array.from({ length: 8 }, () => worker(client)));
    await app.until(() => app.requests.length > 400);
    const drained = router.router.drain();
    await Promise.all(load);
    await drained;
    assert.deepEqual(
      outcomes.filter((outcome) => !/^GET \/\d+ HTTP\/1\.1$/.test(outcome)),
      [],
    );
    for (const { goaway } of clients) assert.equal(goaway?.code, 'NO_ERROR');
    // Each was asked of the application once, or not at all.
    assert.equal(new Set(outcomes).size, outcomes.length);
    assert.ok(unprocessed <= 80);
    assert.equal(app.requests.filter(({ start }) => start !== 'GET / HTTP/1.1').length, outcomes.length);
  });

  test('T22 GOAWAY names the last request that was taken, which is finished', async (t) => {
    let answerNow = (): void => {};
    const { engine, app } = await platform(t, (_, { socket }) => {
      answerNow = () => socket.write(ok('late'));
      return undefined;
    });
    const client = await RawHttp2.connect(engine.port);
    client.send(headers(1, asking()));
    await app.until(() => app.requests.length === 1);
    for (const downstream of engine.proxy.downstreams) downstream.drain();
    await client.until(() => client.goaway !== null);
    // First that there is an end, then, with an echo in between, which requests are still served.
    assert.deepEqual(client.goaway, { code: 'NO_ERROR', lastStream: 2 ** 31 - 1 });
    await client.until(() => client.goaway!.lastStream === 1);
    client.send(headers(3, asking()));
    answerNow();
    assert.equal(await client.outcome(1), '200');
    await client.closed;
    assert.equal(app.requests.length, 1);
    await engine.isEmpty();
  });

  test('T22 a client that does not close its side does not hold up a drain', async (t) => {
    const { engine } = await platform(t, () => ok());
    const client = await RawHttp2.connect(engine.port);
    client.socket.allowHalfOpen = true;
    for (const downstream of engine.proxy.downstreams) downstream.drain();
    await client.closed;
    await engine.isEmpty();
    client.close();
  });

  test('T22 a client that says GOAWAY itself gets what it has asked for', async (t) => {
    let answerNow = (): void => {};
    const { engine, app } = await platform(t, (_, { socket }) => {
      answerNow = () => socket.write(ok('late'));
      return undefined;
    });
    const client = await RawHttp2.connect(engine.port);
    client.send(headers(1, asking()));
    await app.until(() => app.requests.length === 1);
    client.sayGoaway();
    await client.until(() => client.goaway !== null);
    answerNow();
    assert.equal(await client.outcome(1), '200');
    await client.closed;
    await engine.isEmpty();
  });
});
