import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { Authority } from '../support/certificates.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { get, RawClient, type RawMessage, statusOf, valuesOf } from '../support/raw-http.ts';
import { forwardingService } from '../support/route-service.ts';
import { routeServicesOf } from '../support/route-service-settings.ts';
import { FRONT, secure, servers, shown } from '../support/tls-clients.ts';

const XFCC = 'X-Forwarded-Client-Cert';
const clients = new Authority('/CN=Clients');
const known = clients.issue({ subject: '/CN=known' });
const KNOWN = known.cert.replace(/-----[A-Z ]+-----|\n/g, '');
const service = servers.issue({ names: 'DNS:localhost' });

const MODES = ['always_forward', 'forward', 'sanitize_set'] as const;
const KINDS = ['with mutual TLS', 'over TLS without a certificate', 'without TLS'] as const;

type Mode = (typeof MODES)[number];
type Kind = (typeof KINDS)[number];

/** What the router says to whom it sends the client's request to, as docs/compatibility.md §3.6 has it. */
function first(mode: Mode, kind: Kind, sent: boolean): string[] {
  const own = sent ? ['sent'] : [];
  if (mode === 'always_forward') return own;
  if (kind !== 'with mutual TLS') return [];
  return mode === 'forward' ? own : [KNOWN];
}

/** What it says to the application when a service has brought the request back, over TLS where the client used it. */
function returned(mode: Mode, kind: Kind, sent: boolean): string[] {
  if (mode === 'forward') return [];
  if (mode === 'sanitize_set' && kind === 'without TLS') return [];
  return first(mode, kind, sent);
}

async function platform(t: TestContext, mode: Mode) {
  const engine = await HttpEngine.start(t, {
    frontTls: { ...FRONT, clientCertificates: 'request', clientCa: [clients.cert] },
    forwardedClientCert: mode,
    routeServices: routeServicesOf('secret', [servers.cert]),
  });
  const plain = await engine.open(t, 'http');
  const app = await Backend.start(t, () => ok('the application'));
  engine.route('free.test', app.port);
  return { engine, plain, app };
}

const header = (message: RawMessage) => valuesOf(message, XFCC);

describe('§3.6 the certificate header that the application gets,', () => {
  for (const mode of MODES) {
    for (const kind of KINDS) {
      for (const sent of [false, true]) {
        for (const bound of [false, true]) {
          const what = `${mode}, a client ${kind} that sends ${sent ? 'one' : 'none'}`;
          test(`${what}${bound ? ', by way of a route service' : ''}`, async (t) => {
            const { engine, plain, app } = await platform(t, mode);
            const tls = kind !== 'without TLS';
            const router = { port: tls ? engine.port : plain, tls, ca: servers.cert };
            const guard = await forwardingService(t, service, () => router);
            engine.routeByService('bound.test', `https://localhost:${guard.port}/`, {
              host: '127.0.0.1',
              port: app.port,
            });
            const host = bound ? 'bound.test' : 'free.test';
            const own = kind === 'with mutual TLS' ? shown(known) : {};
            const client = tls
              ? new RawClient(await secure(engine.port, host, own))
              : await RawClient.connect(plain);
            const response = await client.send(get(host, '/', sent ? [`${XFCC}: sent`] : [])).response();
            assert.equal(statusOf(response), 200);
            assert.equal(response.body, 'the application');
            client.close();
            const expected = bound ? returned(mode, kind, sent) : first(mode, kind, sent);
            assert.deepEqual(app.requests.map(header), [expected]);
            if (bound) assert.deepEqual(guard.requests.map(header), [first(mode, kind, sent)]);
          });
        }
      }
    }
  }
});
