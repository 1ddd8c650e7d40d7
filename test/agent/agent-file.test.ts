import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { type AgentConfig, readAgentFile } from '../../src/agent/file/agent-file.ts';
import { readRoutesFile } from '../../src/agent/file/routes-file.ts';
import type { BusAnnouncement } from '../../src/agent/route/announcement.ts';

const SERVERS = [{ host: 'nats.test:4222', user: 'me', password: 'hunter2' }];
const ROUTE = { name: 'shop', port: 8080, uris: ['shop.example.com'], registration_interval: '20s' };
const DEFAULTS = { host: '10.0.0.5', availabilityZone: '', instanceId: 'id' };
const API = {
  api_url: 'http://api.test:3000',
  oauth_url: 'https://uaa.test:8443',
  client_id: 'me',
  client_secret: 'hunter2',
};

function file(more: object = {}): string {
  return JSON.stringify({ message_bus_servers: SERVERS, host: '10.0.0.5', routes: [ROUTE], ...more });
}

async function config(more: object = {}): Promise<AgentConfig> {
  const read = await readAgentFile(file(more), 'this-process');
  assert.ok(read.ok, read.ok ? '' : read.error);
  return read.config;
}

async function refusal(more: object = {}): Promise<string> {
  const read = await readAgentFile(file(more), 'this-process');
  assert.ok(!read.ok);
  assert.ok(!read.error.includes('hunter2'), read.error);
  return read.error;
}

/** With these keys in the place of the route's; undefined takes one away. */
function routeRefusal(more: object): Promise<string> {
  return refusal({ routes: [{ ...ROUTE, ...more }] });
}

async function message(more: object): Promise<Record<string, unknown>> {
  const [route] = (await config({ routes: [{ ...ROUTE, ...more }] })).routes;
  const text = JSON.stringify((route!.announcement as BusAnnouncement).fields);
  return JSON.parse(text);
}

async function warnings(more: object): Promise<readonly string[]> {
  const read = await readAgentFile(file(more), 'this-process');
  assert.ok(read.ok, read.ok ? '' : read.error);
  return read.warnings;
}

test('a route becomes the message that route-registrar sends, byte for byte', async () => {
  const [route] = (
    await config({
      availability_zone: 'z1',
      routes: [
        {
          ...ROUTE,
          protocol: 'http2',
          tls_port: 8443,
          tags: { component: 'shop' },
          route_service_url: 'https://service.example.com',
          server_cert_domain_san: 'shop.internal',
          options: { loadbalancing: 'least-connection' },
        },
      ],
    })
  ).routes;
  assert.equal(
    JSON.stringify((route!.announcement as BusAnnouncement).fields),
    '{"uris":["shop.example.com"],"host":"10.0.0.5","protocol":"http2","port":8080,"tls_port":8443,' +
      '"tags":{"component":"shop"},"route_service_url":"https://service.example.com",' +
      '"private_instance_id":"this-process","server_cert_domain_san":"shop.internal",' +
      '"availability_zone":"z1","options":{"loadbalancing":"least-connection"}}',
  );
});

test('of a route with the least that it needs nothing else is said', async () => {
  const [route] = (await config()).routes;
  assert.equal(
    JSON.stringify((route!.announcement as BusAnnouncement).fields),
    '{"uris":["shop.example.com"],"host":"10.0.0.5","port":8080,"tags":null,"private_instance_id":"this-process"}',
  );
  assert.equal(route!.interval, 20_000);
  assert.equal(route!.check, null);
});

test('the documented example is understood, with names in any case as in Go', async () => {
  const read = await readAgentFile(
    JSON.stringify({
      Message_Bus_Servers: [{ HOST: '10.0.32.11:4222', user: 'nats', password: 'hunter2' }],
      host: '10.0.1.5',
      routes: [
        {
          name: 'SOME_ROUTE_NAME',
          tls_port: 12346,
          tags: { optional_tag_field: 'some_tag_value', another_tag_field: 'some_other_value' },
          uris: ['some.example.com', '*.some.example.com'],
          server_cert_domain_san: 'some.service.internal',
          route_service_url: 'https://route-service.example.com',
          registration_interval: '1m30s',
          health_check: {
            name: 'HEALTH_CHECK_NAME',
            script_path: '/path/to/check/executable',
            timeout: '5s',
          },
          prepend_instance_index: true,
        },
      ],
      nats_mtls_config: { enabled: false, cert_path: '', key_path: '', ca_path: '' },
      routing_api: { skip_ssl_validation: true, ca_certs: '/ca.crt' },
    }),
    'id',
  );
  assert.ok(read.ok);
  assert.deepEqual(read.warnings, []);
  const { busServers, busTls, routingApi, routes, unregistrationLimit } = read.config;
  assert.deepEqual(busServers, [{ host: '10.0.32.11', port: 4222, user: 'nats', password: 'hunter2' }]);
  assert.deepEqual([busTls, routingApi, unregistrationLimit], [null, null, 5]);
  assert.equal(routes[0]?.interval, 90_000);
  assert.deepEqual(routes[0]?.check, {
    kind: 'script',
    name: 'HEALTH_CHECK_NAME',
    path: '/path/to/check/executable',
    timeout: 5_000,
  });
});

test('a script has half the interval, unless it is told otherwise', async () => {
  const [route] = (await config({ routes: [{ ...ROUTE, health_check: { name: 'x', script_path: '/x' } }] }))
    .routes;
  assert.deepEqual(route?.check, { kind: 'script', name: 'x', path: '/x', timeout: 10_000 });
});

test('TCP routes go to the routing API, and those by server name with their own port and name', async () => {
  const tcp = { type: 'tcp', router_group: 'default-tcp', external_port: 5000, registration_interval: '10s' };
  const { routes, routingApi } = await config({
    routing_api: { ...API, max_ttl: '30s' },
    routes: [
      { ...tcp, port: 15000, host: '10.0.0.9' },
      {
        ...tcp,
        type: 'sni',
        name: 'by-name',
        sni_port: 17000,
        sni_routable_san: 'sni.example.com',
        sni_rewrite_san: 'backend.internal',
        terminate_frontend_tls: true,
        enable_backend_tls: true,
        alpns: ['http/1.1', 'h2'],
      },
    ],
  });
  assert.equal(routingApi?.maxTtl, 30_000);
  assert.deepEqual(routes[0]?.announcement, {
    kind: 'routing-api',
    uris: ['tcp:5000'],
    address: '10.0.0.9:15000',
    routerGroup: 'default-tcp',
    externalPort: 5000,
    host: '10.0.0.9',
    port: 15000,
    tlsPort: -1,
    sniHostname: '',
    sniRewrite: '',
    terminatesFrontendTls: false,
    enablesBackendTls: false,
    alpns: '',
  });
  assert.deepEqual(routes[1]?.announcement, {
    kind: 'routing-api',
    uris: ['tcp:5000/sni.example.com'],
    address: '10.0.0.5:17000',
    routerGroup: 'default-tcp',
    externalPort: 5000,
    host: '10.0.0.5',
    port: 17000,
    tlsPort: -1,
    sniHostname: 'sni.example.com',
    sniRewrite: 'backend.internal',
    terminatesFrontendTls: true,
    enablesBackendTls: true,
    alpns: 'h2,http/1.1',
  });
});

const ROUTE_FAULTS: readonly (readonly [string, object, RegExp])[] = [
  ['no name', { name: undefined }, /'route 0':\n {8}\* no name$/],
  ['no port', { port: undefined }, /'route "shop"':\n {8}\* no port$/],
  ['a port of 0', { port: 0 }, /\* invalid port: 0$/],
  ['a TLS port of 0', { tls_port: 0 }, /\* invalid tls_port: 0$/],
  [
    'a port too high',
    { port: 65_536 },
    /routes\[0\]\.port: found number 65536, allowed: an integer from 0 to 65535$/,
  ],
  [
    'a negative port',
    { port: -1 },
    /routes\[0\]\.port: found number -1, allowed: an integer from 0 to 65535$/,
  ],
  [
    'a port that is text',
    { port: 'PORT' },
    /routes\[0\]\.port: found text, allowed: an integer from 0 to 65535$/,
  ],
  ['no uris', { uris: undefined }, /\* no URIs$/],
  ['uris without one', { uris: [] }, /\* no URIs$/],
  ['an empty uri', { uris: ['', 'valid', ''] }, /\* empty URIs$/],
  ['an unknown protocol', { protocol: 'abcd' }, /\* unknown protocol: abcd$/],
  [
    'an unknown algorithm',
    { options: { loadbalancing: 'best' } },
    /\* unknown load balancing algorithm: best\. Allowed values: \[round-robin least-connection\]$/,
  ],
  ['no interval', { registration_interval: undefined }, /\* no registration_interval$/],
  [
    'an interval of nothing',
    { registration_interval: '0s' },
    /\* invalid registration_interval: interval must be greater than 0$/,
  ],
  [
    'a negative interval',
    { registration_interval: '-1s' },
    /\* invalid registration_interval: interval must be greater than 0$/,
  ],
  [
    'an interval without a unit',
    { registration_interval: '1' },
    /\* invalid registration_interval: time: missing unit in duration "1"$/,
  ],
  [
    'an interval with an unknown unit',
    { registration_interval: '1x' },
    /\* invalid registration_interval: time: unknown unit "x" in duration "1x"$/,
  ],
  [
    'an interval that is none',
    { registration_interval: 'asdf' },
    /\* invalid registration_interval: time: invalid duration "asdf"$/,
  ],
  [
    'a service that is no URL',
    { route_service_url: 'ht%tp://rs.example.com' },
    /\* parse route_service_url: not a URL$/,
  ],
  ['a TCP route without a group', { type: 'tcp', external_port: 1 }, /\* missing router_group$/m],
  ['a TCP route at port 0', { type: 'tcp', router_group: 'x', external_port: 0 }, /\* invalid port: 0$/m],
  [
    'a TCP route without a port outside',
    { type: 'sni', router_group: 'x', sni_port: 1 },
    /\* no external_port$/m,
  ],
];

for (const [what, keys, expected] of ROUTE_FAULTS) {
  test(`refused in route-registrar's words: ${what}`, async () => {
    assert.match(
      await routeRefusal(keys),
      /^there (?:was 1 error|were \d errors) with 'config':\n {4}\* there/,
    );
    assert.match(await routeRefusal(keys), expected);
  });
}

const SCRIPT_FAULTS: readonly (readonly [string, object, RegExp])[] = [
  ['no name', { name: '' }, /\* no name$/],
  ['no script', { script_path: '' }, /\* no script_path$/],
  ['a timeout of nothing', { timeout: '0s' }, /\* invalid healthcheck timeout: 0s$/],
  ['a negative timeout', { timeout: '-1s' }, /\* invalid healthcheck timeout: -1s$/],
  [
    'a timeout without a unit',
    { timeout: '1' },
    /\* invalid healthcheck timeout: time: missing unit in duration "1"$/,
  ],
  [
    'a timeout that is none',
    { timeout: 'nope' },
    /\* invalid healthcheck timeout: time: invalid duration "nope"$/,
  ],
  [
    'a timeout as long as the interval',
    { timeout: '20s' },
    /\* invalid healthcheck timeout: 20s must be less than the registration interval: 20s$/,
  ],
  [
    'a timeout longer than the interval',
    { timeout: '59s' },
    /\* invalid healthcheck timeout: 59s must be less than the registration interval: 20s$/,
  ],
];

for (const [what, keys, expected] of SCRIPT_FAULTS) {
  test(`refused of a health check: ${what}`, async () => {
    const text = await routeRefusal({ health_check: { name: 'x', script_path: '/x', ...keys } });
    assert.match(text, /there was 1 error with 'healthcheck':\n {12}\*/);
    assert.match(text, expected);
  });
}

test('a health check with several faults tells all of them, and where they are', async () => {
  assert.equal(
    await routeRefusal({ health_check: {} }),
    [
      "there were 2 errors with 'config':",
      `    * there were 2 errors with 'route "shop"':`,
      "        * there were 2 errors with 'healthcheck':",
      '            * no name',
      '            * no script_path',
    ].join('\n'),
  );
});

test('many faults are counted and told together', async () => {
  const text = await refusal({
    host: undefined,
    message_bus_servers: [],
    routes: [
      { ...ROUTE, registration_interval: '', name: '' },
      { ...ROUTE, registration_interval: '', name: '' },
      { ...ROUTE, host: '10.0.0.1' },
      { ...ROUTE },
    ],
  });
  assert.match(text, /^there were 8 errors with 'config'/);
  assert.match(text, /there were 3 errors with 'route 0'/);
  assert.match(text, /there were 3 errors with 'route 1'/);
  assert.match(text, /there was 1 error with 'route "shop"':\n {8}\* no host/);
  assert.match(text, /\* message_bus_servers must have at least one entry$/);
});

test('a bus is needed only by routes on it, and a routing API only by TCP routes', async () => {
  const tcp = { type: 'tcp', router_group: 'x', external_port: 5000, port: 1, registration_interval: '1s' };
  assert.equal((await config({ message_bus_servers: [], routing_api: API, routes: [tcp] })).routes.length, 1);
  assert.match(await refusal({ routes: [tcp] }), /\* routing_api must have an api_url$/);
  for (const [missing, sentence] of [
    ['api_url', /must have an api_url$/],
    ['oauth_url', /must have an oauth_url$/],
    ['client_id', /must have a client_id$/],
    ['client_secret', /must have a client_secret$/],
  ] as const) {
    assert.match(await refusal({ routes: [tcp], routing_api: { ...API, [missing]: '' } }), sentence);
  }
  const secure = {
    ...API,
    api_url: 'https://api.test',
    client_cert_path: '/c',
    client_private_key_path: '/k',
    server_ca_cert_path: '/a',
  };
  assert.equal((await config({ routes: [tcp], routing_api: secure })).routingApi?.clientKeyPath, '/k');
  for (const [missing, sentence] of [
    ['client_cert_path', /must have a client_certificate_path$/],
    ['client_private_key_path', /must have a client_private_key_path$/],
    ['server_ca_cert_path', /must have a server_ca_cert_path$/],
  ] as const) {
    assert.match(await refusal({ routes: [tcp], routing_api: { ...secure, [missing]: '' } }), sentence);
  }
  assert.match(
    await refusal({ routes: [tcp], routing_api: { ...API, api_url: ':invalid' } }),
    /valid api_url/,
  );
});

test('a longest life that is no duration is two minutes', async () => {
  const tcp = { type: 'tcp', router_group: 'x', external_port: 5000, port: 1, registration_interval: '1s' };
  for (const max_ttl of ['', '0s', '-1s', '3', 'asdf']) {
    assert.equal(
      (await config({ routes: [tcp], routing_api: { ...API, max_ttl } })).routingApi?.maxTtl,
      120_000,
    );
  }
});

test('a server of the bus is named by host and port; what else stands there is not repeated', async () => {
  for (const host of ['nats://me:hunter2@nats.test:4222', '', 'nats.test:0', 'nats.test:99999']) {
    const text = await refusal({ message_bus_servers: [{ host, user: 'me', password: 'hunter2' }] });
    assert.match(text, /\* message_bus_servers\[0\]\.host: allowed: HOST:PORT$/);
  }
  const { busServers } = await config({ message_bus_servers: [{ host: '[::1]:4223' }] });
  assert.deepEqual(busServers, [{ host: '::1', port: 4223, user: '', password: '' }]);
});

test('of several servers with different logins the first one counts, and that is said', async () => {
  const other = { host: 'other.test:4222', user: 'you', password: 'hunter3' };
  assert.deepEqual(await warnings({ message_bus_servers: [...SERVERS, other] }), [
    'message_bus_servers: user and password of the first are used for all',
  ]);
});

test('whatever a file holds, the answer is a configuration or a sentence', async () => {
  const keys = fc.constantFrom(
    ...['routes', 'host', 'message_bus_servers', 'routing_api', 'nats_mtls_config', 'dynamic_config_globs'],
    ...['name', 'port', 'uris', 'type', 'health_check', 'cellgate', 'check', 'http', 'options', 'tags'],
    ...[
      'registration_interval',
      'allowed_sources',
      'external_port',
      'drain_time',
      'unregistration_message_limit',
    ],
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, true, 0, -1, 80, 65_536, 1.5, '', 'tcp', 'sni', '20s', '/x', 'a.b', 'x:1'),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(keys, tie('tree'), { maxKeys: 6 }),
    ),
  }));
  await fc.assert(
    fc.asyncProperty(fc.oneof(tree, fc.record({ routes: fc.array(tree) })), async (value) => {
      const read = await readAgentFile(JSON.stringify(value), 'id');
      if (!read.ok) assert.ok(read.error.length > 0);
      const file = readRoutesFile(JSON.stringify(value), {
        host: 'h',
        availabilityZone: '',
        instanceId: 'i',
      });
      if (typeof file === 'object') for (const { interval } of file.routes) assert.ok(interval! >= 100);
    }),
    { numRuns: 1_000 },
  );
  await fc.assert(
    fc.asyncProperty(fc.string(), async (text) => {
      await readAgentFile(text, 'id');
    }),
  );
});

test('a limit of unregistrations is at least one', async () => {
  for (const limit of [0, -5, 1.5, 'many']) {
    assert.match(
      await refusal({ unregistration_message_limit: limit }),
      /\* unregistration_message_limit must be a positive integer$/,
    );
  }
  assert.equal((await config({ unregistration_message_limit: 7 })).unregistrationLimit, 7);
});

test('TLS with the bus needs its three files, and comes by itself where they are all named', async () => {
  const files = { cert_path: '/c', key_path: '/k', ca_path: '/a' };
  const read = { certPath: '/c', keyPath: '/k', caPath: '/a' };
  assert.deepEqual((await config({ nats_mtls_config: { enabled: true, ...files } })).busTls, read);
  assert.deepEqual((await config({ nats_mtls_config: files })).busTls, read);
  assert.equal((await config({ nats_mtls_config: { enabled: false, ...files } })).busTls, null);
  assert.match(
    await refusal({ nats_mtls_config: { enabled: true, ...files, key_path: '' } }),
    /\* nats_mtls_config\.key_path: missing, needed by nats_mtls_config\.enabled$/,
  );
});

test('unknown keys are told with the nearest known one, and change nothing', async () => {
  assert.deepEqual(
    await warnings({
      hosst: 'x',
      routes: [{ ...ROUTE, tls_prot: 1, health_check: { name: 'x', script_path: '/x', timeut: '1s' } }],
    }),
    [
      'routes[0].health_check.timeut: unknown key, ignored (did you mean "timeout"?)',
      'routes[0].tls_prot: unknown key, ignored (did you mean "tls_port"?)',
      'hosst: unknown key, ignored (did you mean "host"?)',
    ],
  );
});

test('what routers refuse is announced all the same, and told', async () => {
  const found = await warnings({
    routes: [{ ...ROUTE, host: 'a b', uris: ['shop.example.com:80', 'https://a.test', 'a.test/x'] }],
  });
  assert.equal(found.length, 3);
  assert.match(found[0]!, /^routes\[0\]: routers refuse the host "a b"/);
  assert.match(found[1]!, /^routes\[0\]\.uris\[0\]: routers refuse it: .*without user and port/);
  assert.match(found[2]!, /^routes\[0\]\.uris\[1\]: routers refuse it: .*without a scheme/);
});

test('what the template of a job resolves is passed over, and the older name of an option is taken', async () => {
  const old = {
    ...ROUTE,
    prepend_instance_index: false,
    server_cert_domain_name_modifier: { key: 'a', value: 'b' },
    unrestricted_volumes: [],
    privileged: false,
    options: { lb_algo: 'round-robin' },
  };
  assert.deepEqual(await warnings({ routes: [old] }), []);
  assert.deepEqual((await message(old))['options'], { loadbalancing: 'round-robin' });
});

test('who may call is said in the words of the older draft, and in those that routers read', async () => {
  const { options, allowed_sources } = await message({ allowed_sources: { apps: ['a'], orgs: ['o'] } });
  assert.deepEqual(allowed_sources, { apps: ['a'], orgs: ['o'] });
  assert.deepEqual(options, { route_policy_scope: 'any', route_policy_sources: 'cf:app:a,cf:org:o' });
  assert.deepEqual((await message({ allowed_sources: { any: true } }))['options'], {
    route_policy_scope: 'any',
    route_policy_sources: 'cf:any',
  });
});

test('keys of our own: a check, drain, weight and options', async () => {
  const [route] = (
    await config({
      routes: [
        {
          ...ROUTE,
          cellgate: {
            check: {
              http: { path: '/health', expect: ['200-204', 301], headers: { host: 'shop' } },
              interval: '3s',
              timeout: '1s',
              rise: 2,
              fall: 3,
              start_delay: '10s',
              port: 9000,
            },
            drain_file: '/run/shop.drain',
            drain_time: '5s',
            drain_command: '/bin/stop-shop',
            weight: 50,
            options: { loadbalancing: 'hash', hash_header: 'X-User', request_timeout: '90s' },
            app: 'guid',
            instance_id: 'mine',
            instance_index: '3',
            isolation_segment: 'blue',
          },
        },
      ],
    })
  ).routes;
  assert.deepEqual(route?.check, {
    kind: 'probe',
    probe: {
      kind: 'http',
      host: '10.0.0.5',
      port: 9000,
      tls: false,
      serverName: '',
      path: '/health',
      headers: { host: 'shop' },
      expect: [
        [200, 204],
        [301, 301],
      ],
    },
    interval: 3_000,
    timeout: 1_000,
    rise: 2,
    fall: 3,
    startDelay: 10_000,
  });
  assert.deepEqual(route?.drain, { file: '/run/shop.drain', time: 5_000, command: '/bin/stop-shop' });
  assert.equal(route?.weight, 50);
  const { fields } = route!.announcement as BusAnnouncement;
  assert.deepEqual(fields['options'], {
    loadbalancing: 'hash',
    hash_header: 'X-User',
    request_timeout: '90s',
  });
  assert.deepEqual(
    [
      fields['app'],
      fields['private_instance_id'],
      fields['private_instance_index'],
      fields['isolation_segment'],
    ],
    ['guid', 'mine', '3', 'blue'],
  );
});

test('checks as short as they can be', async () => {
  const probe = async (check: object) => {
    const [route] = (await config({ routes: [{ ...ROUTE, tls_port: 8443, cellgate: { check } }] })).routes;
    assert.ok(route?.check?.kind === 'probe');
    return route.check.probe;
  };
  assert.deepEqual(await probe({ tcp: true }), { kind: 'tcp', host: '10.0.0.5', port: 8443 });
  assert.deepEqual(await probe({ grpc: true }), {
    kind: 'grpc',
    host: '10.0.0.5',
    port: 8443,
    tls: true,
    serverName: '',
    service: '',
  });
  assert.equal((await probe({ http: '/x' })).kind, 'http');
});

test('what is wrong with keys of our own is told with its place', async () => {
  const own = (cellgate: object): Promise<string> => routeRefusal({ cellgate });
  assert.match(
    await own({ check: {} }),
    /routes\[0\]\.cellgate\.check: needs one of http, tcp, grpc, found 0$/,
  );
  assert.match(await own({ check: { tcp: true, grpc: true } }), /needs one of http, tcp, grpc, found 2$/);
  assert.match(
    await own({ check: { http: 'health' } }),
    /check\.http: found text, allowed: a path that begins with \//,
  );
  assert.match(
    await own({ check: { http: { path: '/', expect: 'ok' } } }),
    /expect: found text, allowed: status codes/,
  );
  assert.match(
    await own({ check: { tcp: true, rise: 0 } }),
    /rise: found number 0, allowed: an integer from 1 to 100$/,
  );
  assert.match(await own({ check: { tcp: true, interval: '1ms' } }), /interval: found less than 100ms/);
  assert.match(
    await own({ check: { tcp: true, interval: '1s', timeout: '2s' } }),
    /timeout: longer than the interval$/,
  );
  assert.match(await own({ weight: 101 }), /weight: found number 101, allowed: an integer from 0 to 100$/);
  assert.match(await own({ drain_time: 'soon' }), /drain_time: time: invalid duration "soon"$/);
  assert.match(
    await routeRefusal({
      health_check: { name: 'x', script_path: '/x' },
      cellgate: { check: { tcp: true } },
    }),
    /\* both a health_check and cellgate\.check$/,
  );
});

test('a file that is no JSON is told without a word of it, which may be a secret', async () => {
  for (const text of ['{"password": "hunter2" x', 'invalid hunter2: %^&#: [', '"hunter2"', '- hunter2']) {
    const read = await readAgentFile(text, 'id');
    assert.ok(!read.ok);
    assert.ok(!read.error.includes('hunter2'), read.error);
  }
});

test('the file may as well be YAML', async () => {
  const read = await readAgentFile(
    'host: 10.0.0.1\nmessage_bus_servers: [{host: "n.test"}]\nroutes:\n- {name: a, port: 1, uris: [a.b], registration_interval: 5s}\n',
    'id',
  );
  assert.ok(read.ok, read.ok ? '' : read.error);
  assert.equal(read.config.busServers[0]?.port, 4222);
});

test('a second document is told, and no key may come twice', async () => {
  const refused = async (text: string): Promise<string> => {
    const read = await readAgentFile(text, 'this-process');
    assert.ok(!read.ok);
    return read.error;
  };
  const second = /^found a second document \(---\) in line 3, allowed: one/;
  assert.match(await refused('routes: []\n---\nroutes: []\n'), /second document \(---\) in line 2, allowed/);
  assert.match(String(readRoutesFile('---\nroutes: []\n---\nroutes: []\n', DEFAULTS)), second);
  assert.match(await refused('host: a\nroutes: []\nhost: b\n'), /duplicate key in line 3, column 1$/);
  assert.match(await refused('routes: [{tags: {a: 1, "a": 2}}]'), /duplicate key in line 1, column 24$/);
  assert.equal(typeof readRoutesFile('---\nroutes: []\n...\n', DEFAULTS), 'object');
});

test('a map with very many keys takes no longer than its length', () => {
  const keys = Array.from({ length: 150_000 }, (_, at) => `  k${at}: v`).join('\n');
  const began = performance.now();
  readRoutesFile(`routes: []\nprivileged:\n${keys}\n`, DEFAULTS);
  assert.ok(performance.now() - began < 25_000);
});

test('anchors and aliases may be many, but not so many that they take minutes', () => {
  const text = (anchors: number, aliases: number): string =>
    [
      'routes: []',
      ...Array.from({ length: anchors }, (_, at) => `k${at}: &a${at} ${at}`),
      ...Array.from({ length: aliases }, (_, at) => `l${at}: *a${at % anchors}`),
    ].join('\n');
  assert.equal(typeof readRoutesFile(text(3, 90), DEFAULTS), 'object');
  assert.equal(readRoutesFile(text(20_000, 20_000), DEFAULTS), 'too many aliases');
});

test('of a file that a glob leads to, what is wrong costs itself alone', async () => {
  const read = readRoutesFile(
    'routes:\n- {name: good, port: 1, uris: [a.b], registration_interval: 5s}\n- {name: bad}\n',
    DEFAULTS,
  );
  assert.ok(typeof read === 'object');
  assert.deepEqual(
    read.routes.map(({ name }) => name),
    ['good'],
  );
  assert.match(read.faults[0] ?? '', /^there were 3 errors with 'route "bad"':/);
  assert.equal(typeof readRoutesFile('routes: [', DEFAULTS), 'string');
  assert.equal(typeof readRoutesFile('routes: 5', DEFAULTS), 'string');
});
