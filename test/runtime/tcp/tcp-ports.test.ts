import assert from 'node:assert/strict';
import { type TestContext, test, vi } from 'vitest';
import { TcpPorts } from '../../../src/runtime/tcp/tcp-ports.ts';
import type { TcpPortChange, TcpRoute } from '../../../src/tcp/table/route.ts';
import { freePort } from '../../support/free-port.ts';
import { LogLines } from '../../support/registry-fixture.ts';

/** Two ports with a route by the name of `a.test` and a default one, and what threads are told of them. */
async function created(t: TestContext) {
  const numbers = [await freePort(), await freePort()] as const;
  const table = new Map(
    numbers.map((port) => [port, new Map(['', 'a.test'].map((sni) => [sni, routeOf(sni)]))]),
  );
  const batches: (readonly TcpPortChange[])[] = [];
  /** Ports of which all routes were asked for. */
  const lists: number[] = [];
  const log = new LogLines();
  let heard = Promise.withResolvers<void>();
  const ports = new TcpPorts({
    host: '127.0.0.1',
    threads: 1,
    has: (port) => table.has(port),
    routes: (port) => {
      lists.push(port);
      return table.has(port) ? [...table.get(port)!.values()] : null;
    },
    route: (port, sni) => table.get(port)?.get(sni) ?? null,
    send: (changes) => {
      batches.push(changes);
      heard.resolve();
      heard = Promise.withResolvers();
    },
    log,
  });
  t.onTestFinished(() => ports.stop());
  const known = () => batches.flat().filter(({ kind }) => kind === 'open').length;
  const untilOpen = async () => {
    while (known() < 2) await heard.promise;
  };
  return { ports, table, batches, lists, numbers, log, untilOpen, next: () => heard.promise };
}

/** The same, open on one thread. */
async function opened(t: TestContext) {
  const fixture = await created(t);
  const { ports, batches, numbers, untilOpen } = fixture;
  ports.begin();
  for (const port of numbers) ports.changed(port, '');
  await untilOpen();
  for (const port of numbers) ports.onListening(port, '', 0);
  batches.length = 0;
  return fixture;
}

function routeOf(sni: string): TcpRoute {
  return { sni, terminates: false, alpns: [], backends: [], split: null };
}

test('no thread is told of a port before they may be open, and then of all that have come', async (t) => {
  const { ports, batches, numbers, untilOpen } = await created(t);
  for (const port of numbers) ports.changed(port, '');
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([ports.states(), batches, ports.snapshot()], [[], [], []]);
  ports.begin();
  await untilOpen();
  assert.deepEqual(new Set(ports.snapshot().map(({ port }) => port)), new Set(numbers));
});

test('of a port that is open only the routes travel that have changed', async (t) => {
  const { ports, table, batches, lists, numbers, next } = await opened(t);
  const [port] = numbers;
  lists.length = 0;
  table.get(port)!.delete('');
  table.get(port)!.set('b.test', routeOf('b.test'));
  ports.changed(port, '');
  ports.changed(port, 'b.test');
  await next();
  assert.deepEqual(batches, [[{ kind: 'changed', port, routes: [routeOf('b.test')], gone: [''] }]]);
  assert.deepEqual(lists, [], 'a port may have ten thousand of them');
});

test('whatever is sent takes along all that has changed before it', async (t) => {
  const { ports, batches, numbers } = await opened(t);
  const [port, other] = numbers;
  ports.changed(port, 'a.test');
  ports.onListening(other, 'EADDRINUSE', 0);
  assert.deepEqual(batches, [
    [
      { kind: 'changed', port, routes: [routeOf('a.test')], gone: [] },
      { kind: 'closed', port: other },
    ],
  ]);
});

test('a port is opened for no thread any more whose last route has gone in the same moment', async (t) => {
  const { ports, table, batches, numbers, next } = await opened(t);
  const [port] = numbers;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  t.onTestFinished(() => void vi.useRealTimers());
  ports.onListening(port, 'EMFILE', 1);
  table.delete(port);
  ports.changed(port, '');
  // It is tried again before that is told.
  vi.advanceTimersByTime(1000);
  await next();
  assert.deepEqual(batches, [[{ kind: 'closed', port }]]);
});

test('a change that threads need not know of is a batch too: something may wait for its number', async (t) => {
  const { ports, table, batches, numbers, next } = await opened(t);
  const [port] = numbers;
  ports.onListening(port, 'EADDRINUSE', 0);
  batches.length = 0;
  table.get(port)!.delete('a.test');
  ports.changed(port, 'a.test');
  await next();
  assert.deepEqual(batches, [[]]);
  assert.deepEqual(
    ports.snapshot().map((change) => change.port),
    [numbers[1]],
  );
});

test('a thread that cannot open a port which others have open is told of it again, and nobody closes it', async (t) => {
  const { ports, batches, numbers, log } = await opened(t);
  const [port] = numbers;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  t.onTestFinished(() => void vi.useRealTimers());
  ports.onListening(port, 'EMFILE', 2);
  assert.deepEqual(batches, []);
  assert.deepEqual(ports.states()[0], [port, 'open']);
  assert.deepEqual(log.lines.at(-1)!.data, { port, error: 'EMFILE', thread: 2 });
  const again = { kind: 'open', port, routes: ['', 'a.test'].map(routeOf) };
  // However often, and for however many threads: once in each second, and logged once.
  ports.onListening(port, 'EMFILE', 3);
  vi.advanceTimersByTime(1000);
  assert.deepEqual(batches, [[again]]);
  ports.onListening(port, 'EMFILE', 2);
  ports.onListening(port, 'EMFILE', 3);
  vi.advanceTimersByTime(1000);
  assert.deepEqual(batches, [[again], [again]]);
  assert.equal(log.messages.filter((message) => message === 'tcp-port-blocked').length, 2);
  ports.onListening(port, '', 2);
  ports.onListening(port, '', 3);
  vi.advanceTimersByTime(10_000);
  assert.equal(batches.length, 2);
});

test('a port that no thread has open any more is closed, and tried again from the start', async (t) => {
  const { ports, batches, numbers } = await opened(t);
  const [port] = numbers;
  ports.onListening(port, 'EMFILE', 2);
  ports.settle(0);
  ports.onListening(port, 'EMFILE', 2);
  assert.deepEqual(batches, [[{ kind: 'closed', port }]]);
  assert.deepEqual(ports.states()[0], [port, 'blocked']);
});
