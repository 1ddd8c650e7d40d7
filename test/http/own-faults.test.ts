import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, constants, createSecureServer, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test, vi } from 'vitest';
import { Session } from '../../src/http/h2/session.ts';
import { Backend, ok } from '../support/backend.ts';
import { Authority } from '../support/certificates.ts';
import { HTTP_2, HttpEngine } from '../support/http-engine.ts';
import { ask, get, statusOf, valuesOf } from '../support/raw-http.ts';

describe('a client whose request is given up for a fault of our own, when that is faulty too, is let go', () => {
  async function start(t: TestContext) {
    const broken = { is: true };
    const responseRewrite = {
      add: [],
      get remove(): readonly string[] {
        if (broken.is) throw new Error('no head of a response can be made');
        return [];
      },
    };
    const engine = await HttpEngine.start(t, { responseRewrite, http2: HTTP_2 });
    const isOver = async () => {
      await engine.isEmpty();
      assert.equal(engine.panics, 2);
    };
    return { engine, broken, isOver };
  }

  test('by HTTP/1.1', async (t) => {
    const { engine, isOver } = await start(t);
    const client = await engine.connect();
    client.send(get('nowhere.test'));
    await client.closed;
    assert.equal(engine.accessLog.length, 1);
    await isOver();
  });

  test('by HTTP/2, but for the connection', async (t) => {
    const { engine, broken, isOver } = await start(t);
    const app = await Backend.start(t, () => ok('hello'));
    engine.route('app.test', app.port);
    const session = connect(`http://127.0.0.1:${engine.port}`);
    const stream = session.request({ ':authority': 'nowhere.test' }).on('error', () => {});
    await new Promise((resolve) => stream.once('close', resolve));
    assert.notEqual(stream.rstCode, constants.NGHTTP2_NO_ERROR);
    assert.equal(engine.accessLog.length, 1);
    broken.is = false;
    const next = session.request({ ':authority': 'app.test' });
    const [headers] = await once(next, 'response');
    assert.equal(headers[':status'], 200);
    next.resume();
    await once(next, 'close');
    session.close();
    await isOver();
  });
});

describe('a backend to which no connection could be made for a fault of our own', () => {
  const SAN = 'f3a1c7d2-1111-2222-3333-444455556666';
  const authority = new Authority();
  const instance = authority.issue({ subject: '/CN=instance', names: `DNS:${SAN}` });

  async function start(t: TestContext, tls: boolean) {
    const server = tls ? createSecureServer({ ...instance }) : createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const backendTls = { ca: [authority.cert], certChain: '', privateKey: '', ciphers: '', verify: true };
    const engine = await HttpEngine.start(t, { http2: HTTP_2, backendTls });
    vi.spyOn(Session.prototype, 'begin').mockImplementation(() => {
      throw new Error('a fault of our own');
    });
    return { engine, unmade: { host: '127.0.0.1', port, protocol: 'http2', tls, serverCertDomainSan: SAN } };
  }

  for (const tls of [false, true]) {
    test(`is not to blame, and another is asked (${tls ? 'with' : 'without'} TLS)`, async (t) => {
      const { engine, unmade } = await start(t, tls);
      const other = await Backend.start(t, () => ok('the other'));
      engine.routeToEndpoint('app.test', unmade, { host: '127.0.0.1', port: other.port });
      engine.proxy.routes.match('app.test', '/')!.cursor = 0;
      assert.equal((await ask(engine.port, get('app.test'))).body, 'the other');
      assert.deepEqual([engine.panics, engine.failed, engine.pruned], [1, 0, []]);
      await engine.isEmpty();
    });
  }

  test('is not to blame when there is no other', async (t) => {
    const { engine, unmade } = await start(t, false);
    engine.routeToEndpoint('app.test', unmade);
    const response = await ask(engine.port, get('app.test'));
    assert.equal(statusOf(response), 502);
    assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), ['endpoint_failure (dial: panic)']);
    assert.deepEqual([engine.panics, engine.failed], [1, 0]);
    await engine.isEmpty();
  });
});
