import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'vitest';
import type { HttpSettings } from '../../src/http/settings.ts';
import { parseTemplate } from '../../src/http/template/parse.ts';
import { Backend } from '../support/backend.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { ask, get, type RawMessage, statusOf, valuesOf } from '../support/raw-http.ts';

const PAGE = parseTemplate(
  '<h1>{{.Status}} {{.StatusText}}</h1><p>{{.Message}}</p>{{if eq (.Header.Get "X-Cf-RouterError") "unknown_route"}}?{{end}}\n',
);

async function start(t: TestContext, settings: Partial<HttpSettings> = {}) {
  const engine = await HttpEngine.start(t, settings);
  const app = await Backend.start(t);
  engine.route('app.test', app.port);
  engine.routeTo('none.test', '127.0.0.1', 1);
  return { engine, app };
}

function said(response: RawMessage, ...names: readonly string[]): string[] {
  return names.map((name) => valuesOf(response, name).join('|'));
}

describe('§3.2 an error of the router', () => {
  test('§3.2 is a line of plain text that nothing sniffs, and leaves the connection open', async (t) => {
    const { engine } = await start(t);
    const client = await engine.connect();
    const response = await client.send(get('a.test:80')).response();
    assert.equal(response.body, "404 Not Found: Requested route ('a.test:80') does not exist.\n");
    assert.deepEqual(
      said(
        response,
        'Content-Type',
        'X-Content-Type-Options',
        'X-Cf-RouterError',
        'Cache-Control',
        'Connection',
      ),
      ['text/plain; charset=utf-8', 'nosniff', 'unknown_route', 'no-cache, no-store', ''],
    );
    assert.equal(statusOf(await client.send(get('app.test')).response()), 200);
    client.close();
  });

  test('§3.3 an empty Host, or one that is the client’s own address, is 400', async (t) => {
    const { engine } = await start(t);
    for (const host of ['', '127.0.0.1', '127.0.0.1:80']) {
      const response = await ask(engine.port, get(host));
      assert.equal(response.body, '400 Bad Request: Request had empty Host header\n');
      assert.deepEqual(said(response, 'X-Cf-RouterError', 'Cache-Control'), [
        'empty_host',
        'public,max-age=2',
      ]);
    }
    const bodies = engine.log.filter(([message]) => message === 'status').map(([, data]) => data['body']);
    assert.equal(bodies.length, 3);
  });

  test('§3.2 of a page takes the template, with the type of one', async (t) => {
    const { engine } = await start(t, { errorPage: PAGE });
    const response = await ask(engine.port, get('a.test'));
    assert.equal(
      response.body,
      '<h1>404 Not Found</h1><p>Requested route (&#39;a.test&#39;) does not exist.</p>?\n',
    );
    assert.deepEqual(said(response, 'Content-Type', 'Content-Length'), [
      'text/html; charset=utf-8',
      String(response.body.length),
    ]);
  });

  test('§3.2 keeps a template’s UTF-8', async (t) => {
    const source = Buffer.from('<p>über {{.Status}} – ✓</p>').toString('latin1');
    const { engine } = await start(t, { errorPage: parseTemplate(source) });
    const { body } = await ask(engine.port, get('a.test'));
    assert.equal(Buffer.from(body, 'latin1').toString(), '<p>über 404 – ✓</p>');
  });

  test('§3.2 is plain text where the template cannot be rendered', async (t) => {
    const broken = parseTemplate('{{if eq .Status "404"}}a{{end}}');
    const { engine } = await start(t, { errorPage: broken });
    const response = await ask(engine.port, get('a.test'));
    assert.match(response.body, /^404 Not Found: /);
    assert.deepEqual(said(response, 'Content-Type'), ['text/plain; charset=utf-8']);
  });

  test('§3.2 of a backend or a large head never takes the template', async (t) => {
    const { engine } = await start(t, { errorPage: PAGE, headerBounds: { bytes: 200, fields: 9 } });
    const failed = await ask(engine.port, get('none.test'));
    assert.match(failed.body, /^502 Bad Gateway: /);
    const large = await ask(engine.port, get('app.test', `/${'x'.repeat(200)}`));
    assert.deepEqual([statusOf(large), large.body], [431, '']);
  });
});

const SWITCHED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: own\r\n\r\n';

describe('§3.1 a fault of the router’s own', () => {
  function broken(engine: HttpEngine): void {
    engine.proxy.routes.match('app.test', '/')!.balancer = () => {
      throw new Error('a bug');
    };
  }

  test('§3.1 ends its exchange with 502 unknown_failure and nothing else', async (t) => {
    const { engine } = await start(t);
    engine.route('other.test', (await Backend.start(t)).port);
    const other = await engine.connect();
    assert.equal(statusOf(await other.send(get('other.test')).response()), 200);
    broken(engine);
    const client = await engine.connect();
    const response = await client.send(get('app.test')).response();
    assert.deepEqual([statusOf(response), response.body], [502, '']);
    assert.deepEqual(said(response, 'X-Cf-RouterError', 'Connection'), ['unknown_failure', 'close']);
    assert.equal(await client.closed, 'end');
    const [, told] = engine.log.find(([message]) => message === 'panic-check')!;
    assert.match(String(told['error']), /a bug/);
    assert.deepEqual([told['vcap_request_id']], valuesOf(response, 'X-Vcap-Request-Id'));
    assert.match(engine.accessLog.at(-1)!, / 502 .* x_cf_routererror:"unknown_failure"/);
    assert.equal(statusOf(await other.send(get('other.test')).response()), 200);
    client.close();
    other.close();
    await engine.isEmpty();
  });

  test('§3.1 in the answer of a backend is 502, and lets go of the backend', async (t) => {
    const { engine } = await start(t);
    Object.defineProperty(engine.proxy.context.settings, 'responseRewrite', {
      get() {
        throw new Error('a bug');
      },
    });
    const client = await engine.connect();
    client.send(get('app.test'));
    assert.notEqual(await client.closed, null);
    client.close();
    await engine.isEmpty();
    assert.equal(engine.accessLog.length, 1);
    assert.match(engine.accessLog[0]!, /unknown_failure/);
  });

  test('§3.1 in what follows a failure is answered all the same', async (t) => {
    const { engine } = await start(t);
    engine.proxy.destinations.cells.markFailed = () => {
      throw new Error('a bug');
    };
    const client = await engine.connect();
    const response = await client.send(get('none.test')).response();
    assert.deepEqual([statusOf(response), said(response, 'X-Cf-RouterError')], [502, ['unknown_failure']]);
    client.close();
    await engine.isEmpty();
    assert.equal(engine.accessLog.length, 1);
  });

  for (const speaker of ['client', 'backend']) {
    test(`§3.1 in a tunnel, over words of the ${speaker}, cuts both its sides, and is told once`, async (t) => {
      const { engine } = await start(t);
      const backend = await Backend.start(t, () => SWITCHED);
      engine.route('tunnel.test', backend.port);
      const client = await engine.connect();
      client.send('GET / HTTP/1.1\r\nHost: tunnel.test\r\nConnection: Upgrade\r\nUpgrade: own\r\n\r\n');
      assert.equal((await client.response()).start, 'HTTP/1.1 101 Switching Protocols');
      engine.proxy.context.deadlines.tunnelIdle.arm = () => {
        throw new Error('a bug');
      };
      if (speaker === 'client') client.send('words of the new protocol');
      else backend.connections[0]!.socket.write('words of the new protocol');
      assert.notEqual(await client.closed, null);
      client.close();
      await backend.until(() => backend.openConnections === 0);
      await engine.until(() => engine.inFlight === 0 && engine.proxy.downstreams.size === 0);
      assert.deepEqual([engine.panics, engine.accessLog.length], [1, 1]);
      assert.match(engine.accessLog[0]!, / 101 /);
    });
  }

  test('§3.1 behind a response cuts the connection rather than answer twice', async (t) => {
    const { engine } = await start(t);
    engine.proxy.ledger.close = () => {
      throw new Error('a bug');
    };
    const client = await engine.connect();
    client.send(get('app.test'));
    await client.closed;
    assert.ok(client.received.split('HTTP/1.1 ').length <= 2, client.received);
    client.close();
    await engine.isEmpty();
  });
});

describe('§3.3 a protocol that is not spoken', () => {
  for (const line of ['GET / HTTP/1.2', 'GET / HTTP/2.0', 'PRI * HTTP/2.0']) {
    test(`§3.3 is answered 400 and ends the connection: ${line}`, async (t) => {
      const { engine } = await start(t);
      const client = await engine.connect();
      const response = await client.send(`${line}\r\nHost: app.test\r\n\r\n`).response();
      assert.equal(response.start, 'HTTP/1.1 400 Bad Request');
      assert.deepEqual(said(response, 'X-Cf-RouterError', 'Connection'), ['unsupported_protocol', 'close']);
      assert.equal(await client.closed, 'end');
      client.close();
    });
  }
});
