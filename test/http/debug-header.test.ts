import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:http2';
import fc from 'fast-check';
import { describe, type TestContext, test } from 'vitest';
import { type DebugFacts, debugLine } from '../../src/http/policy/debug-line.ts';
import { isDebugToken, LONGEST_DEBUG_MS, signDebugToken } from '../../src/http/policy/debug-token.ts';
import type { HttpSettings } from '../../src/http/settings.ts';
import { DEBUG_TOKENS_REFUSED } from '../../src/telemetry/counters.ts';
import { Backend, ok } from '../support/backend.ts';
import { HTTP_2, HttpEngine } from '../support/http-engine.ts';
import { ask, get, type RawMessage, statusOf, valuesOf } from '../support/raw-http.ts';

const KEY = 'a key of the operator, 32 bytes or more';
const HEADER = 'X-Cellgate-Debug';

async function start(t: TestContext, settings: Partial<HttpSettings> = {}) {
  const engine = await HttpEngine.start(t, { debugKey: KEY, http2: HTTP_2, ...settings });
  const app = await Backend.start(t, () => ok('fine'));
  engine.route('app.test', app.port);
  return { engine, app };
}

const token = (key = KEY, lasts = 60_000) => signDebugToken(key, Date.now() + lasts);
const refusedBy = (engine: HttpEngine) => engine.proxy.context.counters.get(DEBUG_TOKENS_REFUSED);

/** The members of the dictionary; a text without its quotes. */
function debugOf(message: RawMessage): Map<string, string> {
  const [line, ...more] = valuesOf(message, 'Cellgate-Debug');
  assert.deepEqual(more, []);
  const members = [...(line ?? '').matchAll(/(?:^|, )([a-z-]+)=("[^"]*"|\([^)]*\)|[\d.]+)/g)];
  return new Map(members.map(([, name, value]) => [name!, value!.replace(/^"(.*)"$/, '$1')]));
}

describe('2.3 X-Cellgate-Debug', () => {
  test('with a token that holds has the response say by what it came about', async (t) => {
    const { engine, app } = await start(t);
    const response = await ask(engine.port, get('app.test', '/cart', [`${HEADER}: ${token()}`]));
    assert.equal(response.body, 'fine');
    const said = debugOf(response);
    assert.deepEqual(
      [said.get('route'), said.get('endpoint'), said.get('attempts'), said.get('thread')],
      ['app.test', `127.0.0.1:${app.port}`, '1', '0'],
    );
    assert.equal(said.get('request-id'), valuesOf(response, 'X-Vcap-Request-Id')[0]);
    for (const time of ['ms', 'endpoint-ms', 'dial-ms']) assert.match(said.get(time)!, /^\d+\.\d$/, time);
    assert.deepEqual(valuesOf(response, 'Proxy-Status'), [
      `cellgate; next-hop="127.0.0.1:${app.port}"; received-status=200`,
    ]);
    const { ring } = engine.proxy.ledger;
    assert.equal(ring.find(said.get('request-id')!)?.why, 'debugged');
  });

  test('says of an error which endpoint was asked last, and which before it', async (t) => {
    const { engine } = await start(t);
    engine.routeToEndpoint('dead.test', { host: '127.0.0.1', port: 1 }, { host: '127.0.0.1', port: 2 });
    const response = await ask(engine.port, get('dead.test', '/', [`${HEADER}: ${token()}`]));
    assert.equal(statusOf(response), 502);
    const said = debugOf(response);
    assert.equal(said.get('attempts'), '2');
    assert.match(
      said.get('failed')!,
      /^\("127\.0\.0\.1:[12]";error="dial" "127\.0\.0\.1:[12]";error="dial"\)$/,
    );
    assert.match(
      valuesOf(response, 'Proxy-Status')[0]!,
      /^cellgate; error=connection_refused; next-hop="127\.0\.0\.1:[12]"$/,
    );
    const unknown = await ask(engine.port, get('nowhere.test', '/', [`${HEADER}: ${token()}`]));
    assert.deepEqual([...debugOf(unknown).keys()], ['thread', 'attempts', 'ms', 'request-id']);
    assert.deepEqual(valuesOf(unknown, 'Proxy-Status'), ['cellgate; error=destination_not_found']);
  });

  test('is in the answer that opens a tunnel, and in those over HTTP/2', async (t) => {
    const { engine, app } = await start(t);
    const session = connect(`http://127.0.0.1:${engine.port}`);
    t.onTestFinished(() => session.destroy());
    const stream = session.request({ ':authority': 'app.test', [HEADER]: token() });
    const [headers] = await once(stream, 'response');
    assert.match(String(headers['cellgate-debug']), /route="app\.test"/);
    stream.resume();
    await once(stream, 'close');
    app.answer = () => 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: own\r\n\r\n';
    const lines = ['Connection: Upgrade', 'Upgrade: own', `${HEADER}: ${token()}`];
    const switched = await ask(engine.port, get('app.test', '/', lines));
    assert.equal(statusOf(switched), 101);
    assert.equal(debugOf(switched).get('route'), 'app.test');
    assert.ok(!app.received.toLowerCase().includes('x-cellgate-debug'));
  });

  test('right or wrong is never shown to an application, and changes nothing where it is wrong', async (t) => {
    const { engine, app } = await start(t);
    const second = Math.floor(Date.now() / 1000) + 60;
    const otherwiseSigned = createHmac('sha256', KEY).update(String(second)).digest('base64url');
    const wrong = [
      '',
      'v1',
      'x'.repeat(1000),
      token('another key of somebody, 32 bytes or more'),
      token(KEY, -2000),
      token(KEY, 2 * LONGEST_DEBUG_MS),
      token().replace('v1', 'v2'),
      `${token()}x`,
      `v1.${second}.${otherwiseSigned}`,
      token().replace(/\.(\d+)\./, (_, until) => `.${Number(until) + 1}.`),
    ];
    for (const [at, each] of wrong.entries()) {
      const response = await ask(engine.port, get('app.test', '/', [`${HEADER}: ${each}`]));
      assert.equal(response.body, 'fine');
      assert.deepEqual(valuesOf(response, 'Cellgate-Debug'), [], each);
      assert.deepEqual(valuesOf(response, 'Proxy-Status'), []);
      assert.equal(refusedBy(engine), at + 1);
      assert.equal(engine.proxy.ledger.ring.latest().length, 0);
    }
    await ask(engine.port, get('app.test', '/', [`${HEADER}: ${token()}`, `x-cellgate-DEBUG: ${token()}`]));
    assert.equal(app.requests.length, wrong.length + 1);
    assert.ok(!app.received.toLowerCase().includes('x-cellgate-debug'));
    assert.ok(!engine.accessLog.join('').includes('v1.'));
  });

  test('is an application’s own header where no key is configured', async (t) => {
    const { engine, app } = await start(t, { debugKey: '' });
    const response = await ask(engine.port, get('app.test', '/', [`${HEADER}: ${token()}`]));
    assert.deepEqual(valuesOf(response, 'Cellgate-Debug'), []);
    assert.equal(valuesOf(app.requests[0]!, HEADER).length, 1);
    assert.equal(refusedBy(engine), 0);
  });

  test('a token holds for an hour at most, whoever has signed it, and until its second', () => {
    const now = 1_700_000_000_000;
    assert.ok(isDebugToken(KEY, signDebugToken(KEY, now + LONGEST_DEBUG_MS), now));
    assert.ok(isDebugToken(KEY, signDebugToken(KEY, now + 1000), now + 999));
    assert.ok(!isDebugToken(KEY, signDebugToken(KEY, now + 1000), now + 1000));
    assert.ok(!isDebugToken(KEY, signDebugToken(KEY, now + 2 * LONGEST_DEBUG_MS), now));
  });

  test('what is said is below 1 KiB and a header line, whatever names there are', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 3000 });
    const time = fc.double({ min: -1, max: 1e9, noNaN: true });
    const failed = fc.array(fc.record({ endpoint: text, failure: text }), { maxLength: 5 });
    const facts = fc.record<DebugFacts>({
      ...{ router: text, route: text, arm: text, endpoint: text, instance: text, requestId: text },
      ...{
        thread: fc.nat(64),
        attempts: fc.nat(99),
        failed,
        took: time,
        awaited: time,
        dial: time,
        tls: time,
      },
    });
    fc.assert(
      fc.property(facts, (each) => {
        const line = debugLine(each);
        assert.ok(Buffer.byteLength(line) <= 1024, String(line.length));
        assert.match(line, /^[ -~]*$/);
      }),
    );
    const long = 'x'.repeat(3000);
    const two = [1, 2, 3].map(() => ({ endpoint: long, failure: long }));
    const longest = { router: long, route: long, arm: long, endpoint: long, instance: long, requestId: long };
    const times = { took: 1e9, awaited: 1e9, dial: 1e9, tls: 1e9 };
    assert.ok(debugLine({ ...longest, ...times, thread: 63, attempts: 99, failed: two }).length <= 1024);
  });
});
