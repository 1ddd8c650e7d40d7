import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp, createServer as createTcpServer, type Socket } from 'node:net';
import { type ConnectionOptions, connect, Server, TLSSocket } from 'node:tls';
import { describe, type TestContext, test, vi } from 'vitest';
import type { FrontTlsSettings, HttpSettings } from '../../src/http/settings.ts';
import { TLS_HANDSHAKES, TLS_HANDSHAKES_FAILED } from '../../src/telemetry/counters.ts';
import { distinguishedName } from '../../src/tls/subject-rules.ts';
import { Backend, ok } from '../support/backend.ts';
import { Authority, type Identity } from '../support/certificates.ts';
import { frontTlsOf } from '../support/front-tls.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { get, RawClient, statusOf } from '../support/raw-http.ts';

const authority = new Authority();
const clients = new Authority('/O=Cellgate tests/CN=Clients');
const first = authority.issue({ subject: '/CN=first', names: 'DNS:first.test,DNS:app.test' });
const exact = authority.issue({ subject: '/CN=exact', names: 'DNS:a.one.test' });
const wildcard = authority.issue({ subject: '/CN=wildcard', names: 'DNS:*.one.test' });
const known = clients.issue({ subject: '/O=Org/OU=one/CN=known' });
const unknown = new Authority('/CN=Nobody').issue({ subject: '/CN=unknown' });

const FRONT: FrontTlsSettings = {
  ...frontTlsOf(first, wildcard, exact),
  http2: false,
  clientCa: [clients.cert],
};

async function start(
  t: TestContext,
  front: Partial<FrontTlsSettings> = {},
  settings: Partial<HttpSettings> = {},
): Promise<{ engine: HttpEngine; backend: Backend }> {
  const engine = await HttpEngine.start(t, { frontTls: { ...FRONT, ...front }, ...settings });
  const backend = await Backend.start(t, (request) => ok(request.lines.join('\n')));
  engine.route('app.test', backend.port);
  return { engine, backend };
}

/** Resolves with a client whose handshake is done as far as it can tell, which in TLS 1.3 is before the server's verdict. */
async function secure(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', ca: authority.cert, servername: 'app.test', ...options });
  await once(socket, 'secureConnect');
  return socket;
}

/** Headers the application got, of a request over TLS. */
async function askOver(socket: TLSSocket, ...lines: readonly string[]): Promise<string> {
  const client = new RawClient(socket);
  client.send(get('app.test').replace('\r\n\r\n', `\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`));
  const response = await client.response();
  assert.equal(statusOf(response), 200);
  client.close();
  return response.body;
}

function shown({ cert, key }: Identity): ConnectionOptions {
  return { cert, key };
}

/** That the handshake fails, or the connection closes before anything is answered. */
async function assertRefused(port: number, options: ConnectionOptions, message = /./): Promise<void> {
  await assert.rejects(async () => {
    const socket = await secure(port, options);
    await askOver(socket);
  }, message);
}

test('§3.5 what comes over TLS is https for the application', async (t) => {
  const { engine } = await start(t);
  const headers = await askOver(await secure(engine.port));
  assert.match(headers, /^X-Forwarded-Proto: https$/m);
  assert.match(headers, /^X-Forwarded-For: 127\.0\.0\.1$/m);
  assert.equal(engine.proxy.context.counters.get(TLS_HANDSHAKES), 1);
  await engine.isEmpty();
});

test('large bodies pass both ways, and a second request follows on the same connection', async (t) => {
  const { engine, backend } = await start(t);
  backend.answer = (request) => ok(request.body);
  const client = new RawClient(await secure(engine.port));
  const body = 'x'.repeat(2_000_000);
  for (let i = 0; i < 2; i++) {
    client.send(`POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    assert.ok((await client.response()).body === body);
  }
  client.close();
  await engine.isEmpty();
});

describe('§3.14 the certificate', () => {
  for (const [name, subject] of [
    ['a.one.test', 'exact'],
    ['b.one.test', 'wildcard'],
    ['first.test', 'first'],
    ['nobody.test', 'first'],
    ['', 'first'],
  ] as const) {
    test(`for ${name || 'no name'} is ${subject}`, async (t) => {
      const { engine } = await start(t);
      const socket = await secure(engine.port, { servername: name, checkServerIdentity: () => undefined });
      assert.equal(socket.getPeerX509Certificate()?.subject, `CN=${subject}`);
      await askOver(socket);
    });
  }
});

describe('§3.14 versions and ciphers', () => {
  test('an older version than the lowest is refused, and so is a newer one than the highest', async (t) => {
    const { engine } = await start(t, { maxVersion: 'TLSv1.2' });
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    await assertRefused(engine.port, old, /protocol version/);
    await assertRefused(engine.port, { minVersion: 'TLSv1.3' }, /protocol version/);
    assert.equal((await secure(engine.port)).getProtocol(), 'TLSv1.2');
    await engine.until(() => engine.proxy.context.counters.get(TLS_HANDSHAKES_FAILED) === 2);
  });

  test('TLS 1.0 is spoken when it is allowed', async (t) => {
    const { engine } = await start(t, {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.2',
      ciphers: 'ECDHE-ECDSA-AES128-SHA',
    });
    const options = { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    await askOver(await secure(engine.port, options));
  });

  test('only the configured suites are there for TLS 1.2', async (t) => {
    const { engine } = await start(t);
    const socket = await secure(engine.port, { maxVersion: 'TLSv1.2' });
    assert.equal(socket.getCipher().name, 'ECDHE-ECDSA-AES128-GCM-SHA256');
    await assertRefused(
      engine.port,
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
      /handshake failure/,
    );
  });
});

describe('§3.12 the protocol over TLS', () => {
  for (const [offered, spoken] of [
    [undefined, false],
    [['http/1.1'], 'http/1.1'],
    [['h3', 'http/1.1'], 'http/1.1'],
  ] as const) {
    test(`of ${offered ?? 'no offer'} is ${spoken || 'HTTP/1.1 all the same'}`, async (t) => {
      const { engine } = await start(t, { http2: true });
      const socket = await secure(engine.port, offered === undefined ? {} : { ALPNProtocols: [...offered] });
      assert.equal(socket.alpnProtocol, spoken);
      await askOver(socket);
    });
  }

  test('is refused when the client offers none that is known', async (t) => {
    const { engine } = await start(t, { http2: true });
    await assertRefused(engine.port, { ALPNProtocols: ['spdy/3', 'h3'] }, /no application protocol/);
  });
});

describe('§3.14 client certificates', () => {
  const known12 = { ...shown(known), maxVersion: 'TLSv1.2' } as const;

  test('none: nobody is asked', async (t) => {
    const { engine } = await start(t, {}, { forwardedClientCert: 'sanitize_set' });
    assert.doesNotMatch(await askOver(await secure(engine.port, shown(unknown))), /client-cert/i);
  });

  test('request: with none, with a good one, but not with a bad one', async (t) => {
    const { engine } = await start(
      t,
      { clientCertificates: 'request' },
      { forwardedClientCert: 'sanitize_set' },
    );
    assert.doesNotMatch(
      await askOver(await secure(engine.port), 'X-Forwarded-Client-Cert: forged'),
      /client-cert/i,
    );
    const der = known.cert.replace(/-----[A-Z ]+-----|\n/g, '');
    for (const options of [shown(known), known12]) {
      const headers = await askOver(await secure(engine.port, options), 'X-Forwarded-Client-Cert: forged');
      assert.deepEqual(
        headers.split('\n').filter((line) => /client-cert/i.test(line)),
        [`X-Forwarded-Client-Cert: ${der}`],
      );
    }
    await assertRefused(engine.port, shown(unknown));
    await assertRefused(engine.port, shown(clients.issue({ days: [-9, -1] })));
  });

  test('require: only with a good one', async (t) => {
    const { engine } = await start(t, { clientCertificates: 'require' });
    await askOver(await secure(engine.port, shown(known)));
    await assertRefused(engine.port, {});
    await assertRefused(engine.port, { maxVersion: 'TLSv1.2' });
    await assertRefused(engine.port, shown(unknown));
  });

  test('rules let only the listed subjects of an issuer in, in a resumed session too', async (t) => {
    const rule = {
      issuerInChain: distinguishedName({ O: 'Cellgate tests', CN: 'Clients' }),
      validSubjects: [distinguishedName({ O: 'Org', OU: 'one', CN: 'known' })],
    };
    const { engine } = await start(t, { clientCertificates: 'request', rules: [rule] });
    const socket = await secure(engine.port, known12);
    const session = socket.getSession();
    await askOver(socket);
    const again = await secure(engine.port, { ...known12, ...(session === undefined ? {} : { session }) });
    assert.ok(again.isSessionReused());
    await askOver(again);
    await assertRefused(engine.port, shown(clients.issue({ subject: '/O=Org/CN=another' })));
  });
});

describe('sessions', () => {
  test('go on with another thread that has the same keys, not under other rules for clients', async (t) => {
    const { engine } = await start(t);
    const socket = await secure(engine.port, { maxVersion: 'TLSv1.2' });
    const session = socket.getSession()!;
    await askOver(socket);
    const options = { maxVersion: 'TLSv1.2', session } as const;
    const other = await start(t);
    assert.ok((await secure(other.engine.port, options)).isSessionReused());
    const asking = await start(t, { clientCertificates: 'request' });
    assert.ok(!(await secure(asking.engine.port, options)).isSessionReused());
    const rotated = await start(t, { ticketKeys: Buffer.alloc(48, 8) });
    assert.ok(!(await secure(rotated.engine.port, options)).isSessionReused());
  });

  test('E07 a renegotiation is refused', async (t) => {
    const { engine } = await start(t);
    const socket = await secure(engine.port, { maxVersion: 'TLSv1.2' });
    const failed = new Promise((resolve) => {
      socket.once('error', resolve);
      socket.renegotiate({}, (error) => resolve(error));
    });
    assert.notEqual(await failed, null);
    socket.destroy();
  });
});

describe('what a hostile handshake costs is bounded', () => {
  test('one that does not come to an end is cut off', async (t) => {
    const { engine } = await start(t, {}, { enteringTimeout: 50 });
    const silent = await engine.connect();
    const half = (await engine.connect()).send('\x16\x03\x01\x02\x00\x01');
    await Promise.all([silent.closed, half.closed]);
    await engine.isEmpty();
  });

  test('what is no TLS is refused, and nothing else suffers', async (t) => {
    const { engine } = await start(t);
    for (const junk of [
      get('app.test'),
      '\x16\x03\x01\x00\x05hello',
      '\x00'.repeat(1000),
      'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n',
    ]) {
      const client = (await engine.connect()).send(junk);
      await client.closed;
    }
    await engine.until(() => engine.proxy.context.counters.get(TLS_HANDSHAKES_FAILED) >= 3);
    await askOver(await secure(engine.port));
    await engine.isEmpty();
  });

  test('a client that goes away in the middle leaves nothing behind', async (t) => {
    const { engine } = await start(t);
    for (let i = 0; i < 20; i++) {
      const raw = connectTcp(engine.port, '127.0.0.1');
      const socket = connect({ socket: raw, servername: 'app.test', ca: authority.cert });
      socket.on('error', () => {});
      await once(raw, 'connect');
      if (i % 2 === 0) raw.resetAndDestroy();
      else socket.destroy();
    }
    await askOver(await secure(engine.port));
    await engine.until(() => engine.sockets.every((socket) => socket.closed));
    await engine.isEmpty();
  });
});

test('E07 new certificates are for the next handshake, bad ones change nothing', async (t) => {
  const { engine } = await start(t);
  const before = await secure(engine.port);
  const renewed = authority.issue({ subject: '/CN=renewed', names: 'DNS:app.test' });
  const certificates = [{ certChain: renewed.cert, privateKey: renewed.key }];
  engine.proxy.front.entrance.replaceTls({ ...FRONT, certificates });
  assert.throws(() =>
    engine.proxy.front.entrance.replaceTls({
      ...FRONT,
      certificates: [{ certChain: renewed.cert, privateKey: first.key }],
    }),
  );
  const after = await secure(engine.port);
  assert.equal(after.getPeerX509Certificate()?.subject, 'CN=renewed');
  await askOver(before);
  await askOver(after);
});

test('a response cut off by the backend is cut off for the client', async (t) => {
  const { engine, backend } = await start(t);
  backend.answer = (_, { socket }) => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
  const client = new RawClient(await secure(engine.port));
  await assert.rejects(client.send(get('app.test')).response(), /connection closed/);
  await engine.isEmpty();
});

test('§3.13 a PROXY header stands before the handshake, its end and the hello in one piece', async (t) => {
  const { engine } = await start(t, {}, { proxyHeaders: { trusted: ['127.0.0.1'] } });
  for (const together of [true, false]) {
    const raw = connectTcp({ port: engine.port, host: '127.0.0.1' });
    raw.cork();
    raw.write('PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\r\n');
    if (!together) raw.uncork();
    const socket = connect({ socket: raw, servername: 'app.test', ca: authority.cert });
    setImmediate(() => raw.uncork());
    await once(socket, 'secureConnect');
    assert.match(await askOver(socket), /^X-Forwarded-For: 192\.0\.2\.7$/m);
  }
  await engine.isEmpty();
});

test('H20 a Host that is not the name of the handshake is served, as by gorouter', async (t) => {
  const { engine } = await start(t);
  const options = { servername: 'a.one.test', checkServerIdentity: () => undefined };
  assert.match(await askOver(await secure(engine.port, options)), /^Host: app\.test$/m);
});

/** Closes of TLS connections in the event that ends the handshake, which OpenSSL does not survive. */
function closesInHandshake(before: (socket: TLSSocket) => void = () => {}): () => number {
  let ending = 0;
  let closes = 0;
  const { emit } = Server.prototype;
  vi.spyOn(Server.prototype, 'emit').mockImplementation(function (
    this: Server,
    event: string | symbol,
    ...args: unknown[]
  ) {
    const ends = event === 'secureConnection';
    if (ends) {
      ending++;
      before(args[0] as TLSSocket);
    }
    try {
      return Reflect.apply(emit, this, [event, ...args]);
    } finally {
      if (ends) ending--;
    }
  });
  const { destroy } = TLSSocket.prototype;
  vi.spyOn(TLSSocket.prototype, 'destroy').mockImplementation(function (this: TLSSocket, error?: Error) {
    if (ending > 0) closes++;
    return Reflect.apply(destroy, this, [error]);
  });
  return () => closes;
}

describe('a connection is not closed while OpenSSL ends its handshake', () => {
  test('for a certificate that is not good enough', async (t) => {
    const closes = closesInHandshake();
    const { engine } = await start(t, { clientCertificates: 'request' });
    const socket = await secure(engine.port, shown(unknown));
    socket.on('error', () => {});
    await once(socket, 'close');
    assert.equal(engine.proxy.context.counters.get(TLS_HANDSHAKES_FAILED), 1);
    assert.equal(closes(), 0);
    await engine.isEmpty();
  });

  test('though its client has gone in the same moment', async (t) => {
    // The connection under it.
    const closes = closesInHandshake((socket) => Reflect.get(socket, '_parent').destroy());
    const { engine } = await start(t);
    const socket = await secure(engine.port);
    socket.on('error', () => {});
    await once(socket, 'close');
    assert.equal(closes(), 0);
    assert.equal(engine.proxy.downstreams.size, 0);
  });
});

test('handshakes from one port of a client to two addresses of the router do not get in the way of each other', async (t) => {
  const { engine } = await start(t);
  const served: Socket[] = [];
  const other = createTcpServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
    engine.proxy.serve(socket, 'https');
    served.push(socket);
  });
  other.listen(engine.port, '127.0.0.2');
  await once(other, 'listening');
  t.onTestFinished(() => void other.close());
  const one = connectTcp({ host: '127.0.0.1', port: engine.port, localAddress: '127.0.0.1' });
  await once(one, 'connect');
  const { localPort } = one;
  const two = connectTcp({
    host: '127.0.0.2',
    port: engine.port,
    localAddress: '127.0.0.1',
    localPort: localPort!,
  });
  await once(two, 'connect');
  t.onTestFinished(() => {
    one.destroy();
    two.destroy();
  });
  await engine.until(() => engine.sockets.length === 1 && served.length === 1);
  assert.equal(served[0]!.destroyed, false);
  const over = async (socket: Socket): Promise<void> => {
    const secured = connect({ socket, ca: authority.cert, servername: 'app.test' });
    await once(secured, 'secureConnect');
    await askOver(secured);
  };
  await over(two);
  await over(one);
  await engine.isEmpty();
});
