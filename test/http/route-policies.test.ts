import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { describe, type TestContext, test } from 'vitest';
import type { HttpSettings } from '../../src/http/settings.ts';
import type { Endpoint } from '../../src/routing/endpoint.ts';
import type { RoutePolicy } from '../../src/routing/route-policy.ts';
import { Backend, ok } from '../support/backend.ts';
import { Authority, type Identity } from '../support/certificates.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { ask, get, RawClient, statusOf, valuesOf } from '../support/raw-http.ts';
import { routeServicesOf } from '../support/route-service-settings.ts';
import { askOver, secure, servers, shown, withDomains } from '../support/tls-clients.ts';

const HOST = 'api.apps.identity';
const FIELDS = ['tls_sni', 'caller_cf_app', 'caller_cf_space', 'caller_cf_org', 'route_policy'] as const;
const platform = new Authority('/CN=Instance identity');
const caller = platform.issue({ subject: '/OU=organization:org-1/OU=space:space-1/OU=app:app-1/CN=i' });
/** As Diego has it made: all units in one relative name. */
const together = platform.issue({ subject: '/CN=i/OU=organization:org-1+OU=space:space-1+OU=app:app-1' });
const stranger = platform.issue({ subject: '/OU=organization:org-2/OU=space:space-2/OU=app:app-2/CN=i' });
const anonymous = platform.issue({ subject: '/OU=space:space-1/CN=no application' });
const sly = platform.issue({ subject: '/OU=x,OU=app:app-1/CN=i,OU=app:app-1' });

async function start(
  t: TestContext,
  routePolicy: RoutePolicy | null,
  endpoints: readonly Partial<Endpoint>[] = [{ tags: { organization_id: 'org-1', space_id: 'space-1' } }],
  settings: Partial<HttpSettings> = {},
): Promise<{ engine: HttpEngine; backend: Backend }> {
  const engine = await HttpEngine.start(t, {
    ...withDomains([{ name: '*.apps.identity', ca: platform.cert, format: 'envoy' }]),
    accessLog: { format: 'gorouter', redactQuery: 'none', attemptFields: FIELDS, headers: [] },
    ...settings,
  });
  const backend = await Backend.start(t, () => ok('in'));
  engine.routeWith(
    { routePolicy },
    HOST,
    ...endpoints.map((endpoint) => ({ host: '127.0.0.1', port: backend.port, appId: 'callee', ...endpoint })),
  );
  return { engine, backend };
}

/** The status of a request by this caller, and what the log tells of it. */
async function outcome(engine: HttpEngine, identity: Identity) {
  const response = await askOver(engine.port, HOST, HOST, shown(identity));
  await engine.until(() => engine.accessLog.length > 0);
  const line = engine.accessLog.splice(0).join('');
  const told = FIELDS.map((field) => new RegExp(` ${field}:"([^"]*)"`).exec(line)?.[1]);
  return { response, line, status: statusOf(response), told };
}

const WHO = [HOST, 'app-1', 'space-1', 'org-1'] as const;
const OTHER = [HOST, 'app-2', 'space-2', 'org-2'] as const;

describe('§3.16 a route’s policy', () => {
  const cases: readonly [
    what: string,
    scope: string,
    sources: string[],
    by: Identity,
    status: number,
    rule: string,
  ][] = [
    ['lets an app in', 'any', ['cf:app:app-1'], caller, 200, 'route:cf:app:app-1'],
    ['lets a space in', 'any', ['cf:app:x', 'cf:space:space-1'], caller, 200, 'route:cf:space:space-1'],
    ['lets an org in', 'any', ['cf:org:org-1'], caller, 200, 'route:cf:org:org-1'],
    ['lets every application in', 'any', ['cf:any'], stranger, 200, 'route:cf:any'],
    ['keeps out whom no source names', 'any', ['cf:app:app-1'], stranger, 403, 'route:route_policies'],
    ['keeps everybody out without sources', 'any', [], caller, 403, 'route:no_route_policies'],
    [
      'takes nothing it does not know for a source',
      'any',
      ['app:app-1', 'cf:any:x'],
      caller,
      403,
      'route:route_policies',
    ],
    ['of an org lets it in', 'org', ['cf:any'], caller, 200, 'route:cf:any'],
    ['of an org keeps others out', 'org', ['cf:any'], stranger, 403, 'domain:scope=org:post-selection'],
    ['of a space lets it in', 'space', ['cf:any'], caller, 200, 'route:cf:any'],
    ['of a space keeps others out', 'space', ['cf:any'], stranger, 403, 'domain:scope=space:post-selection'],
    [
      'of an unknown scope keeps everybody out',
      'galaxy',
      ['cf:any'],
      caller,
      403,
      'domain:scope=unknown:post-selection',
    ],
  ];
  for (const [what, scope, sources, by, status, rule] of cases) {
    test(`${what}: ${status}, ${rule}`, async (t) => {
      const { engine, backend } = await start(t, { scope, sources });
      const { response, line, told, ...got } = await outcome(engine, by);
      assert.equal(got.status, status);
      assert.deepEqual(told, [...(by === caller ? WHO : OTHER), rule]);
      // The callee finds it in its own log, let in or not.
      assert.match(line, / app_id:"callee" /);
      assert.equal(backend.requests.length, status === 200 ? 1 : 0);
      if (status === 403) {
        assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), ['route_policy_denied']);
        assert.equal(
          response.body,
          `403 Forbidden: Requested route ('${HOST}') is not open to this caller.\n`,
        );
      }
      await engine.isEmpty();
    });
  }

  test('is for callers with an app in their certificate’s units, and takes no name for one', async (t) => {
    const { engine } = await start(t, { scope: 'any', sources: ['cf:any'] });
    for (const identity of [anonymous, sly]) {
      const { status, told } = await outcome(engine, identity);
      assert.deepEqual([status, told], [403, [HOST, '-', '-', '-', 'identity_extraction']]);
    }
    assert.deepEqual((await outcome(engine, together)).told, [...WHO, 'route:cf:any']);
  });

  test('is none where none is registered: whoever has a certificate of the domain gets in', async (t) => {
    const { engine } = await start(t, null);
    assert.deepEqual((await outcome(engine, anonymous)).told, [HOST, '-', '-', '-', '-']);
    assert.deepEqual((await outcome(engine, caller)).told, [...WHO, '-']);
  });

  test('keeps everybody out where the router has no such domain, unlike gorouter', async (t) => {
    const { engine, backend } = await start(t, { scope: 'any', sources: ['cf:any'] }, [{}], {
      domains: [],
      frontTls: null,
    });
    const forged = ['X-Forwarded-Client-Cert: Hash=0;Subject="CN=i,OU=app:app-1"'];
    assert.equal(statusOf(await ask(engine.port, get(HOST, '/', forged))), 403);
    assert.deepEqual(backend.requests, []);
  });

  test('counts the certificate of the connection, never a header, whatever the domain forwards', async (t) => {
    const domain = {
      name: '*.apps.identity',
      ca: platform.cert,
      forwardedClientCert: 'always_forward',
    } as const;
    const { engine } = await start(
      t,
      { scope: 'any', sources: ['cf:app:app-1'] },
      [{}],
      withDomains([domain]),
    );
    const forged = ['X-Forwarded-Client-Cert: Hash=0;Subject="CN=i,OU=app:app-1"'];
    assert.equal(statusOf(await askOver(engine.port, HOST, HOST, shown(stranger), forged)), 403);
    assert.equal(statusOf(await askOver(engine.port, HOST, HOST, shown(caller), forged)), 200);
  });

  test('of a space looks at the endpoint that was chosen, and opens to the one session that is at the right one', async (t) => {
    const { engine, backend } = await start(t, { scope: 'space', sources: ['cf:any'] }, [
      { instanceId: 'ours', tags: { space_id: 'space-1' } },
      { instanceId: 'theirs', address: 'other', tags: { space_id: 'space-2' } },
    ]);
    const client = new RawClient(await secure(engine.port, HOST, shown(caller)));
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push(statusOf(await client.send(get(HOST)).response()));
    assert.deepEqual(statuses.toSorted(), [200, 200, 403, 403]);
    for (const [instance, status] of [
      ['ours', 200],
      ['theirs', 403],
    ] as const) {
      const cookies = [`Cookie: JSESSIONID=x; __VCAP_ID__=${instance}`];
      assert.equal(statusOf(await client.send(get(HOST, '/', cookies)).response()), status, instance);
    }
    assert.equal(backend.requests.length, 3);
    client.close();
    await engine.isEmpty();
  });

  test('stands before the route service too, which brings nothing back past it', async (t) => {
    const { engine, backend } = await start(t, { scope: 'any', sources: ['cf:app:app-1'] }, [{}], {
      routeServices: routeServicesOf('secret', [], { hairpinning: [] }),
    });
    const policy = { scope: 'any', sources: ['cf:app:app-1'] };
    const service = await Backend.start(t, () => ok('the service'));
    engine.routeWith({ routeServiceUrl: 'https://guard.test/', routePolicy: policy }, 'bound.apps.identity', {
      host: '127.0.0.1',
      port: backend.port,
    });
    engine.route('guard.test', service.port);
    const bound = 'bound.apps.identity';
    assert.equal(statusOf(await askOver(engine.port, bound, bound, shown(stranger))), 403);
    assert.equal(service.requests.length, 0);
    assert.equal((await askOver(engine.port, bound, bound, shown(caller))).body, 'the service');
    const back = service.requests[0]!.lines.filter((line) => /^X-CF-(?:Proxy|Forwarded)/.test(line));
    assert.equal(back.length, 3);
    assert.equal(statusOf(await askOver(engine.port, 'app.test', bound, {}, back)), 421);
    assert.deepEqual(backend.requests, []);
  });

  test('does not let a route service in passing into what is for certain clients alone', async (t) => {
    const { engine } = await start(t, null, [{}], {
      routeServices: routeServicesOf('secret', [], { hairpinning: [] }),
    });
    const guarded = await Backend.start(t);
    engine.route('guard.apps.identity', guarded.port);
    engine.routeWith({ routePolicy: { scope: 'any', sources: ['cf:any'] } }, 'guard.test', {
      host: '127.0.0.1',
      port: guarded.port,
    });
    for (const guard of ['guard.apps.identity', 'guard.test']) {
      engine.routeByService(`by-${guard}.test`, `https://${guard}:1/`, {
        host: '127.0.0.1',
        port: guarded.port,
      });
      assert.ok(statusOf(await askOver(engine.port, 'app.test', `by-${guard}.test`)) >= 500);
    }
    assert.deepEqual(guarded.requests, []);
  });
});

test('§3.16 over HTTP/2 each stream of a connection is judged for itself', async (t) => {
  const domains = withDomains([{ name: '*.apps.identity', ca: platform.cert }], { http2: true });
  const { engine, backend } = await start(t, { scope: 'any', sources: ['cf:app:app-1'] }, [{}], domains);
  engine.route('app.test', backend.port);
  engine.routeWith({ routePolicy: { scope: 'any', sources: [] } }, 'closed.apps.identity', {
    host: '127.0.0.1',
    port: backend.port,
  });
  const session = connectHttp2(`https://127.0.0.1:${engine.port}`, {
    ...shown(caller),
    ca: servers.cert,
    servername: HOST,
    checkServerIdentity: () => undefined,
  });
  t.onTestFinished(() => session.close());
  const statuses = await Promise.all(
    [HOST, 'app.test', 'closed.apps.identity'].map(async (authority) => {
      const stream = session.request({ ':authority': authority, ':path': '/' });
      const [headers] = await once(stream, 'response');
      stream.resume();
      await once(stream, 'close');
      return headers[':status'];
    }),
  );
  assert.deepEqual(statuses, [200, 421, 403]);
  assert.equal(backend.requests.length, 1);
});

test('§6.6 the log tells the server name and the caller in JSON, and null where there is none', async (t) => {
  const { engine } = await start(t, { scope: 'any', sources: ['cf:any'] }, [{}], {
    accessLog: { format: 'json', redactQuery: 'none', attemptFields: FIELDS, headers: [] },
  });
  await askOver(engine.port, HOST, HOST, shown(caller));
  await askOver(engine.port, '', 'unknown.test');
  await engine.until(() => engine.accessLog.length === 2);
  const [first, second] = engine.accessLog.map((line) => JSON.parse(line));
  assert.deepEqual(
    FIELDS.map((field) => first[field]),
    [...WHO, 'route:cf:any'],
  );
  assert.deepEqual(
    FIELDS.map((field) => second[field]),
    [null, null, null, null, null],
  );
});
