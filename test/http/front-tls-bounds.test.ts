import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { describe, type TestContext, test } from 'vitest';
import type { FrontTlsSettings } from '../../src/http/settings.ts';
import { cipherSuites } from '../../src/tls/cipher-suites.ts';
import { distinguishedName } from '../../src/tls/subject-rules.ts';
import { Backend, ok } from '../support/backend.ts';
import { Authority } from '../support/certificates.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { get, RawClient, type RawMessage, statusOf } from '../support/raw-http.ts';
import { askOver, assertNoEntry, FRONT, secure, sessionOf, shown } from '../support/tls-clients.ts';

/** Connections of a thread that may be in front of their first request. */
const MOST_WAITING = 2048;
const HOST = 'app.test';
const root = new Authority('/CN=Root');
const middle = new Authority('/O=Org/CN=Middle', root);
const clients = new Authority('/CN=Clients');
const known = clients.issue({ subject: '/CN=known' });
/** With the certificate between it and the root, as servers and clients send it. */
const leaf = middle.issue({ subject: '/O=Org/CN=leaf', names: `DNS:${HOST}` });
const chain = { cert: leaf.cert + middle.cert, key: leaf.key };

function suites(names: string): string {
  const read = cipherSuites(names);
  assert.ok(read.ok);
  return read.list;
}

/** Nobody has to be quick, unless a test wants it. */
async function start(t: TestContext, tls: Partial<FrontTlsSettings> = {}): Promise<HttpEngine> {
  const engine = await HttpEngine.start(t, { frontTls: { ...FRONT, ...tls }, enteringTimeout: 600_000 });
  const backend = await Backend.start(t, () => ok());
  engine.route(HOST, backend.port);
  return engine;
}

async function assertServed(port: number, options: ConnectionOptions = {}): Promise<void> {
  assert.equal(statusOf(await askOver(port, HOST, HOST, options)), 200);
}

describe('§3.14 versions and ciphers', () => {
  const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
  const old = suites('ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES128-GCM-SHA256');
  for (const [least, least12] of versions.map((version, i) => [version, i] as const)) {
    for (const most of ['TLSv1.2', 'TLSv1.3'] as const) {
      if (least12 > versions.indexOf(most)) continue;
      test(`from ${least} to ${most}: those between are spoken, the others refused`, async (t) => {
        const { port } = await start(t, { minVersion: least, maxVersion: most, ciphers: old });
        for (const [i, version] of versions.entries()) {
          const only = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
          if (i >= least12 && i <= versions.indexOf(most)) {
            const socket = await secure(port, HOST, only);
            assert.equal(socket.getProtocol(), version);
            socket.destroy();
          } else {
            await assertNoEntry(port, HOST, only, /protocol version|unsupported protocol/);
          }
        }
      });
    }
  }

  test('the router’s order of suites counts, not the client’s', async (t) => {
    const [gcm128, gcm256] = ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384'];
    for (const order of [
      [gcm128, gcm256],
      [gcm256, gcm128],
    ]) {
      const { port } = await start(t, { ciphers: suites(order.join(':')) });
      const ciphers = order.toReversed().join(':');
      const socket = await secure(port, HOST, { maxVersion: 'TLSv1.2', ciphers });
      assert.equal(socket.getCipher().name, order[0]);
      socket.destroy();
    }
  });

  test('those of TLS 1.3 are all there, whatever is configured', async (t) => {
    const { port } = await start(t, { ciphers: suites('ECDHE-ECDSA-AES128-GCM-SHA256') });
    for (const name of ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']) {
      const socket = await secure(port, HOST, { minVersion: 'TLSv1.3', ciphers: name });
      assert.equal(socket.getCipher().name, name);
      socket.destroy();
    }
  });
});

describe('§3.14 chains', () => {
  test('the certificates between the router’s and its root are sent along', async (t) => {
    const { port } = await start(t, { certificates: [{ certChain: chain.cert, privateKey: chain.key }] });
    const socket = connect({ port, host: '127.0.0.1', servername: HOST, ca: root.cert });
    await once(socket, 'secureConnect');
    assert.ok(socket.authorized);
    socket.destroy();
  });

  test('a client’s may come over others, up to a root that is trusted', async (t) => {
    const { port } = await start(t, { clientCertificates: 'require', clientCa: [root.cert] });
    await assertServed(port, shown(chain));
    await assertNoEntry(port, HOST, shown(leaf));
  });

  test('rules look at every issuer in them', async (t) => {
    const rule = (subject: object) => ({
      issuerInChain: distinguishedName({ O: 'Org', CN: 'Middle' }),
      validSubjects: [distinguishedName({ O: 'Org', ...subject })],
    });
    const asking = { clientCertificates: 'request', clientCa: [root.cert] } as const;
    const open = await start(t, { ...asking, rules: [rule({ CN: 'leaf' })] });
    await assertServed(open.port, shown(chain));
    await assertServed(open.port);
    const closed = await start(t, { ...asking, rules: [rule({ CN: 'leaf', OU: 'one more' })] });
    await assertNoEntry(closed.port, HOST, shown(chain));
    const both = { ...asking, clientCa: [root.cert, clients.cert], rules: [rule({ CN: 'nobody' })] };
    // Nobody in its chain is named in a rule.
    await assertServed((await start(t, both)).port, shown(known));
  });
});

describe('§3.14 client certificates, version by version:', () => {
  const stranger = new Authority('/CN=Stranger').issue();
  const expired = clients.issue({ days: [-9, -1] });
  const early = clients.issue({ days: [1, 9] });
  const shows = {
    none: {},
    good: shown(known),
    stranger: shown(stranger),
    expired: shown(expired),
    early: shown(early),
  };
  const expected = {
    none: ['none', 'good', 'stranger', 'expired', 'early'],
    request: ['none', 'good'],
    require: ['good'],
  } as const;
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    for (const asks of ['none', 'request', 'require'] as const) {
      test(`${asks}, ${version}`, async (t) => {
        const { port } = await start(t, { clientCertificates: asks, clientCa: [clients.cert] });
        for (const [which, certificate] of Object.entries(shows)) {
          const options = { ...certificate, minVersion: version, maxVersion: version } as const;
          const lets: readonly string[] = expected[asks];
          if (lets.includes(which)) await assertServed(port, options);
          else await assertNoEntry(port, HOST, options);
        }
      });
    }
  }
});

describe('§3.12 of the protocols a client offers', () => {
  const cases: readonly [offered: readonly string[], http2: boolean, spoken: string | false | null][] = [
    [['h2', 'http/1.1'], true, 'h2'],
    [['http/1.1', 'h2'], true, 'h2'],
    [['h2'], true, 'h2'],
    [['http/1.1'], true, 'http/1.1'],
    [['h3', 'h2'], true, 'h2'],
    [['h2', 'http/1.1'], false, false],
    [['http/1.1'], false, false],
    [['h2'], false, false],
    [['acme-tls/1', 'spdy/3'], false, false],
    [['http/1.0'], true, null],
    [['h2c', 'spdy/3'], true, null],
    [['H2', 'HTTP/1.1'], true, null],
  ];
  for (const [offered, http2, spoken] of cases) {
    const what = spoken === null ? 'none, which the alert says' : spoken || 'HTTP/1.1 without a word';
    test(`${offered} ${http2 ? 'with' : 'without'} HTTP/2, the router takes ${what}`, async (t) => {
      const { port } = await start(t, { http2 });
      const options = { ALPNProtocols: [...offered] };
      if (spoken === null) {
        await assertNoEntry(port, HOST, options, /no application protocol/);
        return;
      }
      const socket = await secure(port, HOST, options);
      assert.equal(socket.alpnProtocol, spoken);
      if (spoken === false) assert.equal(statusOf(await ask(socket, get(HOST))), 200);
      socket.destroy();
    });
  }

  test('none without HTTP/2, and whoever speaks HTTP/2 all the same is told so', async (t) => {
    const { port } = await start(t, { http2: false });
    const socket = await secure(port, HOST, { ALPNProtocols: ['h2'] });
    assert.equal(statusOf(await ask(socket, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')), 400);
    socket.destroy();
  });
});

function ask(socket: TLSSocket, request: string): Promise<RawMessage> {
  return new RawClient(socket).send(request).response();
}

test('§3.14 new keys for sessions end no connection, and what was sealed with the old ones is done anew', async (t) => {
  const engine = await start(t);
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const only = { minVersion: version, maxVersion: version } as const;
    const before = new RawClient(await secure(engine.port, HOST, only));
    const session = await sessionOf(await secure(engine.port, HOST, only), HOST);
    const again = await secure(engine.port, HOST, { ...only, session });
    assert.ok(again.isSessionReused());
    again.destroy();
    const { settings } = engine.proxy.context;
    const ticketKeys = Buffer.from(settings.frontTls!.ticketKeys.map((byte) => byte ^ 0xff));
    engine.proxy.reload({ ...settings, frontTls: { ...settings.frontTls!, ticketKeys } });
    const anew = await secure(engine.port, HOST, { ...only, session });
    assert.equal(anew.isSessionReused(), false);
    const fresh = await sessionOf(anew, HOST);
    const renewed = await secure(engine.port, HOST, { ...only, session: fresh });
    assert.ok(renewed.isSessionReused());
    renewed.destroy();
    assert.equal(statusOf(await before.send(get(HOST)).response()), 200);
    before.close();
  }
});

test('§3.14 of more handshakes at once than there may be, the oldest gives way, and nobody else', async (t) => {
  const engine = await start(t);
  const served = new RawClient(await secure(engine.port, HOST));
  const waiting: Socket[] = [];
  const ended: number[] = [];
  for (let i = 0; i < MOST_WAITING + 3; i++) {
    const socket = connectTcp({ port: engine.port, host: '127.0.0.1' });
    socket.on('error', () => {}).on('close', () => ended.push(i));
    waiting.push(socket);
    await once(socket, 'connect');
    // Accepted one after the other, so that it is certain which is the oldest.
    await engine.until(() => engine.sockets.length === i + 2);
    socket.write('\x16\x03\x01');
  }
  await engine.until(() => ended.length === 3);
  assert.deepEqual(ended, [0, 1, 2]);
  assert.equal(statusOf(await served.send(get(HOST)).response()), 200);
  served.close();
  for (const socket of waiting) socket.destroy();
  await engine.until(() => engine.sockets.every((socket) => socket.closed));
  await assertServed(engine.port);
  await engine.isEmpty();
});
