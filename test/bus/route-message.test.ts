import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { decodeRouteMessage, type RouteMessage } from '../../src/bus/route-message.ts';
import { readRequest } from '../support/message-reader.ts';

function decode(message: unknown, options?: { http2: boolean }) {
  const json = typeof message === 'string' ? message : JSON.stringify(message);
  return decodeRouteMessage(Buffer.from(json), options);
}

function decoded(message: unknown, options?: { http2: boolean }): RouteMessage {
  const result = decode(message, options);
  assert.ok(result.ok, 'error' in result ? result.error : '');
  assert.deepEqual(result.problems, []);
  return result.message;
}

function errorOf(message: unknown): string {
  const result = decode(message);
  assert.ok(!result.ok);
  return result.error;
}

const BACKEND = { host: '10.0.1.2', port: 61001 };

test('§1.3 a message with every field is read in full', () => {
  const message = decoded(`{
    "host": "10.0.1.2", "port": 61001, "tls_port": 61443, "uris": ["foo.com", "*.foo.com/api"],
    "protocol": "http2", "server_cert_domain_san": "san", "app": "app-guid",
    "private_instance_id": "instance", "private_instance_index": "3",
    "tags": {"component": "route-emitter"}, "isolation_segment": "is1", "stale_threshold_in_seconds": 30,
    "route_service_url": "https://rs.example.com", "availability_zone": "z1",
    "endpoint_updated_at_ns": 1732312345678901234, "options": {"loadbalancing": "least-connection"},
    "something_new": {"a": [1]}
  }`);
  assert.deepEqual(message, {
    uris: ['foo.com', '*.foo.com/api'],
    host: '10.0.1.2',
    port: 61443,
    address: '10.0.1.2:61443',
    tls: true,
    protocol: 'http2',
    serverCertDomainSan: 'san',
    appId: 'app-guid',
    instanceId: 'instance',
    instanceIndex: '3',
    tags: { component: 'route-emitter' },
    isolationSegment: 'is1',
    staleThreshold: 30,
    routeServiceUrl: 'https://rs.example.com',
    availabilityZone: 'z1',
    updatedAtNs: '1732312345678901234',
    loadBalancing: 'least-connection',
    requestTimeout: 0,
    hashHeader: '',
    hashBalance: 0,
    routePolicy: null,
  });
});

test('a request timeout is seconds or a duration', () => {
  const timeout = (value: unknown) =>
    decoded({ ...BACKEND, options: { request_timeout: value } }).requestTimeout;
  assert.deepEqual(
    [120, '120s', '1m30s', '500ms', '0s', null, '24h'].map(timeout),
    [120_000, 120_000, 90_000, 500, 0, 0, 86_400_000],
  );
  for (const bad of [-1, 0.0001, '', 'soon', '5', '25h', 1e9, true, ['1s']]) {
    assert.match(
      errorOf({ ...BACKEND, options: { request_timeout: bad } }),
      /^options\.request_timeout: found .*, allowed: seconds, or text like "90s", of at most a day$/,
    );
  }
});

test('§1.3 absent and null fields take their defaults', () => {
  const absent = decoded(BACKEND);
  assert.deepEqual(absent, {
    uris: [],
    host: '10.0.1.2',
    port: 61001,
    address: '10.0.1.2:61001',
    tls: false,
    protocol: 'http1',
    serverCertDomainSan: '',
    appId: '',
    instanceId: '',
    instanceIndex: '',
    tags: null,
    isolationSegment: '',
    staleThreshold: 0,
    routeServiceUrl: '',
    availabilityZone: '',
    updatedAtNs: '0',
    loadBalancing: '',
    requestTimeout: 0,
    hashHeader: '',
    hashBalance: 0,
    routePolicy: null,
  });
  const nulls = { ...BACKEND };
  const names =
    'uris tls_port protocol server_cert_domain_san app private_instance_id private_instance_index tags ' +
    'isolation_segment stale_threshold_in_seconds route_service_url availability_zone ' +
    'endpoint_updated_at_ns options';
  for (const name of names.split(' ')) Object.assign(nulls, { [name]: null });
  assert.deepEqual(decoded(nulls), absent);
});

test('§1.3 http2 becomes http1 when it is switched off, other protocols are kept', () => {
  assert.equal(decoded({ ...BACKEND, protocol: 'http2' }, { http2: false }).protocol, 'http1');
  assert.equal(decoded({ ...BACKEND, protocol: 'http3' }, { http2: false }).protocol, 'http3');
  assert.equal(decoded({ ...BACKEND, protocol: '' }).protocol, 'http1');
});

test('an IPv6 host is known without brackets', () => {
  assert.equal(decoded({ host: 'fd00::1', port: 80 }).address, '[fd00::1]:80');
  assert.equal(decoded({ host: '[fd00::1]', port: 80 }).address, '[fd00::1]:80');
});

test('§1.3 lb_algo stands in for loadbalancing', () => {
  assert.equal(decoded({ ...BACKEND, options: { lb_algo: 'round-robin' } }).loadBalancing, 'round-robin');
  const both = { loadbalancing: 'least-connection', lb_algo: 'round-robin' };
  assert.equal(decoded({ ...BACKEND, options: both }).loadBalancing, 'least-connection');
});

test('§1.3 an unknown algorithm is left out and named', () => {
  const result = decode({ ...BACKEND, uris: ['foo.com'], options: { loadbalancing: 'guess' } });
  assert.ok(result.ok);
  assert.equal(result.message.loadBalancing, '');
  assert.deepEqual(result.message.uris, ['foo.com']);
  assert.deepEqual(result.problems, [
    'options.loadbalancing: found "guess", allowed: round-robin, least-connection, hash',
  ]);
});

test('§1.3 names of fields count in any case, the last of several that are spelled alike', () => {
  const fields = {
    host: '10.0.1.2',
    tls_port: 61443,
    uris: ['foo.com'],
    private_instance_id: 'instance',
    tags: { Component: 'uaa' },
    endpoint_updated_at_ns: 5,
    options: { loadbalancing: 'hash', hash_header: 'x-tenant' },
  };
  const shouted = JSON.stringify(fields, (_key, value) =>
    typeof value === 'object' && !Array.isArray(value) && !('Component' in value)
      ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name.toUpperCase(), each]))
      : value,
  );
  assert.deepEqual(decoded(shouted), decoded(fields));
  assert.equal(
    decoded('{"host":"h","port":1,"ENDPOINT_UPDATED_AT_NS":1732312345678901234}').updatedAtNs,
    '1732312345678901234',
  );
  assert.equal(decoded('{"host":"h","port":1,"App":"a","app":"b"}').appId, 'b');
  assert.equal(decoded('{"host":"h","port":1,"app":"b","APP":"a"}').appId, 'a');
  assert.equal(
    errorOf('{"Host":"h","Port":"1"}'),
    'port: found string "1", allowed: an integer from 0 to 65535',
  );
});

test('§1.3 of more than ten thousand uris those beyond are left out, which is named', () => {
  const uris = Array.from({ length: 10_002 }, (_, at) => `h${at}.com`);
  const result = decode({ ...BACKEND, uris });
  assert.ok(result.ok);
  assert.deepEqual(result.message.uris, uris.slice(0, 10_000));
  assert.deepEqual(result.problems, ['uris: found 10002, allowed: at most 10000; those beyond are left out']);
});

test('§1.3 a wrong type refuses the whole message and names field, finding and what is allowed', () => {
  const cases: [Record<string, unknown>, string][] = [
    [{ port: '8080' }, 'port: found string "8080", allowed: an integer from 0 to 65535'],
    [{ port: 8080.5 }, 'port: found number 8080.5, allowed: an integer from 0 to 65535'],
    [{ port: 65536 }, 'port: found number 65536, allowed: an integer from 0 to 65535'],
    [{ tls_port: -1 }, 'tls_port: found number -1, allowed: an integer from 0 to 65535'],
    [{ host: 5 }, 'host: found number 5, allowed: a string'],
    [{ private_instance_index: 0 }, 'private_instance_index: found number 0, allowed: a string'],
    [{ uris: 'foo.com' }, 'uris: found string "foo.com", allowed: an array of strings'],
    [{ uris: ['a.com', {}] }, 'uris[1]: found an object, allowed: a string'],
    [{ tags: [] }, 'tags: found an array, allowed: an object of strings'],
    [{ tags: { a: true } }, 'tags.a: found boolean true, allowed: a string'],
    [{ options: 'x' }, 'options: found string "x", allowed: an object'],
    [{ options: { loadbalancing: 1 } }, 'options.loadbalancing: found number 1, allowed: a string'],
    [
      { stale_threshold_in_seconds: -1 },
      'stale_threshold_in_seconds: found number -1, allowed: an integer from 0 to 9007199254740991',
    ],
    [
      { endpoint_updated_at_ns: '17' },
      'endpoint_updated_at_ns: found string "17", allowed: an integer of 64 bits',
    ],
  ];
  for (const [fields, error] of cases) assert.equal(errorOf({ ...BACKEND, ...fields }), error);
});

test('§1.3 a route service without https refuses the whole message and does not repeat the URL', () => {
  const error = errorOf({ ...BACKEND, route_service_url: 'http://user:secret@rs.example.com' });
  assert.match(error, /^route_service_url must be https: /);
  assert.doesNotMatch(error, /secret/);
});

test('endpoint_updated_at_ns keeps every digit however it is written', () => {
  const read = (field: string) => decoded(`{"host":"h","port":1,${field}}`).updatedAtNs;
  assert.equal(read('"endpoint_updated_at_ns":9223372036854775807'), '9223372036854775807');
  assert.equal(read('"endpoint_updated_at_ns" : -9223372036854775808'), '-9223372036854775808');
  assert.equal(read('"endpoint_updated_at_ns":5'), '5');
  assert.equal(read('"endpoint\\u005fupdated_at_ns":1732312345678901234'), '1732312345678901234');
  const twice = '"endpoint_updated_at_ns":1732312345678901234,"endpoint_updated_at_ns":1732312345678901235';
  assert.equal(read(twice), '1732312345678901235');
  const elsewhere = '"x":{"endpoint_updated_at_ns":1},"endpoint_updated_at_ns":1732312345678901235';
  assert.equal(read(elsewhere), '1732312345678901235');
  for (const bad of ['9223372036854775808', '1.5', '1e3', '9'.repeat(400)]) {
    assert.match(errorOf(`{"endpoint_updated_at_ns":${bad}}`), /^endpoint_updated_at_ns: found number /);
  }
});

test('payloads that are no JSON object give one error and never the payload', () => {
  for (const [payload, error] of [
    ['', /^payload is not valid JSON/],
    ['\ufeff{}', /^payload is not valid JSON/],
    ['{"host": secret}', /^payload is not valid JSON/],
    ['{"uris":["foo.com"]', /^payload is not valid JSON \(position \d+\)$/],
    ['NaN', /^payload is not valid JSON/],
    ['null', /^message: found null, allowed: an object$/],
    ['[]', /^message: found an array, allowed: an object$/],
    [`"${'x'.repeat(1000)}"`, /^message: found string "x{40}", allowed: an object$/],
  ] as const) {
    assert.match(errorOf(payload), error);
    assert.doesNotMatch(errorOf(payload), /secret/);
  }
  const notUtf8 = decodeRouteMessage(Uint8Array.of(0x7b, 0xff, 0x7d));
  assert.deepEqual(notUtf8, { ok: false, error: 'payload is not valid UTF-8' });
});

test('huge and deeply nested payloads are refused or ignored without a crash', () => {
  const tooLong = decodeRouteMessage(Buffer.alloc(1024 * 1024 + 1, ' '));
  assert.deepEqual(tooLong, { ok: false, error: 'payload is 1048577 bytes long, allowed: at most 1048576' });
  const bomb = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  assert.ok(decode(`{"unknown":${bomb}}`));
  assert.ok(decode(`{"unknown":${bomb},"endpoint_updated_at_ns":1,"endpoint_updated_at_ns":2}`));
});

test('__proto__ keys pollute nothing', () => {
  decode('{"__proto__":{"polluted":1},"tags":{"__proto__":"x"},"options":{"__proto__":{"polluted":1}}}');
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  assert.match(errorOf('{"tags":{"__proto__":{"a":1}}}'), /^tags\.__proto__: /);
  assert.equal(errorOf('{"__proto__":{"host":"h"},"host":7}'), 'host: found number 7, allowed: a string');
});

test('§1.3 a bad uri is dropped and named, its siblings stay', () => {
  const bad = [
    '',
    'a b.com',
    'a\r\nb.com',
    'http://foo.com',
    '/',
    '?q',
    'a.*.com',
    'a*.com',
    '*',
    '**.com',
    '*.',
  ];
  const uris = ['good.com', ...bad, '*.good.com/*', null];
  const result = decode({ ...BACKEND, uris });
  assert.ok(result.ok);
  assert.deepEqual(result.message.uris, ['good.com', '*.good.com/*']);
  assert.equal(result.problems.length, bad.length + 1);
  assert.match(result.problems[3]!, /^uris\[4\]: found "http:\/\/foo\.com", allowed: host\[\/path\] without/);
});

/** Whether a request is taken that names this host. */
function isNamedInRequests(host: string): boolean {
  const outcome = readRequest([Buffer.from(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)]);
  return outcome.kind === 'message';
}

test('§1.3 H04 a uri whose host no request can name is dropped and named', () => {
  const bad = [
    ...['x:443', 'x:443/p', 'f#x', 'user@x', 'a..b', '.x', '*..x', 'x..', '.', '[::1', '[::1]:80', 'a,b'],
    ...['a%20b', 'bücher.test', 'a"b', `${'a.'.repeat(128)}test`, '*.x:80'],
  ];
  const good = ['x.', 'X.y./p', '*.x.', '[::1]/p', 'a_b', '/x', 'x?a@b:c#d', 'x/a@b:c#d/..'];
  const result = decode({ ...BACKEND, uris: [...good, ...bad] });
  assert.ok(result.ok);
  assert.deepEqual(result.message.uris, good);
  assert.equal(result.problems.length, bad.length);
  assert.match(
    result.problems[0]!,
    /^uris\[8\]: found "x:443", allowed: host\[\/path\], the host a name in ASCII/,
  );
});

test('§2.1 H04 a host is registered if and only if a request may name it, but for a port', () => {
  const piece = fc.constantFrom(...'aZ0-_.~!$&\'()*+;=,:@#[]%"<>^`{|}\\ \t\x7fé', '[::1]', '..', 'b.test');
  const host = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''));
  const isPlain = (text: string) => !/[*:]|^\[/.test(text.replace('[::1]', ''));
  fc.assert(
    fc.property(host.filter(isPlain), (name) => {
      const result = decode({ ...BACKEND, uris: [name] });
      assert.ok(result.ok);
      // Blanks around a value are none of it.
      const named = name === name.trim() && isNamedInRequests(name);
      assert.equal(result.message.uris.length === 1, named, name);
    }),
    { numRuns: 3000 },
  );
});

test('§1.3 a backend that cannot be dialled gets no routes', () => {
  for (const [fields, problem] of [
    [{ port: 80 }, 'host: found "", allowed: an address or a name'],
    [{ host: 'a b', port: 80 }, 'host: found "a b", allowed: an address or a name'],
    [{ host: 'h' }, 'port: found 0 and no tls_port, allowed: an integer from 1 to 65535'],
  ] as const) {
    const result = decode({ ...fields, uris: ['foo.com'] });
    assert.ok(result.ok);
    assert.deepEqual(result.message.uris, []);
    assert.deepEqual(result.problems, [problem]);
  }
});

test('whatever the payload, decoding gives a message or an error', () => {
  const field = fc.constantFrom(
    'uris',
    'host',
    'port',
    'tls_port',
    'tags',
    'options',
    'endpoint_updated_at_ns',
  );
  const message = fc.dictionary(field, fc.jsonValue());
  fc.assert(
    fc.property(message, (value) => {
      const result = decode(value);
      if (!result.ok) assert.ok(result.error.length < 300);
    }),
  );
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void decodeRouteMessage(bytes)));
});

describe('§2.5 hash', () => {
  const read = (options: object) => {
    const decoded = decodeRouteMessage(
      Buffer.from(JSON.stringify({ uris: ['a.test'], host: '10.0.0.1', port: 80, options })),
    );
    if (!decoded.ok) return decoded.error;
    const { loadBalancing, hashHeader, hashBalance } = decoded.message;
    return { loadBalancing, hashHeader, hashBalance, problems: decoded.problems };
  };

  test('comes with the header it goes by, in any case, and its balance as number or text', () => {
    for (const hash_balance of [1.25, '1.25']) {
      assert.deepEqual(read({ loadbalancing: 'hash', hash_header: 'X-User', hash_balance }), {
        loadBalancing: 'hash',
        hashHeader: 'x-user',
        hashBalance: 1.25,
        problems: [],
      });
    }
  });

  test('is left out without a header, or with what is none', () => {
    for (const hash_header of ['', 'x user', 'x:user']) {
      const problem = `options.hash_header: found "${hash_header}", needed with hash: the name of a header`;
      assert.deepEqual(read({ loadbalancing: 'hash', hash_header }), {
        loadBalancing: '',
        hashHeader: '',
        hashBalance: 0,
        problems: [problem],
      });
    }
  });

  test('with a balance that is no number refuses the message', () => {
    assert.equal(
      read({ loadbalancing: 'hash', hash_header: 'x-user', hash_balance: 'much' }),
      'options.hash_balance: found string "much", allowed: a number from 0',
    );
  });
});

describe('§1.3 who may call a route', () => {
  const read = (options: object): unknown => {
    const decoded = decodeRouteMessage(
      Buffer.from(JSON.stringify({ uris: ['a.test'], host: '10.0.0.1', port: 80, options })),
    );
    return decoded.ok ? [decoded.message.routePolicy, ...decoded.problems] : decoded.error;
  };

  test('is a scope and sources, by the names of the RFC or of its drafts', () => {
    const policy = { scope: 'org', sources: ['cf:app:a', 'cf:space:b', 'cf:org:c'] };
    const list = ' cf:app:a,cf:space:b ,, cf:org:c,';
    assert.deepEqual(read({ route_policy_scope: 'org', route_policy_sources: list }), [policy]);
    assert.deepEqual(read({ access_scope: 'org', access_rules: list }), [policy]);
    const both = {
      route_policy_scope: 'any',
      access_scope: 'org',
      route_policy_sources: 'cf:any',
      access_rules: list,
    };
    assert.deepEqual(read(both), [{ scope: 'any', sources: ['cf:any'] }]);
  });

  test('is nobody with a scope alone, and anybody without one, which is named', () => {
    assert.deepEqual(read({ route_policy_scope: 'space' }), [{ scope: 'space', sources: [] }]);
    assert.deepEqual(read({}), [null]);
    assert.deepEqual(read({ route_policy_sources: 'cf:any' }), [
      null,
      'options.route_policy_sources: without options.route_policy_scope nobody is kept out',
    ]);
  });

  test('is nobody where it makes no sense, which is named', () => {
    assert.deepEqual(read({ route_policy_scope: 'galaxy', route_policy_sources: 'cf:any' }), [
      { scope: 'galaxy', sources: ['cf:any'] },
      'options.route_policy_scope: found "galaxy", allowed: any, org, space; nobody is let in',
    ]);
    assert.deepEqual(read({ route_policy_scope: 'any', route_policy_sources: 'cf:app:a,cf:user:b' }), [
      { scope: 'any', sources: ['cf:app:a', 'cf:user:b'] },
      'options.route_policy_sources: found "cf:user:b", allowed: cf:any, cf:app:GUID, cf:space:GUID, cf:org:GUID',
    ]);
    assert.match(
      String(read({ route_policy_scope: 1 })),
      /^options\.route_policy_scope: found number 1, allowed: a string$/,
    );
    assert.match(
      String(read({ route_policy_sources: [] })),
      /^options\.route_policy_sources: found an array/,
    );
  });
});
