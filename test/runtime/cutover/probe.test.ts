import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { Names } from '../../../src/network/names.ts';
import { probe, readAskedProbe } from '../../../src/runtime/cutover/probe.ts';
import { httpTarget, tcpTarget } from '../../../src/runtime/cutover/probe-target.ts';
import { Prober } from '../../../src/runtime/cutover/prober.ts';
import { BackendTrust } from '../../../src/tls/connection/backend-trust.ts';
import { Backend, ok } from '../../support/backend.ts';
import { Authority } from '../../support/certificates.ts';
import { endpointOf } from '../../support/endpoint.ts';
import { freePort } from '../../support/free-port.ts';
import { valuesOf } from '../../support/raw-http.ts';

const NAMES = new Names();
/** Milliseconds: less than one pause between two attempts. */
const SHORT = 1;

function trusting(...ca: string[]): BackendTrust {
  return new BackendTrust({ ca, certChain: '', privateKey: '', ciphers: '', verify: true });
}

function targetAt(port: number, more: object = {}, trust = trusting()) {
  const endpoint = endpointOf(1, { host: '127.0.0.1', port, address: `127.0.0.1:${port}`, ...more });
  const asked = { trust, lookup: NAMES.lookUp, host: 'shop.test', path: '/healthz?deep=1' };
  return httpTarget(endpoint, asked);
}

describe('2.4 the probe', () => {
  test('asks each endpoint three times, by the name of its route, and takes 2xx and 3xx', async (t) => {
    const one = await Backend.start(t, () => ok('one'));
    const other = await Backend.start(
      t,
      () => 'HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n',
    );
    assert.equal(await probe([targetAt(one.port), targetAt(other.port)], SHORT), null);
    for (const { requests } of [one, other]) {
      assert.deepEqual(
        requests.map(({ start }) => start),
        new Array(3).fill('GET /healthz?deep=1 HTTP/1.1'),
      );
      assert.ok(requests.every((request) => valuesOf(request, 'host')[0] === 'shop.test'));
    }
  });

  test('waits for an endpoint that is not well yet, and takes three good answers in a row', async (t) => {
    let asked = 0;
    const backend = await Backend.start(t, () => (++asked === 2 ? BUSY : ok()));
    assert.equal(await probe([targetAt(backend.port)], 10_000), null);
    assert.equal(asked, 5);
  });

  test('takes a good answer that never ends', async (t) => {
    const backend = await Backend.start(
      t,
      () => 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n',
    );
    assert.equal(await probe([targetAt(backend.port)], SHORT), null);
  });

  test('is made for so many at a time, whoever asks: its connections are those that clients need', async (t) => {
    const arrived = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    let asked = 0;
    const backend = await Backend.start(t, (_request, { socket }) => {
      if (++asked === 8) arrived.resolve();
      void go.promise.then(() => socket.end(ok()));
    });
    const { port } = backend;
    const endpoint = endpointOf(1, { host: '127.0.0.1', port, address: `127.0.0.1:${port}` });
    const tls = { ca: [], certChain: '', privateKey: '', ciphers: '', verify: true };
    const prober = new Prober({ endpointsIn: () => [endpoint] }, null, tls);
    const question = { route: 'shop.test', selectors: ['app:a'], arm: 0, path: '/' };
    const first = Array.from({ length: 8 }, () => prober.probe(question));
    await arrived.promise;
    assert.equal(await prober.probe(question), '8 other probes are under way: try again');
    go.resolve();
    assert.deepEqual(await Promise.all(first), new Array(8).fill(null));
    assert.equal(await prober.probe(question), null);
  });

  test('says what an endpoint did instead', async (t) => {
    const failing = await Backend.start(t, () => BUSY);
    assert.match(
      (await probe([targetAt(failing.port)], SHORT))!,
      /^127\.0\.0\.1:\d+: answered 503 to GET \/healthz\?deep=1, location "\/wait": "warming up"$/,
    );
    const closing = await Backend.start(t, (_request, { socket }) => void socket.destroy());
    assert.match((await probe([targetAt(closing.port)], SHORT))!, /did not answer GET \/healthz/);
    const nobody = await freePort();
    assert.match((await probe([targetAt(nobody)], SHORT))!, /ECONNREFUSED/);
    const target = tcpTarget({ address: 'db', host: '127.0.0.1', port: nobody }, NAMES.lookUp);
    assert.match((await probe([target], SHORT))!, /^db: took no connection: .*ECONNREFUSED/);
  });

  test('is told of in a few words, however much an endpoint says', async (t) => {
    const long = `HTTP/1.1 401 Unauthorized\r\nLocation: /${'"'.repeat(6000)}\r\nContent-Length: 0\r\n\r\n`;
    const backend = await Backend.start(t, () => long);
    const fault = await probe([targetAt(backend.port)], SHORT);
    assert.match(fault!, /answered 401 to GET/);
    assert.ok(JSON.stringify({ id: 'r'.repeat(128), fault }).length < 4096);
  });

  test('checks a certificate as it is checked for requests', async (t) => {
    const authority = new Authority();
    const ca = authority.cert;
    const backend = await Backend.startTls(t, authority.issue({ names: 'DNS:green-1' }));
    const named = { tls: true, serverCertDomainSan: 'green-1' };
    assert.equal(await probe([targetAt(backend.port, named, trusting(ca))], SHORT), null);
    const other = { tls: true, serverCertDomainSan: 'blue-1' };
    assert.match(
      (await probe([targetAt(backend.port, other, trusting(ca))], SHORT))!,
      /did not answer.*blue-1/,
    );
    assert.match((await probe([targetAt(backend.port, named)], SHORT))!, /did not answer.*certificate/);
  });

  test('is asked for a path, and for nothing else that could be written into a request', () => {
    const asked = { route: 'shop.test', selectors: ['app:a'], arm: 0, path: '/' };
    assert.deepEqual(readAskedProbe({ ...asked, id: 'x' }), asked);
    for (const path of ['healthz', '/a b', '/a\r\nX: y', `/${'a'.repeat(2000)}`, 7]) {
      assert.equal(readAskedProbe({ ...asked, path }), null);
    }
  });
});

const BUSY = 'HTTP/1.1 503 Service Unavailable\r\nLocation: /wait\r\nContent-Length: 10\r\n\r\nwarming up';
