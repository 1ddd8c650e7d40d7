import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { describe, type TestContext, test } from 'vitest';
import { split as runSplit } from '../../src/cli/split.ts';
import { parseSplit } from '../../src/cli/split-arguments.ts';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { freePort } from '../support/free-port.ts';
import { JetStreamServer } from '../support/jetstream.ts';
import { findNatsServer } from '../support/nats-server.ts';
import { startRouterOf } from '../support/restarted-router.ts';
import { skipFor } from '../support/skip-for.ts';
import { TcpClient, TcpServer } from '../support/tcp-echo.ts';
import { announce, startTcp } from '../support/tcp-routed.ts';

const NEEDS_NATS = skipFor(findNatsServer() === undefined && 'nats-server is not installed');

/** Two servers that say their names, and how a router in this folder is commanded. */
async function fixture(t: TestContext) {
  const named = (name: string) =>
    TcpServer.start(t, (socket) => {
      socket.write(`${name}\n`);
      socket.pipe(socket);
    });
  const [blue, green] = [await named('blue'), await named('green')];
  const folder = temporaryDirectory(t);
  const socket = join(folder, 'admin.sock');
  const split = async (...args: string[]) => {
    const command = parseSplit([...args, '--admin', `unix:${socket}`], {});
    assert.ok(command.kind === 'split');
    for (;;) {
      let [stdout, stderr] = ['', ''];
      const code = await runSplit(command, {
        out: (text) => {
          stdout += text;
        },
        error: (sentence) => {
          stderr += sentence;
        },
      });
      // Until the router knows its store, or that it is alone, it decides nothing.
      if (!/not known yet|no store yet|not been chosen yet/.test(stderr)) return { code, stdout, stderr };
    }
  };
  const cellgate = { state_dir: folder, admin: { socket } };
  const weights = (one: number, other: number) => [
    `addr:127.0.0.1:${blue.port}=${one}`,
    `addr:127.0.0.1:${green.port}=${other}`,
  ];
  return { blue, green, named, cellgate, split, weights };
}

/** Who serves the next connections, from the first that is taken. */
async function served(t: TestContext, port: number, connections: number): Promise<Set<string>> {
  const names = new Set<string>();
  for (let left = connections; left > 0; ) {
    const client = new TcpClient(t, port);
    await client.until('\n').catch(() => {});
    client.socket.destroy();
    if (client.received === '') continue;
    names.add(client.received.trim());
    left--;
  }
  return names;
}

describe('a split of a TCP route', () => {
  test('holds for a route that comes later, for backends that come, on a thread that starts, until it is cleared', async (t) => {
    const workers: Worker[] = [];
    const onWorker = (worker: Worker) => workers.push(worker);
    process.on('worker', onWorker);
    t.onTestFinished(() => void process.off('worker', onWorker));
    const { blue, green, named, cellgate, split, weights } = await fixture(t);
    const tcp = await startTcp(t, {}, { ...cellgate, proxy_threads: 1 });
    const route = `tcp:${tcp.port}`;
    assert.equal((await split('set', route, ...weights(0, 10_000))).code, 0);
    announce(tcp, blue.port);
    announce(tcp, green.port);
    while (!(await served(t, tcp.port, 1)).has('green'));
    assert.deepEqual(await served(t, tcp.port, 30), new Set(['green']));
    const shown = await split('show', route);
    assert.match(shown.stdout, new RegExp(`^tcp:${tcp.port}  revision \\d+, decided by socket at`, 'm'));
    assert.match(shown.stdout, new RegExp(`^addr:127\\.0\\.0\\.1:${blue.port} +0 +0\\.00 % +1$`, 'm'));

    await workers[0]!.terminate();
    assert.deepEqual(await served(t, tcp.port, 30), new Set(['green']));
    const third = await named('third');
    announce(tcp, third.port);
    while (!(await split('show', route)).stdout.includes('none of these'));
    assert.deepEqual(await served(t, tcp.port, 30), new Set(['green']));

    assert.equal((await split('set', route, ...weights(5000, 5000), 'rest=5000')).code, 0);
    while ((await served(t, tcp.port, 30)).size < 3);
    assert.equal((await split('set', route, ...weights(1, 0))).code, 0);
    while ((await served(t, tcp.port, 30)).size > 1);
    assert.equal((await split('clear', route)).code, 0);
    while ((await served(t, tcp.port, 30)).size < 3);
    assert.match((await split('show')).stdout, /^no route has a split$/m);
  });

  test(
    'is in force for the first connection that a router takes which knew nothing of it',
    NEEDS_NATS,
    async (t) => {
      const store = await JetStreamServer.start(t);
      const { blue, green, cellgate, split, weights } = await fixture(t);
      const port = await freePort();
      const backends = [blue, green].map((server) => `127.0.0.1:${server.port}`);
      const tcp = {
        listen_host: '127.0.0.1',
        reservable_ports: String(port),
        routes: [{ port, sni_hostname: '', backends }],
      };
      const { admin } = cellgate;
      const config = {
        nats: { hosts: [{ hostname: '127.0.0.1', port: store.port }] },
        cellgate: { admin, tcp },
      };
      const first = await startRouterOf(t, config);
      assert.equal((await split('set', `tcp:${port}`, ...weights(1, 0))).code, 0);
      while ((await served(t, port, 30)).has('green'));
      await first.stop();
      const before = green.accepted;
      const again = startRouterOf(t, config);
      assert.deepEqual(await served(t, port, 60), new Set(['blue']));
      assert.equal(green.accepted, before);
      await again;
    },
  );

  test('that no TCP route can follow is refused by a sentence that says what can be done', async (t) => {
    const { blue, green, cellgate, split, weights } = await fixture(t);
    const tcp = await startTcp(t, {}, cellgate);
    const route = `tcp:${tcp.port}`;
    for (const [args, sentence] of [
      [
        ['set', route, 'rest=1', '--key', 'client-ip'],
        /key: found "client-ip", allowed for a TCP route: none/,
      ],
      [['set', route, 'app:b=1'], /arms\[0\]: selector: found "app:b", allowed for a TCP route: instance:ID/],
      [
        ['set', 'tcp:99999', 'rest=1'],
        /route: found "tcp:99999", allowed for one of TCP: tcp:PORT, tcp:PORT/,
      ],
      [['hold', route], /has no backends: cellgate split set tcp:\d+ addr:IP:PORT=WEIGHT \.\.\. rest=0/],
      [['show', `${route}/Db.Test`], /tcp:\d+\/db\.test has no split: nor any endpoint here/],
      [['clear', route], /has no split/],
    ] as const) {
      const { code, stdout, stderr } = await split(...args);
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, sentence);
    }
    announce(tcp, blue.port);
    announce(tcp, green.port);
    assert.equal((await served(t, tcp.port, 30)).size, 2);
    const { stderr } = await split('hold', route);
    const command = new RegExp(`cellgate split set ${route} ${weights(5000, 5000).join(' ')} rest=0`);
    assert.match(stderr, command);
  });

  test('is refused by a router without TCP ports', async (t) => {
    const { cellgate, split } = await fixture(t);
    await startRouterOf(t, { cellgate });
    const { code, stderr } = await split('set', 'tcp:1024', 'rest=1');
    assert.equal(code, 1);
    assert.match(stderr, /tcp:1024 cannot be split: this router opens no TCP ports/);
  });
});
