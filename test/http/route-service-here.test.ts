import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { Authority } from '../support/certificates.ts';
import { frontTlsOf } from '../support/front-tls.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { get, RawClient, type RawMessage, statusOf, valuesOf } from '../support/raw-http.ts';
import { forwardingService, RouteServiceProtocol } from '../support/route-service.ts';
import { routeServicesOf } from '../support/route-service-settings.ts';
import { secure, servers, shown } from '../support/tls-clients.ts';

const XFCC = 'X-Forwarded-Client-Cert';
const clients = new Authority('/CN=Clients');
const known = clients.issue({ subject: '/CN=known' });
const ofRouter = clients.issue({ subject: '/CN=router' });
const front = servers.issue({ subject: '/CN=front', names: 'DNS:localhost' });
const SECRET = 'what the routers share';
const protocol = new RouteServiceProtocol(SECRET);
const bare = (pem: string) => pem.replace(/-----[A-Z ]+-----|\n/g, '');

const KINDS = ['with mutual TLS', 'over TLS without a certificate', 'without TLS'] as const;
const MODES = ['always_forward', 'forward', 'sanitize_set'] as const;
type Kind = (typeof KINDS)[number];
type Mode = (typeof MODES)[number];

/**
 * bound.test is bound to a service at https://localhost, which is an application behind the same router: the router asks
 * itself, over TLS, and shows a certificate of its own.
 */
async function platform(t: TestContext, mode: Mode, isRegisteredHere = true) {
  const tls = {
    ca: [servers.cert],
    certChain: ofRouter.cert,
    privateKey: ofRouter.key,
    ciphers: '',
    verify: true,
  };
  const settings = {
    frontTls: {
      ...frontTlsOf(front),
      http2: false,
      clientCertificates: 'request',
      clientCa: [clients.cert],
    },
    forwardedClientCert: mode,
    sanitizeForwardedProto: true,
    routeServices: routeServicesOf(SECRET, [], { tls }),
  } as const;
  const engine = await HttpEngine.start(t, settings);
  const plain = await engine.open(t, 'http');
  const app = await Backend.start(t, () => ok('the application'));
  // Where a platform has routers of their own for some routes, the service is behind another one.
  const other = isRegisteredHere ? engine : await HttpEngine.start(t, settings);
  const router = () => ({ port: engine.port, tls: true, ca: servers.cert });
  const service = await forwardingService(t, null, router);
  other.route('localhost', service.port);
  other.route('victim.test', app.port);
  const endpoint = { host: '127.0.0.1', port: app.port };
  engine.routeByService('bound.test', `https://localhost:${other.port}/`, endpoint);
  const ask = async (kind: Kind, lines: readonly string[]): Promise<RawMessage> => {
    const own = kind === 'with mutual TLS' ? shown(known) : {};
    const client =
      kind === 'without TLS'
        ? await RawClient.connect(plain)
        : new RawClient(await secure(engine.port, 'bound.test', own));
    const response = await client.send(get('bound.test', '/', lines)).response();
    client.close();
    return response;
  };
  return { engine, app, service, other, ask };
}

/** What the service is told of the client, as if the router had asked it directly. */
function expected(mode: Mode, kind: Kind, sent: boolean): string[] {
  const own = sent ? ['sent'] : [];
  if (mode === 'always_forward') return own;
  if (kind !== 'with mutual TLS') return [];
  return mode === 'forward' ? own : [bare(known.cert)];
}

describe('§3.6 §3.5 a route service that is an application of this router', () => {
  for (const mode of MODES) {
    for (const kind of KINDS) {
      for (const sent of [false, true]) {
        const what = `${mode}, a client ${kind} that sends ${sent ? 'a certificate header' : 'none'}`;
        test(`is told of the client, not of the router that calls it: ${what}`, async (t) => {
          const { app, service, ask } = await platform(t, mode);
          const response = await ask(kind, sent ? [`${XFCC}: sent`, 'X-Forwarded-Proto: gopher'] : []);
          assert.deepEqual([statusOf(response), response.body], [200, 'the application']);
          const certificate = expected(mode, kind, sent);
          const proto = kind === 'without TLS' ? 'http' : 'https';
          assert.deepEqual(
            service.requests.map((each) => [valuesOf(each, XFCC), valuesOf(each, 'X-Forwarded-Proto')]),
            [[certificate, [proto]]],
          );
          const back = mode === 'forward' ? [] : certificate;
          assert.deepEqual(
            app.requests.map((each) => [valuesOf(each, XFCC), valuesOf(each, 'X-Forwarded-Proto')]),
            [[back, [proto]]],
          );
        });
      }
    }
  }

  test('keeps the lines that it has to bring back', async (t) => {
    const { service, ask } = await platform(t, 'sanitize_set');
    await ask('with mutual TLS', []);
    for (const name of ['X-CF-Proxy-Signature', 'X-CF-Proxy-Metadata', 'X-CF-Forwarded-Url']) {
      assert.equal(valuesOf(service.requests[0]!, name).length, 1, name);
    }
  });
});

describe('§3.6 with a good signature nobody is told', () => {
  test('by a service what the client of another application is', async (t) => {
    const { engine, app, service, ask } = await platform(t, 'sanitize_set');
    await ask('over TLS without a certificate', []);
    const stolen = service.requests[0]!.lines.filter((line) => line.startsWith('X-CF-'));
    const client = new RawClient(await secure(engine.port, 'victim.test'));
    const forged = [`${XFCC}: ${bare(known.cert)}`, 'X-Forwarded-Proto: gopher'];
    await client.send(get('victim.test', '/', [...stolen, ...forged])).response();
    client.close();
    const told = app.requests.at(-1)!;
    assert.deepEqual([valuesOf(told, XFCC), valuesOf(told, 'X-Forwarded-Proto')], [[], ['https']]);
  });

  test('anything over plain HTTP but the protocol, where it was sent out to the service', async (t) => {
    const { engine, service } = await platform(t, 'sanitize_set');
    const plain = await RawClient.connect(await engine.open(t, 'http'));
    const lines = [`${XFCC}: forged`, 'X-Forwarded-Proto: https', ...protocol.sign('https://bound.test/')];
    service.answer = () => ok('the service');
    await plain.send(get('localhost', '/', lines)).response();
    plain.close();
    const [told] = service.requests;
    assert.deepEqual([valuesOf(told!, XFCC), valuesOf(told!, 'X-Forwarded-Proto')], [[], ['https']]);
  });

  test('that the client is the router, where the router does not know the route', async (t) => {
    const { service, ask } = await platform(t, 'sanitize_set', false);
    for (const kind of KINDS) assert.equal(statusOf(await ask(kind, [`${XFCC}: sent`])), 200);
    assert.deepEqual(
      service.requests.map((each) => valuesOf(each, XFCC)),
      [[], [], []],
    );
  });
});
