import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { describe, type TestContext, test } from 'vitest';
import { responseCounter } from '../../src/telemetry/counters.ts';
import { Backend, ok } from '../support/backend.ts';
import { HTTP_2, HttpEngine } from '../support/http-engine.ts';
import { get, statusOf } from '../support/raw-http.ts';

const BARE = ok('bare').replaceAll('\r\n', '\n');
const FOLDED = ok('folded', 'X: y\r\n z\r\n');

async function start(t: TestContext) {
  const engine = await HttpEngine.start(t, { http2: HTTP_2 });
  const app = await Backend.start(t);
  engine.route('app.test', app.port);
  return { engine, app };
}

describe('§3.9 an odd response', () => {
  test('is told of once for each endpoint and oddity, by the address', async (t) => {
    const { engine, app } = await start(t);
    const client = await engine.connect();
    for (const answer of [BARE, ok('good'), BARE, FOLDED, FOLDED, BARE]) {
      app.answer = () => answer;
      assert.equal(statusOf(await client.send(get('app.test')).response()), 200);
    }
    const told = (oddity: string) => [
      'response-tolerated',
      { 'route-endpoint': `127.0.0.1:${app.port}`, application_id: 'app', oddities: [oddity] },
    ];
    assert.deepEqual(engine.log, [told('bare_line_end'), told('folded_line')]);
    client.close();
    await engine.isEmpty();
  });

  test('with a status that nobody has assigned is logged and counted with it', async (t) => {
    const { engine, app } = await start(t);
    app.answer = () => ok('odd').replace('200 OK', '777 Odd');
    const client = await engine.connect();
    const response = await client.send(get('app.test')).response();
    assert.deepEqual([response.start, response.body], ['HTTP/1.1 777 Odd', 'odd']);
    assert.match(engine.accessLog[0]!, / HTTP\/1.1" 777 0 3 /);
    assert.equal(engine.proxy.context.counters.get(responseCounter(777)), 1);
    client.close();
    await engine.isEmpty();
  });

  test('goes to a client on HTTP/2 like any other', async (t) => {
    const { engine, app } = await start(t);
    const session = connect(`http://127.0.0.1:${engine.port}`);
    t.onTestFinished(() => session.destroy());
    for (const [status, answer] of [
      [200, BARE],
      [777, ok('odd').replace('200 OK', '777 Odd')],
      [200, FOLDED],
    ] as const) {
      app.answer = () => answer;
      const stream = session.request({ ':authority': 'app.test' });
      stream.resume();
      const [headers] = await once(stream, 'response');
      assert.equal(headers[':status'], status);
      await once(stream, 'close');
    }
    assert.equal(engine.panics, 0);
    session.destroy();
    await engine.isEmpty();
  });
});
