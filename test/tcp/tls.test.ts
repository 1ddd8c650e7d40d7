import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { type TestContext, test } from 'vitest';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { Authority, type Identity } from '../support/certificates.ts';
import { helloOf } from '../support/client-hello.ts';
import { freePort } from '../support/free-port.ts';
import { noRedis, startRedis, talkWithRedis } from '../support/redis.ts';
import { skipFor } from '../support/skip-for.ts';
import { TcpClient, TcpServer, untilServed } from '../support/tcp-echo.ts';
import { announce, startTcp } from '../support/tcp-routed.ts';

const authority = new Authority();
const stranger = new Authority('/CN=Stranger');
const first = authority.issue({ names: 'DNS:first.example.com' });
const second = authority.issue({ names: 'DNS:*.second.example.com' });
const router = authority.issue({ names: 'DNS:router.example.com' });

const FRONT = {
  frontend_tls: [first, second].map(({ cert, key }) => ({ cert_chain: cert, private_key: key })),
};
const BACK = {
  backend_tls: {
    enabled: true,
    ca_certs: authority.cert,
    cert_chain: router.cert,
    private_key: router.key,
  },
};

/** Node's types do not know of the last one. */
const TRUSTING = {
  host: '127.0.0.1',
  ca: authority.cert,
  checkServerIdentity: () => undefined,
  allowHalfOpen: true,
};

/** A client that speaks TLS, by a server name or none. */
class TlsClient {
  readonly socket: TLSSocket;
  received = '';
  error = '';
  readonly closed: Promise<unknown>;

  constructor(t: TestContext, port: number, servername: string, ALPNProtocols: string[] = []) {
    this.socket = connect({
      ...TRUSTING,
      port,
      ...(servername === '' ? {} : { servername }),
      ...(ALPNProtocols.length === 0 ? {} : { ALPNProtocols }),
    });
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text: string) => {
      this.received += text;
    });
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error ||= error.code ?? error.message;
    });
    this.closed = once(this.socket, 'close').catch(() => {});
    t.onTestFinished(() => void this.socket.destroy());
  }

  async ask(text: string, wanted = text): Promise<void> {
    this.socket.write(text, 'latin1');
    while (!this.received.includes(wanted)) {
      const what = await Promise.race([
        once(this.socket, 'data').catch(() => 'closed'),
        this.closed.then(() => 'closed'),
      ]);
      if (what === 'closed' && !this.received.includes(wanted)) throw new Error(`closed: ${this.error}`);
    }
  }

  get names(): string {
    return this.socket.getPeerCertificate().subjectaltname ?? '';
  }
}

/** Resolves with a client that got an answer; tries until then. */
async function served(t: TestContext, port: number, name: string, alpns?: string[]): Promise<TlsClient> {
  for (;;) {
    const client = new TlsClient(t, port, name, alpns);
    try {
      await client.ask('ready?');
      return client;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

interface TlsBackend {
  readonly port: number;
  /** Of each connection: the server name and the protocol it asked for, and what its certificate names. */
  readonly seen: string[];
}

/** An echo over TLS. */
async function tlsEcho(t: TestContext, identity: Identity, options: TlsOptions = {}): Promise<TlsBackend> {
  const seen: string[] = [];
  const server = createServer(
    { ...identity, allowHalfOpen: true, ca: authority.cert, ...options },
    (socket) => {
      const shown = socket.getPeerCertificate()?.subjectaltname ?? 'nobody';
      seen.push(`${socket.servername || '-'} ${socket.alpnProtocol || '-'} ${shown}`);
      socket.on('error', () => {});
      socket.pipe(socket);
    },
  );
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, seen };
}

test('§7.4 TLS ends at the router where a route wants that, with the certificate for the name asked for', async (t) => {
  const echo = await TcpServer.start(t);
  const fixture = await startTcp(t, FRONT);
  announce(fixture, echo.port, { terminate_frontend_tls: true });
  assert.equal((await served(t, fixture.port, 'first.example.com')).names, 'DNS:first.example.com');
  assert.equal((await served(t, fixture.port, 'a.second.example.com')).names, 'DNS:*.second.example.com');
  assert.equal((await served(t, fixture.port, '')).names, 'DNS:first.example.com');
});

test('bytes and ends pass through TLS that ends here, and the reader is waited for', async (t) => {
  const sent = randomBytes(4 << 20);
  const server = await TcpServer.start(t, (socket) => socket.pipe(socket));
  const fixture = await startTcp(t, FRONT);
  announce(fixture, server.port, { terminate_frontend_tls: true });
  await served(t, fixture.port, '');
  const socket = connect({ ...TRUSTING, port: fixture.port });
  t.onTestFinished(() => void socket.destroy());
  socket.end(sent);
  const heard: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) heard.push(chunk);
  assert.ok(Buffer.concat(heard).equals(sent));
});

test('a reset of the backend is a reset for a client whose TLS ends here', async (t) => {
  const server = await TcpServer.start(t);
  const fixture = await startTcp(t, FRONT);
  announce(fixture, server.port, { terminate_frontend_tls: true });
  const client = await served(t, fixture.port, '');
  for (const socket of server.sockets) socket.resetAndDestroy();
  await client.closed;
  assert.equal(client.error, 'ECONNRESET');
});

test('on one port one name may end TLS here and another pass it on', async (t) => {
  const plain = await TcpServer.start(t);
  const secure = await tlsEcho(t, authority.issue({ names: 'DNS:own.example.com' }));
  const fixture = await startTcp(t, FRONT);
  announce(fixture, plain.port, { sni_hostname: 'first.example.com', terminate_frontend_tls: true });
  announce(fixture, secure.port, { sni_hostname: 'own.example.com' });
  assert.equal((await served(t, fixture.port, 'own.example.com')).names, 'DNS:own.example.com');
  assert.equal((await served(t, fixture.port, 'first.example.com')).names, 'DNS:first.example.com');
  assert.deepEqual(new Set(secure.seen), new Set(['own.example.com - nobody']));
});

test('§7.6 client and router agree on one of the alpns, and the backend is asked for that one', async (t) => {
  const backend = await tlsEcho(t, authority.issue({ names: 'DNS:instance-1' }), {
    ALPNProtocols: ['h2', 'http/1.1'],
  });
  const fixture = await startTcp(t, { ...FRONT, ...BACK });
  announce(fixture, 0, {
    tls_port: backend.port,
    private_instance_id: 'instance-1',
    terminate_frontend_tls: true,
    alpns: 'h2,http/1.1',
    sni_rewrite_hostname: 'inner.example.com',
  });
  const client = await served(t, fixture.port, '', ['http/1.1', 'x']);
  assert.equal(client.socket.alpnProtocol, 'http/1.1');
  assert.equal(backend.seen.at(-1), 'inner.example.com http/1.1 nobody');
  const silent = await served(t, fixture.port, '');
  assert.equal(silent.socket.alpnProtocol, false);
  assert.equal(backend.seen.at(-1), 'inner.example.com - nobody');
  const other = new TlsClient(t, fixture.port, '', ['x']);
  await other.closed;
  assert.equal(other.error, 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
});

test('§7.4 a backend with TLS must show the name of its instance, signed by who may', async (t) => {
  const right = await tlsEcho(t, authority.issue({ names: 'DNS:instance-1' }));
  const other = await tlsEcho(t, authority.issue({ names: 'DNS:instance-2' }));
  const nameless = await tlsEcho(t, authority.issue({ subject: '/CN=instance-1' }));
  const foreign = await tlsEcho(t, stranger.issue({ names: 'DNS:instance-1' }));
  const plain = await TcpServer.start(t);
  const fixture = await startTcp(t, { ...BACK, max_attempts: 10 });
  const instance = { private_instance_id: 'instance-1' };
  for (const { port } of [other, nameless, foreign, plain])
    announce(fixture, 0, { ...instance, tls_port: port });
  // None of these is what it should be, and nothing is said to them.
  for (;;) {
    const client = new TcpClient(t, fixture.port);
    await client.closed;
    if (client.error === 'ECONNREFUSED') continue;
    assert.equal(client.error, 'ECONNRESET');
    break;
  }
  announce(fixture, 0, { ...instance, tls_port: right.port });
  await untilServed(t, fixture.port);
  assert.deepEqual([...other.seen, ...nameless.seen, ...foreign.seen], []);
  assert.equal(new Set(right.seen).size, 1);
});

test('§7.4 the router shows its certificate, but where TLS with clients ends only if the route says so', async (t) => {
  const identity = authority.issue({ names: 'DNS:instance-1' });
  const asking = { requestCert: true, rejectUnauthorized: false };
  const backend = await tlsEcho(t, identity, asking);
  const [plain, ended, mutual] = await Promise.all([1, 2, 3].map(() => startTcp(t, { ...FRONT, ...BACK })));
  const instance = { private_instance_id: 'instance-1', tls_port: backend.port };
  announce(plain!, 0, instance);
  await untilServed(t, plain!.port);
  assert.equal(backend.seen.at(-1), '- - DNS:router.example.com');
  announce(ended!, 0, { ...instance, terminate_frontend_tls: true });
  await served(t, ended!.port, '');
  assert.equal(backend.seen.at(-1), '- - nobody');
  announce(mutual!, 0, { ...instance, terminate_frontend_tls: true, enable_backend_mtls: true });
  await served(t, mutual!.port, '');
  assert.equal(backend.seen.at(-1), '- - DNS:router.example.com');
});

test('what speaks no TLS, or says nothing, is reset where TLS ends', async (t) => {
  const echo = await TcpServer.start(t);
  const fixture = await startTcp(t, { ...FRONT, peek_timeout: '500ms' });
  announce(fixture, echo.port, { terminate_frontend_tls: true });
  await served(t, fixture.port, '');
  const before = echo.accepted;
  const talker = new TcpClient(t, fixture.port);
  talker.socket.write('GET / HTTP/1.1\r\n\r\n');
  await talker.closed;
  assert.equal(talker.error, 'ECONNRESET');
  const silent = new TcpClient(t, fixture.port);
  await silent.closed;
  assert.equal(silent.error, 'ECONNRESET');
  assert.equal(echo.accepted, before);
});

test('a handshake that is begun and never ended takes no longer than a hello may', async (t) => {
  const echo = await TcpServer.start(t);
  const fixture = await startTcp(t, { ...FRONT, peek_timeout: '500ms' });
  announce(fixture, echo.port, { terminate_frontend_tls: true });
  await served(t, fixture.port, '');
  const before = echo.accepted;
  const hello = await helloOf('first.example.com');
  const client = new TcpClient(t, fixture.port);
  client.socket.write(hello);
  await client.closed;
  assert.equal(client.error, 'ECONNRESET');
  assert.equal(echo.accepted, before);
});

test('a backend is told the client before TLS with it begins', async (t) => {
  const received: Buffer[] = [];
  const server = await TcpServer.start(t, (socket) =>
    socket.on('data', (chunk) => received.push(chunk as Buffer)),
  );
  const fixture = await startTcp(t, { ...BACK, send_proxy_protocol: 'v1' });
  announce(fixture, 0, { tls_port: server.port, private_instance_id: 'i' });
  const text = () => Buffer.concat(received).toString('latin1');
  while (!text().includes('\n')) {
    new TcpClient(t, fixture.port);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.match(text(), new RegExp(`^PROXY TCP4 127\\.0\\.0\\.1 127\\.0\\.0\\.1 \\d+ ${fixture.port}\\r\\n`));
  while (!text().includes('\n\x16\x03')) await new Promise((resolve) => setTimeout(resolve, 20));
});

test('a route of the configuration says all that a registration does', async (t) => {
  const backend = await tlsEcho(t, authority.issue({ names: 'DNS:db.internal' }));
  const port = await freePort();
  const route = {
    port,
    backends: [`127.0.0.1:${backend.port}`],
    terminate_frontend_tls: true,
    backend_tls: true,
    server_cert_domain_san: 'db.internal',
    sni_rewrite_hostname: 'db.internal',
  };
  await startTcp(t, { ...FRONT, ...BACK, reservable_ports: String(port), routes: [route] });
  await served(t, port, '');
  assert.equal(backend.seen.at(-1), 'db.internal - nobody');
});

test('a real redis-server with TLS is served to clients without it', skipFor(noRedis), async (t) => {
  const directory = temporaryDirectory(t);
  const { cert, key } = authority.issue({ names: 'DNS:redis.internal' });
  for (const [file, text] of Object.entries({ cert, key, ca: authority.cert })) {
    writeFileSync(join(directory, file), text);
  }
  const redisPort = await freePort();
  const at = (file: string) => join(directory, file);
  await startRedis(
    t,
    ...['--port', '0', '--tls-port', String(redisPort)],
    ...['--tls-cert-file', at('cert'), '--tls-key-file', at('key'), '--tls-ca-cert-file', at('ca')],
  );
  const fixture = await startTcp(t, BACK);
  announce(fixture, 0, { tls_port: redisPort, server_cert_domain_san: 'redis.internal' });
  await talkWithRedis(t, fixture.port);
});
