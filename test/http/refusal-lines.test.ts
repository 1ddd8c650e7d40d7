import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { REFUSED_MESSAGES } from '../../src/telemetry/counters.ts';
import { Backend, ok } from '../support/backend.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { BAD_BODIES, BAD_HEADS } from '../support/request-corpus.ts';

interface Account {
  readonly faults: readonly unknown[];
  readonly counted: number;
  readonly accessLines: readonly string[];
}

/** What one client that sends `raw` and waits for the end leaves in the logs. */
async function refuse(engine: HttpEngine, raw: string): Promise<Account> {
  const { log, accessLog, proxy } = engine;
  const [lines, access, counted] = [
    log.length,
    accessLog.length,
    proxy.context.counters.get(REFUSED_MESSAGES),
  ];
  const client = await engine.connect();
  const address = `127.0.0.1:${client.socket.localPort}`;
  client.send(raw);
  await client.closed;
  client.close();
  await engine.until(() => proxy.downstreams.size === 0);
  const refusals = log.slice(lines).filter(([message]) => message === 'request-refused');
  for (const [, data] of refusals) assert.equal(data['client'], address);
  return {
    faults: refusals.map(([, data]) => data['fault']),
    counted: proxy.context.counters.get(REFUSED_MESSAGES) - counted,
    accessLines: accessLog.slice(access),
  };
}

describe('§3.3 §6.6 a refusal is counted once and is one line', () => {
  test('of the component log for a head, which is no request yet', async (t) => {
    const engine = await HttpEngine.start(t);
    for (const { name, raw, fault } of BAD_HEADS) {
      const { faults, counted, accessLines } = await refuse(engine, raw);
      assert.deepEqual([faults, counted, accessLines], [[fault.name], 1, []], name);
    }
  });

  test('of the component log and one of the access log for a body, whose request had begun', async (t) => {
    const engine = await HttpEngine.start(t);
    const app = await Backend.start(t, () => ok());
    for (const host of ['a.test', 'b.test']) engine.route(host, app.port);
    for (const { name, raw, fault } of BAD_BODIES) {
      const { faults, counted, accessLines } = await refuse(engine, raw);
      assert.deepEqual([faults, counted, accessLines.length], [[fault.name], 1, 1], name);
      assert.ok(accessLines[0]!.includes(` ${fault.status} `), `${name}: ${accessLines[0]}`);
    }
  });
});
