import assert from 'node:assert/strict';
import { test } from 'vitest';
import { Names } from '../../src/network/names.ts';
import { Backend, ok } from '../support/backend.ts';
import { DnsServer } from '../support/dns-server.ts';
import { HttpEngine } from '../support/http-engine.ts';
import { ask, get, statusOf } from '../support/raw-http.ts';

const DIAL_TIMEOUT = 3000;

test('§2.10 an application whose name nobody answers for costs its own requests alone', async (t) => {
  const server = await DnsServer.start(t);
  const names = new Names({ servers: [server.address] });
  const engine = await HttpEngine.start(t, { dialTimeout: DIAL_TIMEOUT }, names);
  const app = await Backend.start(t, () => ok('here'));
  // Each request needs a connection of its own, and so its name.
  app.answer = () => 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nhere';
  server.names.set('app.internal.test', ['127.0.0.1']);
  engine.routeTo('app.test', 'app.internal.test', app.port);
  for (let i = 0; i < 8; i++) {
    server.names.set(`slow-${i}.internal.test`, 'silent');
    engine.routeTo(`slow-${i}.test`, `slow-${i}.internal.test`, app.port);
  }
  const slow = Array.from({ length: 100 }, (_, i) => ask(engine.port, get(`slow-${i % 8}.test`)));
  const begun = performance.now();
  for (let i = 0; i < 20; i++) assert.equal((await ask(engine.port, get('app.test'))).body, 'here');
  assert.ok(performance.now() - begun < DIAL_TIMEOUT, 'before any of the others could be given up');
  for (const answer of await Promise.all(slow)) assert.equal(statusOf(answer), 502);
  assert.equal(app.connections.length, 20);
});

test('who dials waits for its name no longer than it dials', async (t) => {
  const waiting = new Set<string>();
  const asked: string[] = [];
  const pending: Names['ask'] = (name) => {
    waiting.add(name);
    asked.push(name);
    return () => waiting.delete(name);
  };
  const engine = await HttpEngine.start(
    t,
    { dialTimeout: 200 },
    Object.assign(new Names(), { ask: pending }),
  );
  engine.routeTo('slow.test', 'slow.internal.test', 80);
  assert.equal(statusOf(await ask(engine.port, get('slow.test'))), 502);
  assert.equal(asked[0], 'slow.internal.test');
  assert.deepEqual([...waiting], []);
});
