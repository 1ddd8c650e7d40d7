import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { type Allowlist, readAllowlist } from '../../src/route-service/hairpin.ts';
import {
  type Arrival,
  type BoundRoute,
  passage,
  type RouteServiceRules,
} from '../../src/route-service/passage.ts';
import { sign, signingKey } from '../../src/route-service/signature.ts';

const NOW = 1_700_000_000_000;
const KEY = signingKey('now');
const OLD_KEY = signingKey('before');
const RULES: RouteServiceRules = {
  keys: [KEY, OLD_KEY],
  timeout: 60_000,
  recommendHttps: true,
  strict: false,
  websockets: true,
  hairpinning: null,
};
const BOUND: BoundRoute = {
  host: 'app.example.com',
  contextPath: '/',
  routeServiceUrl: 'https://guard.example.com:8443/check?x=1',
};
const UNBOUND: BoundRoute = { ...BOUND, routeServiceUrl: '' };
const FRESH: Arrival = {
  signature: '',
  metadata: '',
  hostName: 'App.example.com',
  target: '/a%2Fb?q=1',
  upgrades: false,
};
const signed = (url: string, at = NOW, key = KEY): Arrival => ({ ...FRESH, ...sign(url, at, key) });
const GUARD: BoundRoute = { host: 'guard.example.com', contextPath: '/check', routeServiceUrl: '' };
const places = (host: string, path: string): BoundRoute | null => {
  if (!host.endsWith('.example.com')) return null;
  if (host === BOUND.host) return BOUND;
  return host === GUARD.host && path.startsWith('/check') ? GUARD : { ...UNBOUND, host };
};

const go = (arrival: Arrival, route = BOUND, rules: Partial<RouteServiceRules> = {}) =>
  passage({ ...RULES, ...rules }, arrival, route, places, NOW);

function refused(status: number, routerError: string, message: string) {
  return { kind: 'refused', status, routerError, message };
}

describe('§4.1 on a route with a service a request', () => {
  test('goes to the service with the URL to come back to', () => {
    const way = go(FRESH);
    assert.ok(way.kind === 'detour');
    assert.equal(way.forwardedUrl, 'https://App.example.com/a%2Fb?q=1');
    assert.deepEqual(way.service, {
      tls: true,
      host: 'guard.example.com',
      port: 8443,
      authority: 'guard.example.com:8443',
      target: '/check?x=1',
    });
    assert.equal(way.hairpins, false);
    assert.equal(go({ ...FRESH, ...way.headers }).kind, 'returned');
  });

  test('is to come back over plain HTTP where HTTPS is not recommended', () => {
    const way = go(FRESH, BOUND, { recommendHttps: false });
    assert.ok(way.kind === 'detour');
    assert.equal(way.forwardedUrl, 'http://App.example.com/a%2Fb?q=1');
  });

  test('that comes back goes to a backend, also with a signature of the secret before', () => {
    assert.equal(go(signed('https://app.example.com/other', NOW, OLD_KEY)).kind, 'returned');
  });

  test('is refused without a secret, never let past the service', () => {
    const expected = refused(502, 'route_service_unsupported', 'Support for route services is disabled.');
    assert.deepEqual(go(FRESH, BOUND, { keys: [] }), expected);
    assert.deepEqual(go(signed('https://app.example.com/'), BOUND, { keys: [] }), expected);
  });

  test('is refused when it asks for a WebSocket and those are not allowed', () => {
    assert.equal(go({ ...FRESH, upgrades: true }).kind, 'detour');
    assert.deepEqual(
      go({ ...FRESH, upgrades: true }, BOUND, { websockets: false }),
      refused(
        503,
        'route_service_unsupported',
        'Websocket requests are not supported for routes bound to Route Services.',
      ),
    );
  });

  for (const url of [
    'https://',
    'ftp://x',
    'https://a b/',
    'https://x:0/',
    'https://x:99999/',
    'https://x/#y',
    'https://u:p@x/',
  ])
    test(`fails when the service is at ${url}`, () => {
      assert.deepEqual(
        go(FRESH, { ...BOUND, routeServiceUrl: url }),
        refused(500, '', 'Route service request failed.'),
      );
    });
});

describe('§4.4 a request back from a service is refused', () => {
  test('when it comes too late', () => {
    assert.deepEqual(
      go(signed('https://app.example.com/', NOW - 60_001)),
      refused(504, '', 'Failed to validate Route Service Signature: route service request expired'),
    );
  });

  test('when its signature cannot be opened', () => {
    assert.deepEqual(
      go(signed('https://app.example.com/', NOW, signingKey('else'))),
      refused(502, '', 'Failed to validate Route Service Signature: cipher: message authentication failed'),
    );
  });

  test('when it was signed for another route', () => {
    assert.deepEqual(
      go(signed('https://other.example.com/')),
      refused(
        502,
        '',
        'Failed to validate Route Service Signature: route service forwarded URL app.example.com/ does not match the original request URL other.example.com/',
      ),
    );
  });

  test('when there is no such route any more', () => {
    assert.deepEqual(
      go(signed('https://gone.example.net/x')),
      refused(
        502,
        '',
        'Failed to validate Route Service Signature: original request URL gone.example.net/x does not exist in the routing table',
      ),
    );
  });
});

describe('§4.5 on a route without a service a signature', () => {
  const bad = { ...FRESH, signature: 'bad', metadata: 'bad' };

  test('means nothing when it cannot be opened', () => assert.equal(go(bad, UNBOUND).kind, 'direct'));

  test('says that a router has sent it to a service here, when that is the service it was signed for', () => {
    const { headers } = go(FRESH) as Extract<ReturnType<typeof go>, { kind: 'detour' }>;
    assert.equal(go({ ...FRESH, ...headers }, GUARD).kind, 'out');
    assert.equal(go({ ...FRESH, ...headers }, GUARD, { strict: true }).kind, 'out');
  });

  test('says nothing to anybody else, to whom a service may have sent it', () => {
    const own = signed('https://app.example.com/');
    assert.equal(go(own, { ...GUARD, host: 'victim.example.com' }).kind, 'direct');
    assert.equal(go(own, { ...GUARD, contextPath: '/' }).kind, 'direct');
    assert.equal(go(signed('https://other.example.com/'), GUARD).kind, 'direct');
    assert.equal(go(signed('https://app.example.com/', NOW, signingKey('else')), GUARD).kind, 'direct');
    assert.equal(go(signed('https://app.example.com/', NOW - 60_001), GUARD).kind, 'direct');
    assert.equal(go(own, GUARD, { keys: [] }).kind, 'direct');
  });

  test('says that a router is about where its route is not known here', () => {
    assert.equal(go(signed('https://gone.example.net/'), GUARD).kind, 'unknown');
  });

  test('must be a good one in strict mode', () => {
    const strict = { strict: true };
    assert.equal(go(FRESH, UNBOUND, strict).kind, 'direct');
    assert.equal(go(signed('https://app.example.com/'), UNBOUND, strict).kind, 'direct');
    assert.deepEqual(
      go(bad, UNBOUND, strict),
      refused(400, 'invalid_route_service_signature', 'invalid route service signature detected'),
    );
    assert.deepEqual(
      go(signed('https://app.example.com/', NOW - 60_001), UNBOUND, strict),
      refused(
        504,
        'expired_route_service_signature',
        'Failed to validate Route Service Signature: route service request expired',
      ),
    );
  });
});

describe('§4.7 a service that this router has a route to', () => {
  const hairpins = (entries: string[], url = BOUND.routeServiceUrl) => {
    const way = go(
      FRESH,
      { ...BOUND, routeServiceUrl: url },
      { hairpinning: readAllowlist(entries) as Allowlist },
    );
    return way.kind === 'detour' && way.hairpins;
  };

  test('is reached within it, if the list allows', () => {
    assert.equal(hairpins([]), true);
    assert.equal(hairpins(['*.example.com']), true);
    assert.equal(hairpins(['guard.example.org']), false);
  });

  test('is reached over the network when there is no route', () => {
    assert.equal(hairpins([], 'https://guard.example.net/'), false);
  });
});
