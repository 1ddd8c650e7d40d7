import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type TestContext, test } from 'vitest';
import { CellgateProcess, temporaryDirectory } from '../support/cellgate-process.ts';
import { TcpServer } from '../support/tcp-echo.ts';
import { announce, startTcp } from '../support/tcp-routed.ts';

/** Two servers that say their names behind a TCP port, clients that come one after the other, and an operator. */
async function fixture(t: TestContext) {
  const named = (name: string) => TcpServer.start(t, (socket) => socket.end(`${name}\n`));
  const [blue, green] = [await named('blue'), await named('green')];
  const socket = join(temporaryDirectory(t), 'admin.sock');
  const tcp = await startTcp(t, {}, { state_dir: temporaryDirectory(t), admin: { socket } });
  for (const { port } of [blue, green]) announce(tcp, port);
  const command = async (args: readonly string[]) => {
    for (;;) {
      const process = new CellgateProcess(t, [...args, '--admin', `unix:${socket}`]);
      const [code] = await process.exited;
      const { stdout, stderr } = process;
      // Until the router knows that it is alone it decides nothing.
      if (!/not known yet whether there are other routers|no store yet/.test(stderr))
        return { code, stdout, stderr };
    }
  };
  const route = `tcp:${tcp.port}`;
  const [from, to] = [`addr:127.0.0.1:${blue.port}`, `addr:127.0.0.1:${green.port}`];
  assert.equal((await command(['split', 'set', route, `${from}=10000`, `${to}=0`])).code, 0);
  const served = new Map<string, number>();
  let isOver = false;
  t.onTestFinished(() => {
    isOver = true;
  });
  const clients = async (): Promise<void> => {
    while (!isOver) {
      const client = connect(tcp.port, '127.0.0.1');
      let name = '';
      client
        .on('error', () => {})
        .setEncoding('latin1')
        .on('data', (text: string) => {
          name += text.trim();
        });
      await once(client, 'close').catch(() => {});
      served.set(name, (served.get(name) ?? 0) + 1);
    }
  };
  const cutover = (...more: string[]) =>
    command([
      ...['cutover', route, '--from', from, '--to', to, '--plan', '30,100', '--min-requests', '20'],
      ...['--window', '1s', '--step-time', '1s', '--soak', '1s', ...more],
    ]);
  return { route, from, command, clients, cutover, served };
}

test('2.4 a cutover of a TCP route shares connections out, and has seen what became of them', async (t) => {
  const { clients, cutover, served, command, route } = await fixture(t);
  for (let each = 0; each < 3; each++) void clients();
  const done = await cutover();
  assert.deepEqual([done.code, done.stderr], [0, '']);
  assert.match(done.stdout, /gets 30 %: its probe passed/);
  const { windows } = JSON.parse((await command(['cutover', 'history', route, '--json'])).stdout);
  assert.ok(windows.some(({ to }: { to: { requests: number } }) => to.requests >= 20));
  served.clear();
  while ((served.get('green') ?? 0) < 30) await nextTurn();
  assert.equal(served.get('') ?? 0, 0);
});

test('2.4 a cutover of a TCP route does not begin by what no TCP route knows', async (t) => {
  const { from, command, route } = await fixture(t);
  const app = await command(['cutover', route, '--from', from, '--to', 'app:a']);
  assert.equal(app.code, 64);
  assert.match(app.stderr, /selector: found "app:a", allowed for a TCP route: instance:ID/);
  const none = await command(['cutover', 'tcp:99999', '--from', 'addr:10.0.0.1', '--to', 'rest']);
  assert.match(none.stderr, /route: found "tcp:99999"/);
});
