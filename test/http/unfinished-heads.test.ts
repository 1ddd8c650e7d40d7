import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { collectGarbage } from '../support/collect-garbage.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { ask, get, type RawClient, statusOf, valuesOf } from '../support/raw-http.ts';

const CLIENTS = 60;
/** Of one client; together they are more than three times what a thread holds. */
const PART = `X-Long: ${'x'.repeat(8000)}\r\n`.repeat(110);
const MOST_HELD = 16 * 1024 * 1024;
/** For what is on its way, and a buffer that grows. */
const SLACK = 8 * 1024 * 1024;

function arrayBuffers(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

const CASES = {
  heads: { begin: `GET /large HTTP/1.1\r\nHost: app.test\r\n`, reaches: 0 },
  trailers: {
    begin: 'POST /large HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n',
    reaches: CLIENTS,
  },
};

describe('§3.3 large sections that clients leave unfinished are bounded together, the oldest go:', () => {
  for (const [name, { begin, reaches }] of Object.entries(CASES)) {
    test(name, async (t) => {
      const engine = await HttpEngine.start(t);
      const app = await Backend.start(t, ({ start }) => ok(start.split(' ')[1]));
      engine.route('app.test', app.port);
      const before = arrayBuffers();
      const clients: RawClient[] = [];
      for (let i = 0; i < CLIENTS; i++) {
        const client = await engine.connect();
        t.onTestFinished(() => client.close());
        client.send(begin + PART);
        clients.push(client);
        const bytes = () => engine.sockets.at(-1)!.bytesRead;
        await engine.until(() => bytes() === begin.length + PART.length);
      }
      await app.until(() => app.connections.length === reaches);
      // What nobody holds any more may still await the collector.
      await engine.until(() => arrayBuffers() - before < MOST_HELD + SLACK);

      const shed = clients.slice(0, CLIENTS / 2);
      for (const client of shed) {
        const answer = await client.response();
        assert.equal(statusOf(answer), 408);
        assert.deepEqual(valuesOf(answer, 'X-Cf-RouterError'), ['head_shed']);
      }
      const lines = engine.log.filter(([, data]) => data?.['fault'] === 'head_shed');
      assert.ok(lines.length >= shed.length && lines.every(([message]) => message === 'request-refused'));
      const last = clients.at(-1)!;
      assert.equal((await last.send('\r\n').response()).body, '/large');
      assert.equal((await ask(engine.port, get('app.test', '/small'))).body, '/small');

      for (const client of clients) client.close();
      await engine.isEmpty();
    });
  }

  test('small ones of any number stay', async (t) => {
    const engine = await HttpEngine.start(t);
    const app = await Backend.start(t);
    engine.route('app.test', app.port);
    const clients = await Promise.all(Array.from({ length: 500 }, () => engine.connect()));
    t.onTestFinished(() => clients.forEach((client) => void client.close()));
    const request = get('app.test', '/', ['Cookie: a=b']);
    for (const client of clients) client.send(request.slice(0, -3));
    await engine.until(() => engine.sockets.every(({ bytesRead }) => bytesRead === request.length - 3));
    for (const client of clients) client.send(request.slice(-3));
    for (const client of clients) assert.equal(statusOf(await client.response()), 200);
  });
});
