import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { isLabelled, readRoutes } from '../../../src/agent/containers/container-routes.ts';
import { type DomainPattern, parseDomain } from '../../../src/agent/containers/domain.ts';
import { registrationFields } from '../../../src/bus/registration.ts';
import { container, ID } from '../../support/container.ts';

const HERE = { machine: '', domains: [] };
const route = { 'cellgate.route': 'shop.test' };

function read(labels: Record<string, string>, domains: readonly DomainPattern[] = []) {
  return readRoutes(container(labels), { machine: '', domains });
}

function only(labels: Record<string, string>) {
  const { routes, faults, warnings } = read(labels);
  assert.deepEqual([faults, warnings], [[], []]);
  assert.equal(routes.length, 1);
  return routes[0]!;
}

test('one label is enough: the port that the image exposes, at the address of the container', () => {
  const { registration, check, drainTime, of } = only(route);
  assert.deepEqual(registrationFields(registration), {
    uris: ['shop.test'],
    host: '10.0.0.2',
    port: 8080,
    tls_port: undefined,
    server_cert_domain_san: undefined,
    private_instance_id: ID,
    isolation_segment: undefined,
    protocol: undefined,
    app: undefined,
    private_instance_index: undefined,
    tags: undefined,
    route_service_url: undefined,
    options: undefined,
  });
  assert.deepEqual([check, drainTime, of], [null, 20_000, 'container']);
});

test('every label says what it says', () => {
  const { registration, check, drainTime, weight } = only({
    'cellgate.enable': 'true',
    'cellgate.route': 'shop.test, www.shop.test/cart',
    'cellgate.port': '9000',
    'cellgate.protocol': 'http2',
    'cellgate.tls': 'true',
    'cellgate.san': 'shop.internal',
    'cellgate.lb': 'hash',
    'cellgate.hash-header': 'X-User',
    'cellgate.timeout': '1m30s',
    'cellgate.app': 'shop-blue',
    'cellgate.index': '3',
    'cellgate.isolation-segment': 'dmz',
    'cellgate.route-service': 'https://auth.test',
    'cellgate.tag.team': 'blue',
    'cellgate.drain': '5s',
    'cellgate.weight': '50',
    'cellgate.check.path': '/health',
    'cellgate.check.port': '9001',
    'cellgate.check.interval': '2s',
    'cellgate.check.timeout': '1s',
    'cellgate.check.rise': '2',
    'cellgate.check.fall': '3',
    'cellgate.check.start-delay': '4s',
    'cellgate.check.expect': '200, 300-399',
    'cellgate.check.header.Host': 'shop.test',
  });
  assert.deepEqual(JSON.parse(JSON.stringify(registrationFields(registration))), {
    uris: ['shop.test', 'www.shop.test/cart'],
    host: '10.0.0.2',
    port: 9000,
    tls_port: 9000,
    server_cert_domain_san: 'shop.internal',
    private_instance_id: ID,
    isolation_segment: 'dmz',
    protocol: 'http2',
    app: 'shop-blue',
    private_instance_index: '3',
    tags: { team: 'blue' },
    route_service_url: 'https://auth.test',
    options: { loadbalancing: 'hash', hash_header: 'X-User', request_timeout: '90000ms' },
  });
  assert.deepEqual(check, {
    kind: 'probe',
    probe: {
      kind: 'http',
      host: '10.0.0.2',
      port: 9001,
      tls: true,
      serverName: 'shop.internal',
      path: '/health',
      headers: { Host: 'shop.test' },
      expect: [
        [200, 200],
        [300, 399],
      ],
    },
    interval: 2_000,
    timeout: 1_000,
    rise: 2,
    fall: 3,
    startDelay: 4_000,
  });
  assert.deepEqual([drainTime, weight], [5_000, 50]);
});

test('routes may have ports of their own, and each is checked at its own', () => {
  const { routes, faults, warnings } = read({
    'cellgate.route.web': 'shop.test',
    'cellgate.route.2': 'admin.test',
    'cellgate.port.2': '9000',
    'cellgate.port.3': '9001',
    'cellgate.check': '/health',
  });
  assert.deepEqual(faults, []);
  assert.deepEqual(warnings, ['cellgate.port.3: there is no cellgate.route.3, ignored']);
  const places = routes.map(({ registration: { uris, port }, check }) => [uris[0], port, check?.probe.port]);
  assert.deepEqual(
    places.toSorted(),
    [
      ['admin.test', 9000, 9000],
      ['shop.test', 8080, 8080],
    ].toSorted(),
  );
});

test('TCP routes name the port of the routers, and that of the container if it is another', () => {
  const { routes, faults } = read({ 'cellgate.tcp': '5432, 15432:5433', 'cellgate.check': 'tcp' });
  assert.deepEqual(faults, []);
  const places = routes.map(({ registration: { tcp, port }, check }) => [
    tcp?.port,
    tcp?.serverName,
    port,
    check?.probe.port,
  ]);
  assert.deepEqual(places, [
    [5432, '', 8080, 8080],
    [15432, '', 5433, 5433],
  ]);
  const named = read({ 'cellgate.tcp': '443', 'cellgate.sni': 'a.test,b.test' });
  assert.deepEqual(
    named.routes.map(({ registration }) => registration.tcp),
    [
      { port: 443, serverName: 'a.test' },
      { port: 443, serverName: 'b.test' },
    ],
  );
});

test('all containers of a service are one application, each with an index of its own', () => {
  const compose = {
    'com.docker.compose.project': 'shop',
    'com.docker.compose.service': 'web',
    'com.docker.compose.container-number': '2',
  };
  const { registration } = only({ ...route, ...compose });
  assert.deepEqual([registration.app, registration.instanceIndex], ['shop/web', '1']);
  const swarm = only({ ...route, 'com.docker.swarm.service.name': 'shop_web' });
  assert.equal(swarm.registration.app, 'shop_web');
  const own = only({ ...route, ...compose, 'cellgate.app': 'green' });
  assert.equal(own.registration.app, 'green');
});

/** A bad label, and what is said of it. */
const BAD: readonly (readonly [string, string, RegExp])[] = [
  ['cellgate.enable', 'yes', /found "yes", allowed: true or false/],
  ['cellgate.port', '0', /found "0", allowed: a port from 1 to 65535/],
  ['cellgate.port', '65536', /found "65536"/],
  ['cellgate.route', 'shop.test:80', /allowed: host\[\/path\]/],
  ['cellgate.route', 'https://shop.test', /without a scheme/],
  ['cellgate.route', 'shop.test#top', /clients do not send what follows #/],
  ['cellgate.route', 'sh*p.test', /a wildcard only as the whole first label/],
  ['cellgate.protocol', 'h2', /one of http1, http2/],
  ['cellgate.lb', 'random', /one of round-robin, least-connection, hash/],
  ['cellgate.lb', 'hash', /needs cellgate.hash-header/],
  ['cellgate.hash-header', 'X-User', /needs cellgate.lb=hash/],
  ['cellgate.timeout', '90', /a duration like 90s/],
  ['cellgate.timeout', '0s', /a duration like 90s/],
  ['cellgate.san', 'a.test', /needs cellgate.tls=true/],
  ['cellgate.route-service', 'http://a.test', /https:\/\//],
  ['cellgate.tcp', '0', /PORT of the routers/],
  ['cellgate.tcp', '80:0', /PORT of the routers/],
  ['cellgate.sni', 'a.test', /needs cellgate.tcp/],
  ['cellgate.drain', '-1s', /a duration like 20s/],
  ['cellgate.weight', '101', /0 to 100/],
  ['cellgate.index', 'one', /a number from 0/],
  ['cellgate.network', 'backend', /not in the network "backend", but in bridge/],
  ['cellgate.check', 'health', /a path that begins with \/, http, tcp or grpc/],
  ['cellgate.check.path', 'health', /a path that begins with \//],
  ['cellgate.check.interval', '1ms', /a duration from 100ms to 1h/],
  ['cellgate.check.timeout', '10s', /at most the interval, 2000ms/],
  ['cellgate.check.rise', '0', /1 to 100/],
  ['cellgate.check.expect', '200-100', /status codes/],
  ['cellgate.check.header.a b', 'c', /a header field/],
];

for (const [name, value, sentence] of BAD) {
  test(`${name}=${value} is refused with one sentence, and nothing is announced`, () => {
    const { routes, faults } = read({ ...route, [name]: value });
    assert.equal(faults.length, 1, faults.join('\n'));
    assert.match(faults[0]!, sentence);
    if (name !== 'cellgate.network') assert.ok(faults[0]!.startsWith(name), faults.join());
    assert.deepEqual(routes, []);
  });
}

test('routes and ports may have names that every object has', () => {
  const named = read({ 'cellgate.route.constructor': 'a.test', 'cellgate.route.__proto__': 'b.test' });
  assert.deepEqual(named.faults, []);
  assert.deepEqual(
    named.routes.flatMap(({ registration }) => registration.uris),
    ['a.test', 'b.test'],
  );
});

test('what stands in a header of a check is not repeated: it may be a secret', () => {
  const { faults } = read({
    ...route,
    'cellgate.check': 'http',
    'cellgate.check.header.Authorization': 'geh€im',
  });
  assert.equal(faults.length, 1);
  assert.ok(!faults[0]!.includes('geh€im'));
});

test('a port that nobody can know is asked for, and only where it is needed', () => {
  const terms = { machine: '', domains: [] };
  const several = readRoutes(container(route, { exposed: [80, 443] }), terms);
  assert.match(several.faults.join(), /cellgate.port: found nothing, and it exposes 80, 443/);
  const none = readRoutes(container(route, { exposed: [] }), terms);
  assert.match(none.faults.join(), /the image exposes none/);
  const own = { 'cellgate.route.a': 'shop.test', 'cellgate.port.a': '80' };
  const named = readRoutes(container(own, { exposed: [] }), terms);
  assert.deepEqual([named.faults, named.routes.length], [[], 1]);
});

test('unknown labels are told, with the nearest that is known, and change nothing', () => {
  const { routes, faults, warnings } = read({ ...route, 'cellgate.ruote': 'x', 'cellgate.check.pth': '/' });
  assert.deepEqual([routes.length, faults], [1, []]);
  assert.deepEqual(warnings, [
    'cellgate.ruote: unknown label, ignored (did you mean "cellgate.route"?)',
    'cellgate.check.pth: unknown label, ignored (did you mean "cellgate.check.path"?)',
  ]);
});

test('whoever is not to be announced is not, whatever else its labels say', () => {
  assert.deepEqual(read({ ...route, 'cellgate.enable': 'false', 'cellgate.port': 'x' }), {
    routes: [],
    faults: [],
    warnings: [],
  });
  assert.equal(isLabelled({ 'traefik.enable': 'true' }), false);
  assert.equal(isLabelled(route), true);
});

test('routes outside of what is allowed are left out and told; the others stand', () => {
  const domains = ['*.apps.test', 'shop.test', 'tcp:5000-5001'].map((text) => parseDomain(text)!);
  const { routes, faults, warnings } = read(
    {
      'cellgate.route':
        'a.apps.test, deep.a.apps.test/x, *.apps.test, SHOP.test, apps.test, evilapps.test, *.test',
      'cellgate.tcp': '5001,5002',
    },
    domains,
  );
  assert.deepEqual(faults, []);
  assert.deepEqual(
    routes.map(({ registration: { uris, tcp } }) => (tcp === null ? uris : tcp.port)),
    [['a.apps.test', 'deep.a.apps.test/x', '*.apps.test', 'SHOP.test'], 5001],
  );
  assert.equal(warnings.length, 4, warnings.join('\n'));
  for (const warning of warnings) assert.match(warning, /is outside what --domain allows, left out$/);
});

test('patterns of domains: hosts, all below a host, ports and spans of ports, and nothing else', () => {
  for (const good of ['a.test', '*.a.test', 'localhost', 'tcp:80', 'tcp:80-90', 'A.Test']) {
    assert.notEqual(parseDomain(good), null, good);
  }
  for (const bad of [
    '',
    '*',
    '*.',
    'a..b',
    'a.*.b',
    'a.test/x',
    'tcp:0',
    'tcp:90-80',
    'tcp:1-65536',
    'a b',
    '.a',
  ]) {
    assert.equal(parseDomain(bad), null, bad);
  }
});

test('whatever labels say, reading them throws nothing, and what is refused is not announced', () => {
  const names = fc.constantFrom(
    ...[
      'route',
      'route.1',
      'port',
      'port.1',
      'tcp',
      'sni',
      'check',
      'check.path',
      'check.timeout',
      'lb',
      'tls',
    ],
    ...['hash-header', 'timeout', 'drain', 'app', 'tag.x', 'tag.', 'network', 'enable', '', 'check.header.x'],
  );
  const values = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('a.test', '8080', '5s', 'true', 'hash', '/x', 'tcp', '1:2', 'a.test,b.test', '*.a.test'),
  );
  const labels = fc
    .dictionary(names, values)
    .map((some) =>
      Object.fromEntries(Object.entries(some).map(([name, value]) => [`cellgate.${name}`, value])),
    );
  fc.assert(
    fc.property(labels, (some) => {
      const { routes, faults, warnings } = readRoutes(container(some), HERE);
      if (faults.length > 0) assert.deepEqual(routes, []);
      for (const sentence of [...faults, ...warnings]) assert.match(sentence, /^(?:cellgate\.|it )/);
      for (const { registration } of routes) {
        assert.ok(registration.uris.length > 0 || registration.tcp !== null);
        assert.ok(registration.port >= 1 && registration.port <= 65_535);
      }
      // Labels of a container never change, so reading them again is the same.
      assert.deepEqual(readRoutes(container(some), HERE), { routes, faults, warnings });
    }),
  );
});
