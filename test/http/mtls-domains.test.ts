import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect } from 'node:tls';
import { describe, type TestContext, test } from 'vitest';
import type { FrontTlsSettings, HttpSettings } from '../../src/http/settings.ts';
import { TLS_HANDSHAKES_FAILED } from '../../src/telemetry/counters.ts';
import { Backend, ok } from '../support/backend.ts';
import { Authority } from '../support/certificates.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { ask, get, RawClient, statusOf, valuesOf } from '../support/raw-http.ts';
import {
  askOver,
  assertNoEntry,
  type DomainWishes,
  FRONT,
  secure,
  servers,
  sessionOf,
  shown,
  withDomains,
} from '../support/tls-clients.ts';

const XFCC = 'X-Forwarded-Client-Cert';
const platform = new Authority('/CN=Instance identity');
const partner = new Authority('/CN=Partner');
const common = new Authority('/CN=Everybody else');
const instance = platform.issue({
  subject: '/O=Org/OU=organization:org-1/OU=space:space-1/OU=app:app-1/CN=instance-1',
});
const device = partner.issue({ subject: '/CN=device' });
const citizen = common.issue({ subject: '/CN=citizen' });

const IDENTITY: DomainWishes = { name: '*.apps.identity', ca: platform.cert };
const PARTNER: DomainWishes = { name: 'partner.test', ca: partner.cert, format: 'envoy' };
const HOSTS = ['a.apps.identity', 'b.apps.identity', 'x.y.apps.identity', 'partner.test', 'app.test'];

async function start(
  t: TestContext,
  domains: readonly DomainWishes[] = [IDENTITY, PARTNER],
  tls: Partial<FrontTlsSettings> = {},
  settings: Partial<HttpSettings> = {},
): Promise<HttpEngine> {
  const engine = await HttpEngine.start(t, { ...withDomains(domains, tls), ...settings });
  const backend = await Backend.start(t, (request) => ok(request.lines.join('\n')));
  for (const host of HOSTS) engine.route(host, backend.port);
  return engine;
}

function certificateLines(body: string): string[] {
  return body.split('\n').filter((line) => line.toLowerCase().startsWith(XFCC.toLowerCase()));
}

function der(pem: string): string {
  return pem.replace(/-----[A-Z ]+-----|\n/g, '');
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  const only = { minVersion: version, maxVersion: version } as const;
  describe(`§3.14 a domain with mutual TLS, ${version}`, () => {
    test('lets in whom its own authorities have signed, and tells the application who it is', async (t) => {
      const { port } = await start(t);
      const response = await askOver(
        port,
        'a.apps.identity',
        'a.apps.identity',
        {
          ...only,
          ...shown(instance),
        },
        [`${XFCC}: forged`],
      );
      assert.deepEqual(certificateLines(response.body), [`${XFCC}: ${der(instance.cert)}`]);
    });

    test('lets nobody in without a certificate, with a stranger’s, with an expired one, or with one for other hosts', async (t) => {
      const engine = await start(t, [IDENTITY, PARTNER], {
        clientCertificates: 'request',
        clientCa: [common.cert],
      });
      const refused = [
        {},
        shown(new Authority('/CN=Nobody').issue()),
        shown(platform.issue({ days: [-9, -1] })),
        shown(device),
        shown(citizen),
      ];
      for (const options of refused) {
        await assertNoEntry(engine.port, 'a.apps.identity', { ...only, ...options });
      }
      await engine.until(() => engine.proxy.context.counters.get(TLS_HANDSHAKES_FAILED) === refused.length);
      await engine.isEmpty();
    });

    test('changes nothing for other hosts: these are asked as `client_cert_validation` says', async (t) => {
      const { port } = await start(t);
      assert.equal(statusOf(await askOver(port, 'app.test', 'app.test', only)), 200);
      const asked = await start(t, [IDENTITY], { clientCertificates: 'require', clientCa: [common.cert] });
      assert.equal(
        statusOf(await askOver(asked.port, 'app.test', 'app.test', { ...only, ...shown(citizen) })),
        200,
      );
      await assertNoEntry(asked.port, 'app.test', { ...only, ...shown(instance) });
      await assertNoEntry(asked.port, 'app.test', only);
    });
  });

  describe(`§3.14 a session is never taken from one domain to another, ${version}:`, () => {
    const cases: readonly [what: string, from: string, to: string][] = [
      ['from no domain into one', 'app.test', 'a.apps.identity'],
      ['from one domain into another', 'partner.test', 'a.apps.identity'],
      ['out of a domain', 'a.apps.identity', 'app.test'],
    ];
    const identities = { 'app.test': {}, 'partner.test': shown(device), 'a.apps.identity': shown(instance) };
    for (const [what, from, to] of cases) {
      test(what, async (t) => {
        const { port } = await start(t);
        const own = identities[from as keyof typeof identities];
        const session = await sessionOf(await secure(port, from, { ...only, ...own }), from);
        // Without a certificate: if the session went on, what it proved would too.
        if (to === 'app.test') {
          const socket = await secure(port, to, { ...only, session });
          assert.equal(socket.isSessionReused(), false);
          const client = new RawClient(socket);
          assert.deepEqual(certificateLines((await client.send(get(to)).response()).body), []);
          client.close();
        } else {
          await assertNoEntry(port, to, { ...only, session });
        }
        // Nor does it go on with a good certificate: what is proved is proved anew.
        const shows = identities[to as keyof typeof identities];
        const again = await secure(port, to, { ...only, session, ...shows });
        assert.equal(again.isSessionReused(), false);
        again.destroy();
      });
    }

    // OpenSSL itself takes no session to another name. A name that comes to be in another domain keeps its name.
    const inner: DomainWishes = { name: 'a.apps.identity', ca: partner.cert };
    const moves: readonly [what: string, before: readonly DomainWishes[], after: readonly DomainWishes[]][] =
      [
        ['into a domain', [], [IDENTITY]],
        ['into another domain', [IDENTITY], [inner, IDENTITY]],
        ['out of its domain', [IDENTITY], []],
      ];
    for (const [what, before, after] of moves) {
      test(`with a host that moves ${what}`, async (t) => {
        const host = 'a.apps.identity';
        const first = await start(t, before);
        const own = before.length === 0 ? {} : shown(instance);
        const session = await sessionOf(await secure(first.port, host, { ...only, ...own }), host);
        const { port } = await start(t, after);
        if (after.length > 0) {
          await assertNoEntry(port, host, { ...only, session });
        } else {
          const response = await askOver(port, host, host, { ...only, session });
          assert.deepEqual(certificateLines(response.body), []);
        }
        const identity = after.includes(inner) ? shown(device) : shown(instance);
        const socket = await secure(port, host, { ...only, session, ...identity });
        assert.equal(socket.isSessionReused(), false);
        socket.destroy();
      });
    }

    test('within its domain it goes on, on another thread too, as the one it was', async (t) => {
      const first = await start(t);
      const other = await start(t);
      const session = await sessionOf(
        await secure(first.port, 'a.apps.identity', { ...only, ...shown(instance) }),
        'a.apps.identity',
      );
      for (const { port } of [first, other]) {
        const socket = await secure(port, 'a.apps.identity', { ...only, session });
        assert.ok(socket.isSessionReused());
        const client = new RawClient(socket);
        const response = await client.send(get('b.apps.identity')).response();
        assert.deepEqual(certificateLines(response.body), [`${XFCC}: ${der(instance.cert)}`]);
        client.close();
      }
    });

    test('not under new keys, nor with other authorities', async (t) => {
      const { port } = await start(t);
      const own = { ...only, ...shown(instance) };
      const session = await sessionOf(await secure(port, 'a.apps.identity', own), 'a.apps.identity');
      const rotated = await start(t, [IDENTITY], { ticketKeys: Buffer.alloc(48, 8) });
      const both = `${platform.cert}${partner.cert}`;
      const trusting = await start(t, [{ ...IDENTITY, ca: both }]);
      for (const engine of [rotated, trusting]) {
        const socket = await secure(engine.port, 'a.apps.identity', { ...own, session });
        assert.equal(socket.isSessionReused(), false);
        socket.destroy();
      }
    });
  });
}

describe('§3.16 a host and a connection that do not go together are 421:', () => {
  const cases: readonly [sni: string, host: string, status: number, why: string][] = [
    ['a.apps.identity', 'a.apps.identity', 200, 'the same host'],
    ['a.apps.identity', 'b.apps.identity', 200, 'another host of the domain'],
    ['a.apps.identity', 'A.APPS.Identity:8443', 200, 'in any case, with any port'],
    ['a.apps.identity', 'partner.test', 421, 'another domain'],
    ['partner.test', 'a.apps.identity', 421, 'another domain, the other way round'],
    ['a.apps.identity', 'app.test', 421, 'no domain, over a connection of one'],
    ['app.test', 'a.apps.identity', 421, 'a domain, over a connection of none'],
    ['', 'a.apps.identity', 421, 'a domain, over a connection without a name'],
    ['app.test', 'app.test', 200, 'no domain on either side'],
    ['x.y.apps.identity', 'x.y.apps.identity', 200, 'two labels before a wildcard’s domain are none'],
    ['a.apps.identity', 'unknown.test', 404, 'a route that is not there'],
  ];
  for (const [sni, host, status, why] of cases) {
    test(`${why}: ${sni || 'no name'}, ${host}`, async (t) => {
      const engine = await start(t);
      const identity = sni === 'partner.test' ? shown(device) : shown(instance);
      const response = await askOver(engine.port, sni, host, identity);
      assert.equal(statusOf(response), status);
      if (status !== 421) return;
      assert.equal(response.start, 'HTTP/1.1 421 Misdirected Request');
      assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), ['misdirected_request']);
      await engine.isEmpty();
    });
  }

  test('without TLS', async (t) => {
    const engine = await start(t, [IDENTITY], {}, { frontTls: null });
    assert.equal(statusOf(await ask(engine.port, get('a.apps.identity'))), 421);
    assert.equal(statusOf(await ask(engine.port, get('app.test'))), 200);
  });

  test('a wildcard route of the domain, by a name that its wildcard does not cover', async (t) => {
    const engine = await start(t);
    const backend = await Backend.start(t);
    engine.route('*.apps.identity', backend.port);
    assert.equal(statusOf(await askOver(engine.port, 'x.z.apps.identity', 'x.z.apps.identity')), 421);
    assert.equal(
      statusOf(await askOver(engine.port, 'c.apps.identity', 'c.apps.identity', shown(instance))),
      200,
    );
    assert.equal(backend.requests.length, 1);
  });

  test('one domain within the wildcard of another, which gorouter lets pass', async (t) => {
    const inner: DomainWishes = { name: 'b.apps.identity', ca: partner.cert };
    const { port } = await start(t, [IDENTITY, inner]);
    assert.equal(statusOf(await askOver(port, 'a.apps.identity', 'b.apps.identity', shown(instance))), 421);
    assert.equal(statusOf(await askOver(port, 'b.apps.identity', 'a.apps.identity', shown(device))), 421);
    assert.equal(statusOf(await askOver(port, 'b.apps.identity', 'b.apps.identity', shown(device))), 200);
  });

  test('and the connection serves on', async (t) => {
    const { port } = await start(t);
    const client = new RawClient(await secure(port, 'a.apps.identity', shown(instance)));
    const statuses = [];
    for (const host of ['a.apps.identity', 'app.test', 'b.apps.identity']) {
      statuses.push(statusOf(await client.send(get(host)).response()));
    }
    assert.deepEqual(statuses, [200, 421, 200]);
    client.close();
  });
});

describe('§3.6 X-Forwarded-Client-Cert in a domain', () => {
  const line = `${XFCC}: sent`;
  test('in Envoy’s format has the hash and the subject as gorouter writes it', async (t) => {
    const { port } = await start(t, [{ ...IDENTITY, format: 'envoy' }]);
    const response = await askOver(port, 'a.apps.identity', 'a.apps.identity', shown(instance), [line]);
    const hash = createHash('sha256').update(new X509Certificate(instance.cert).raw).digest('hex');
    const subject = 'CN=instance-1,OU=organization:org-1,OU=space:space-1,OU=app:app-1,O=Org';
    assert.deepEqual(certificateLines(response.body), [`${XFCC}: Hash=${hash};Subject="${subject}"`]);
  });

  for (const mode of ['forward', 'always_forward'] as const) {
    test(`is the client’s own with ${mode}, whatever the router’s own mode is`, async (t) => {
      const engine = await start(
        t,
        [{ ...IDENTITY, forwardedClientCert: mode }],
        {},
        {
          forwardedClientCert: 'sanitize_set',
        },
      );
      const { port } = engine;
      const response = await askOver(port, 'a.apps.identity', 'a.apps.identity', shown(instance), [line]);
      assert.deepEqual(certificateLines(response.body), [line]);
      assert.deepEqual(certificateLines((await askOver(port, 'app.test', 'app.test', {}, [line])).body), []);
    });
  }
});

test('§3.14 rules for subjects hold in a domain whose authority they name', async (t) => {
  const issuer = { commonName: 'Instance identity' };
  const none = { country: [], organization: [], organizationalUnit: [], locality: [], province: [] };
  const nothing = { ...none, streetAddress: [], postalCode: [], serialNumber: '' };
  const rule = {
    issuerInChain: { ...nothing, ...issuer },
    validSubjects: [{ ...nothing, commonName: 'listed' }],
  };
  const { port } = await start(t, [IDENTITY], { rules: [rule] });
  const listed = platform.issue({ subject: '/CN=listed' });
  assert.equal(statusOf(await askOver(port, 'a.apps.identity', 'a.apps.identity', shown(listed))), 200);
  await assertNoEntry(port, 'a.apps.identity', shown(instance));
});

describe('§3.14 the host a client names is found', () => {
  test('in any case and with a dot at its end', async (t) => {
    const { port } = await start(t);
    for (const name of ['A.Apps.IDENTITY', 'a.apps.identity.']) {
      await assertNoEntry(port, name);
      assert.equal(statusOf(await askOver(port, name, 'a.apps.identity', shown(instance))), 200);
    }
  });

  test('when the hello comes byte by byte behind a PROXY header', async (t) => {
    const engine = await start(t, [IDENTITY], {}, { proxyHeaders: { trusted: ['127.0.0.1'] } });
    const raw = connectTcp({ port: engine.port, host: '127.0.0.1', noDelay: true });
    await once(raw, 'connect');
    raw.write('PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\r\n');
    const { write } = raw;
    raw.write = ((bytes: Buffer, ...rest: []) => {
      for (const byte of bytes.subarray(0, -1)) write.call(raw, Buffer.of(byte));
      return write.call(raw, bytes.subarray(-1), ...rest);
    }) as typeof raw.write;
    const socket = connect({
      ...shown(instance),
      socket: raw,
      servername: 'a.apps.identity',
      ca: servers.cert,
      checkServerIdentity: () => undefined,
    });
    const response = await new RawClient(socket).send(get('a.apps.identity')).response();
    assert.match(response.body, /^X-Forwarded-For: 192\.0\.2\.7$/m);
    assert.equal(certificateLines(response.body).length, 1);
    socket.destroy();
  });

  test('or what comes is no hello, and is refused like everywhere', async (t) => {
    const engine = await start(t, [IDENTITY]);
    const junk = [get('a.apps.identity'), '\x16\x03\x01\x00\x05hello', '\0'.repeat(1000)];
    for (const bytes of junk) await (await engine.connect()).send(bytes).closed;
    await engine.until(() => engine.proxy.context.counters.get(TLS_HANDSHAKES_FAILED) === junk.length);
    await engine.isEmpty();
  });

  test('or the client goes away or takes too long in the middle, and leaves nothing behind', async (t) => {
    const engine = await start(t, [IDENTITY], {}, { enteringTimeout: 50 });
    const half = '\x16\x03\x01\x02\x00\x01';
    (await engine.connect()).send(half).socket.end();
    const reset = (await engine.connect()).send(half);
    reset.socket.resetAndDestroy();
    await (await engine.connect()).send(half).closed;
    await engine.until(() => engine.sockets.length === 3 && engine.sockets.every((socket) => socket.closed));
    await engine.isEmpty();
  });
});

test('§3.14 domains change with the configuration, for handshakes and requests from then on', async (t) => {
  const engine = await start(t, [IDENTITY]);
  const before = new RawClient(await secure(engine.port, 'a.apps.identity', shown(instance)));
  const open = new RawClient(await secure(engine.port, 'partner.test'));
  assert.equal(statusOf(await open.send(get('partner.test')).response()), 200);
  const renewed = {
    ...engine.proxy.context.settings,
    ...withDomains([{ ...IDENTITY, ca: partner.cert }, PARTNER]),
  };
  engine.proxy.reload(renewed);
  await assertNoEntry(engine.port, 'a.apps.identity', shown(instance));
  assert.equal(
    statusOf(await askOver(engine.port, 'a.apps.identity', 'a.apps.identity', shown(device))),
    200,
  );
  assert.equal(statusOf(await before.send(get('a.apps.identity')).response()), 200);
  assert.equal(statusOf(await open.send(get('partner.test')).response()), 421);
  engine.proxy.reload({ ...renewed, ...withDomains([]), frontTls: FRONT });
  assert.equal(statusOf(await before.send(get('a.apps.identity')).response()), 421);
  assert.equal(statusOf(await open.send(get('partner.test')).response()), 200);
  before.close();
  open.close();
});
