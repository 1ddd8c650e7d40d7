import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { ok } from '../../support/backend.ts';
import { ask, get, type RawMessage, statusOf, valuesOf } from '../../support/raw-http.ts';
import { TestRouter } from '../../support/router.ts';
import { rowSuite } from '../../support/row-suite.ts';

const suite = rowSuite();

/** A request to the rule's backend with these header lines. */
function asked(...lines: string[]): string {
  return get('app.test').replace('\r\n\r\n', ['', ...lines, '\r\n'].join('\r\n'));
}

/** The request as the backend got it. */
async function forwarded(...lines: string[]): Promise<RawMessage> {
  const { requests } = await suite.rule.serves({ input: asked(...lines) });
  assert.equal(requests.length, 1);
  return requests[0]!;
}

/** The response as the client got it. */
async function relayed(...lines: string[]): Promise<RawMessage> {
  const headers = lines.map((line) => `${line}\r\n`).join('');
  const { response } = await suite.rule.serves({ input: asked(), answer: () => ok('ok', headers) });
  return response;
}

describe('Connection naming fields', () => {
  for (const name of ['X-Forwarded-For', 'X-Forwarded-Proto']) {
    test(`P01 does not keep ${name} from the application`, async () => {
      const request = await forwarded(`Connection: ${name}`, `${name}: 192.0.2.1`);
      const expected = name === 'X-Forwarded-For' ? ['192.0.2.1, 127.0.0.1'] : ['192.0.2.1'];
      assert.deepEqual(valuesOf(request, name), expected);
    });
  }

  for (const name of ['X-Forwarded-Host', 'Cookie', 'Authorization']) {
    test(`P01 removes the client's own ${name}, as RFC 9110 §7.6.1 wants`, async () => {
      const request = await forwarded(`Connection: close, ${name}`, `${name}: mine`);
      assert.deepEqual(valuesOf(request, name), []);
      assert.deepEqual(valuesOf(request, 'X-Forwarded-For'), ['127.0.0.1']);
    });
  }

  test('P01 does not remove Host or framing', async () => {
    const { requests } = await suite.rule.serves({
      input:
        'POST / HTTP/1.1\r\nHost: app.test\r\nConnection: Host, Content-Length, Transfer-Encoding\r\nContent-Length: 4\r\n\r\nbody',
    });
    const [request] = requests;
    assert.deepEqual(valuesOf(request!, 'Host'), ['app.test']);
    assert.deepEqual(valuesOf(request!, 'Content-Length'), ['4']);
    assert.equal(request!.body, 'body');
  });

  test('P02 leaves tracing fields in place and does not touch what the router says of itself', async () => {
    const kept = ['X-B3-TraceId', 'X-B3-SpanId', 'B3', 'traceparent', 'tracestate', 'X-Request-Id'];
    const ours = ['X-Vcap-Request-Id', 'X-CF-ApplicationID', 'X-CF-InstanceID', 'X-CF-InstanceIndex'];
    const request = await forwarded(
      `Connection: ${[...kept, ...ours].join(', ')}`,
      ...[...kept, ...ours].map((name) => `${name}: the-client`),
    );
    for (const name of kept) assert.deepEqual(valuesOf(request, name), ['the-client'], name);
    for (const name of ours) {
      assert.equal(valuesOf(request, name).length, 1, name);
      assert.notEqual(valuesOf(request, name)[0], 'the-client', name);
    }
  });

  test('P03 with both close and keep-alive means close', async () => {
    await suite.rule.talks(async (client) => {
      const response = await client.send(asked('Connection: close, keep-alive')).response();
      assert.deepEqual(valuesOf(response, 'Connection'), ['close']);
      assert.equal(await client.closed, 'end');
    });
  });

  test('P03 10 000 times is refused', () =>
    suite.rule.refuses({
      input: asked(`Connection: ${Array.from({ length: 10_000 }, (_, i) => `x-${i}`).join(',')}`),
      status: 400,
      code: 'many_connection_options',
    }));

  test('P03 10 000 times, a line each, is refused', () =>
    suite.rule.refuses({
      input: asked(...Array.from({ length: 900 }, (_, i) => `Connection: x-${i}`)),
      status: 400,
      code: 'many_connection_options',
    }));

  test('P03 with a control character is refused', () =>
    suite.rule.refuses({ input: asked('Connection: x-a\x01'), status: 400, code: 'bad_field_value' }));
});

const HOP_BY_HOP = ['Keep-Alive', 'Proxy-Connection', 'Trailer', 'Upgrade', 'Proxy-Authenticate'];

describe('fields of one hop', () => {
  for (const name of [...HOP_BY_HOP, 'Proxy-Authorization', 'HTTP2-Settings', 'TE']) {
    test(`P04 do not pass to the application: ${name}`, async () => {
      const request = await forwarded(`${name}: gzip`, `x-${name}: other`);
      assert.deepEqual(valuesOf(request, name), []);
      assert.deepEqual(valuesOf(request, `x-${name}`), ['other']);
      assert.deepEqual(valuesOf(request, 'Connection'), []);
    });
  }

  test('P04 do not pass, but for TE: trailers', async () => {
    const request = await forwarded('TE: trailers, gzip;q=0.5', 'Connection: TE');
    assert.deepEqual(valuesOf(request, 'TE'), ['trailers']);
    assert.deepEqual(valuesOf(request, 'Connection'), ['TE']);
  });

  for (const name of [...HOP_BY_HOP, 'TE']) {
    test(`P05 do not pass to the client: ${name}`, async () => {
      assert.deepEqual(valuesOf(await relayed(`${name}: timeout=5`), name), []);
    });
  }

  test('P05 do not pass to the client when the application names them', async () => {
    const response = await relayed('Connection: keep-alive, X-Mine', 'X-Mine: secret', 'X-Yours: 1');
    assert.deepEqual(valuesOf(response, 'X-Mine'), []);
    assert.deepEqual(valuesOf(response, 'Connection'), []);
    assert.deepEqual(valuesOf(response, 'X-Yours'), ['1']);
  });
});

describe('what a client claims about itself', () => {
  test("P06 in X-Forwarded-For stands before the router's own word", async () => {
    const request = await forwarded('X-Forwarded-For: 1.2.3.4');
    assert.deepEqual(valuesOf(request, 'X-Forwarded-For'), ['1.2.3.4, 127.0.0.1']);
  });

  test('P07 in several X-Forwarded-For lines is joined in order', async () => {
    const request = await forwarded('X-Forwarded-For: 1.1.1.1, 2.2.2.2', 'A: b', 'x-forwarded-for: 3.3.3.3');
    assert.deepEqual(valuesOf(request, 'X-Forwarded-For'), ['1.1.1.1, 2.2.2.2, 3.3.3.3, 127.0.0.1']);
  });

  // Not 431: 60 KB are within the header limit; a list of that length is what a loop makes.
  test('P07 in 60 KB of X-Forwarded-For is taken for a loop', async () => {
    const input = asked(`X-Forwarded-For: ${'1.2.3.4, '.repeat(7000)}5.6.7.8`);
    const { requests } = await suite.rule.serves({ input, status: 508 });
    assert.equal(requests.length, 0);
  });

  test('P07 in X-Forwarded-For with a control character is refused', () =>
    suite.rule.refuses({
      input: asked('X-Forwarded-For: 1.2.3.4\x0b'),
      status: 400,
      code: 'bad_field_value',
    }));

  test('P08 in X-Forwarded-Proto passes by default', async () => {
    assert.deepEqual(valuesOf(await forwarded('X-Forwarded-Proto: https'), 'X-Forwarded-Proto'), ['https']);
  });

  for (const [key, proto] of [
    ['sanitize_forwarded_proto', 'http'],
    ['force_forwarded_proto_https', 'https'],
  ]) {
    test(`P08 in X-Forwarded-Proto is replaced with ${key}`, async (t) => {
      const strict = await TestRouter.start(t, { cellgate: { proxy_threads: 1 }, [key!]: true });
      await strict.route('app.test', suite.rule.backend.port);
      await ask(strict.port, asked('X-Forwarded-Proto: gopher'));
      assert.deepEqual(valuesOf(suite.rule.backend.requests.at(-1)!, 'X-Forwarded-Proto'), [proto]);
    });
  }

  // Without TLS at the front there is only gorouter's `always_forward`.
  test('P09 §3.6 in X-Forwarded-Client-Cert passes, also when named in Connection', async () => {
    const request = await forwarded('Connection: X-Forwarded-Client-Cert', 'X-Forwarded-Client-Cert: abc');
    assert.deepEqual(valuesOf(request, 'X-Forwarded-Client-Cert'), ['abc']);
  });

  // Nothing here knows route services, so there is nothing that the headers could open.
  test('P10 in headers of a route service is no matter on a route without one', async () => {
    const lines = [
      'X-CF-Proxy-Signature: forged',
      'X-CF-Proxy-Metadata: forged',
      'X-CF-Forwarded-Url: http://canary.test/',
    ];
    const request = await forwarded(...lines);
    assert.deepEqual(valuesOf(request, 'Host'), ['app.test']);
  });

  test('P10 opens no way past the route service of a route that has one', async () => {
    suite.router.register('guarded.test', suite.rule.backend.port, {
      route_service_url: 'https://guard.test',
    });
    const input = asked('X-CF-Proxy-Signature: forged', 'X-CF-Forwarded-Url: http://guarded.test/');
    await suite.rule.beside(async () => {
      let response = await ask(suite.router.port, input.replace('app.test', 'guarded.test'));
      while (statusOf(response) === 404) {
        response = await ask(suite.router.port, input.replace('app.test', 'guarded.test'));
      }
      assert.equal(statusOf(response), 502);
      assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), ['route_service_unsupported']);
    });
    assert.ok(
      !suite.rule.backend.requests.some((request) => valuesOf(request, 'Host')[0] === 'guarded.test'),
    );
  });

  for (const [what, signature] of [
    ['not base64', '%%%'],
    ['a short one', 'AAAA'],
    ['an empty one', ''],
    ['a long one', 'A'.repeat(500_000)],
  ]) {
    test(`P11 in a signature of a route service is just a header: ${what}`, async () => {
      await forwarded(`X-CF-Proxy-Signature: ${signature}`, 'X-CF-Proxy-Metadata: {"nonce":"AA"}');
    });
  }

  test('P11 in a signature of 1 MB is too large a head', () =>
    suite.rule.refuses({
      input: asked(`X-CF-Proxy-Signature: ${'A'.repeat(1 << 20)}`),
      status: 431,
      code: 'max-request-size-exceeded',
    }));

  test("P12 about what the router tells applications gives way to the router's word", async () => {
    const names = ['X-CF-ApplicationID', 'X-CF-InstanceID', 'X-CF-InstanceIndex', 'X-Vcap-Request-Id'];
    const request = await forwarded(...names.map((name) => `${name.toLowerCase()}: forged`));
    for (const name of names) {
      assert.equal(valuesOf(request, name).length, 1, name);
      assert.notEqual(valuesOf(request, name)[0], 'forged', name);
    }
  });

  test('P12 in X-Request-Start passes', async () => {
    assert.deepEqual(valuesOf(await forwarded('X-Request-Start: 123'), 'X-Request-Start'), ['123']);
  });

  // A response header by nature: the application can make nothing of it.
  test('P12 in X-Cf-RouterError means nothing in a request', async () => {
    const { response } = await suite.rule.serves({ input: asked('X-Cf-RouterError: forged') });
    assert.deepEqual(valuesOf(response, 'X-Cf-RouterError'), []);
  });

  for (const name of [
    ...['X_Forwarded_For', 'X-Forwarded_For', 'x_forwarded-proto', 'X_CF_InstanceID'],
    ...['X.Forwarded.For', 'X-Forwarded.For', "X'CF'InstanceID", 'X|Forwarded|Client|Cert'],
  ]) {
    test(`P13 in ${name}, which imitates another, is refused`, () =>
      suite.rule.refuses({ input: asked(`${name}: 1.2.3.4`), status: 400, code: 'lookalike_field_name' }));
  }

  // The rule is only for names on which framing or identity hangs: honest names hold underscores and dots, too.
  test('P13 in other names with an underscore or a dot passes', async () => {
    const request = await forwarded('X_My_Header: 1', 'user_agent: 2', 'X.My.Header: 3');
    assert.deepEqual(valuesOf(request, 'X_My_Header'), ['1']);
    assert.deepEqual(valuesOf(request, 'user_agent'), ['2']);
    assert.deepEqual(valuesOf(request, 'X.My.Header'), ['3']);
  });

  test('P14 in Forwarded passes as it is, as in gorouter', async () => {
    const request = await forwarded('Forwarded: for=1.2.3.4;proto=https');
    assert.deepEqual(valuesOf(request, 'Forwarded'), ['for=1.2.3.4;proto=https']);
    assert.deepEqual(valuesOf(request, 'X-Forwarded-For'), ['127.0.0.1']);
  });

  test('P16 in X-Forwarded-Host shows in no answer of the router', async () => {
    const { response } = await suite.rule.serves({
      input: asked('X-Forwarded-Host: evil.test', 'X-Host: evil.test').replace('app.test', 'nope.test'),
      status: 404,
    });
    assert.ok(!JSON.stringify(response).includes('evil'));
  });
});

test('P15 a route that leads back to the router ends in 508 before long', async () => {
  await suite.rule.beside(async () => {
    suite.router.register('loop.test', suite.router.port);
    let response = await ask(suite.router.port, get('loop.test'));
    while (statusOf(response) === 404) response = await ask(suite.router.port, get('loop.test'));
    assert.equal(statusOf(response), 508);
    suite.router.unregister('loop.test', suite.router.port);
  });
});

describe('what an application claims in the name of the router', () => {
  test('P17 in X-Cf-RouterError does not reach the client', async () => {
    assert.deepEqual(valuesOf(await relayed('X-Cf-RouterError: unknown_route'), 'X-Cf-RouterError'), []);
  });

  test('P17 §3.4 in X-CF-Proxy-Signature does not reach the client', async () => {
    assert.deepEqual(valuesOf(await relayed('X-CF-Proxy-Signature: a'), 'X-CF-Proxy-Signature'), []);
  });

  // There are no sticky sessions yet, so the cookie is one like any other.
  test('P17 in the cookie of sticky sessions passes', async () => {
    const response = await relayed('Set-Cookie: __VCAP_ID__=forged', 'Set-Cookie: VCAP_ID=forged');
    assert.deepEqual(valuesOf(response, 'Set-Cookie'), ['__VCAP_ID__=forged', 'VCAP_ID=forged']);
  });
});
