import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, type TestContext, test } from 'vitest';
import { Backend, ok } from '../support/backend.ts';
import { CellgateProcess, LAUNCHER, temporaryDirectory } from '../support/cellgate-process.ts';
import { DEFAULT_PORTS, takeDefaultPorts } from '../support/default-ports.ts';
import { freePort } from '../support/free-port.ts';
import { listens } from '../support/listens.ts';
import { ORDINARY_USER, unlessRefused } from '../support/ordinary-user.ts';
import { unlessInstalled } from '../support/peer-program.ts';
import { AtTerminal, unlessTerminal } from '../support/pseudo-terminal.ts';
import { ask, get } from '../support/raw-http.ts';
import { skipFor } from '../support/skip-for.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CTRL_C = '\x03';

test('§5.1 without a configuration it says what listens where, and serves what is registered', async (t) => {
  if (!(await takeDefaultPorts(t))) return;
  const app = await Backend.start(t, () => ok('here I am'));
  const folder = temporaryDirectory(t);
  const router = new CellgateProcess(t, [], folder, { CELLGATE_STATE_DIR: folder });
  await router.until('#code=', 'stderr');
  const banner = router.stderr;
  assert.match(banner, /^\n {2}Cellgate is running/);
  for (const [what, port] of Object.entries(DEFAULT_PORTS)) {
    assert.match(banner, new RegExp(`^ +${what} +127\\.0\\.0\\.1:${port} `, 'm'));
    assert.ok(await listens(port), what);
  }
  assert.match(banner, /^ {4}bin\/cellgate register app\.localhost 127\.0\.0\.1:3000$/m);
  assert.match(banner, /^ {4}curl -H 'Host: app\.localhost' localhost:8081$/m);

  const [, code] = /^ {4}http:\/\/127\.0\.0\.1:8083\/#code=([\w-]{43})$/m.exec(banner)!;
  const left = readFileSync(join(folder, 'admin.json'), 'utf8');
  const { url, token } = JSON.parse(left) as { url: string; token: string };
  assert.equal(statSync(join(folder, 'admin.json')).mode & 0o777, 0o600);
  assert.ok(!(router.stdout + banner).includes(token) && !left.includes(code!));
  const page = await fetch(`${url}/`);
  assert.match(page.headers.get('Content-Type')!, /^text\/html/);
  const begin = () =>
    fetch(`${url}/v1/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: url },
      body: JSON.stringify({ code }),
    });
  assert.deepEqual([(await begin()).status, (await begin()).status], [200, 401]);
  // No token is given to it: it takes the one that the router has left.
  const command = new CellgateProcess(t, ['routers'], folder, { CELLGATE_STATE_DIR: folder });
  assert.deepEqual(await command.exited, [0, null]);
  assert.match(
    command.stdout,
    /^ID +VERSION +ADDRESS +STATE .*\n0-[0-9a-f]{6} +\S+ +- +serving +0 +0 +0 +now\n$/,
  );

  const agent = new CellgateProcess(t, ['register', 'app.localhost', `127.0.0.1:${app.port}`]);
  await agent.until('heartbeat every');
  assert.equal((await ask(DEFAULT_PORTS.http, get('app.localhost'))).body, 'here I am');
  agent.kill('SIGINT');
  assert.deepEqual(await agent.exited, [0, null]);
  router.kill('SIGINT');
  assert.deepEqual(await router.exited, [0, null]);
  // What collects the log finds nothing else there.
  for (const line of router.stdout.trimEnd().split('\n'))
    assert.equal(typeof JSON.parse(line).message, 'string');
  assert.ok(!existsSync(join(folder, 'admin.json')));
});

/** Somebody at a terminal who has started a router, which has said where it listens. */
async function atTerminal(t: TestContext, command = LAUNCHER): Promise<AtTerminal> {
  const terminal = new AtTerminal(t, command, ROOT, { CELLGATE_STATE_DIR: temporaryDirectory(t) });
  await terminal.until('#code=');
  return terminal;
}

describe('at a terminal', skipFor(unlessTerminal()), () => {
  test('the log is for people, the banner stands in one piece, and requests are seen', async (t) => {
    if (!(await takeDefaultPorts(t))) return;
    const terminal = await atTerminal(t);
    await ask(DEFAULT_PORTS.http, get('nobody.test', '/a?b'));
    await terminal.until('/a?b');
    terminal.type(CTRL_C);
    assert.deepEqual(await terminal.exited, [0, null]);
    const lines = terminal.stdout.replaceAll('\r', '').split('\n');
    const [first, last] = [
      lines.indexOf('  Cellgate is running, on this machine only.'),
      lines.findLastIndex((line) => line.includes('#code=')),
    ];
    assert.ok(first > 0 && last > first, terminal.stdout);
    const time = /^(?:\^C)?\d\d:\d\d:\d\d\.\d{3} {2}/;
    for (const line of lines.slice(first, last + 1)) assert.doesNotMatch(line, time);
    for (const line of [...lines.slice(0, first - 1), ...lines.slice(last + 3, -1)]) assert.match(line, time);
    const logged = (of: RegExp) =>
      assert.ok(
        lines.some((line) => of.test(line)),
        String(of),
      );
    logged(/ {2}info {3}router: tcp-listener-started {2}address=127\.0\.0\.1:8081$/);
    logged(
      /^[\d:.]+ {2}404 +[\d.]+ ms {2}nobody\.test {2}GET \/a\?b HTTP\/1\.1 {2}-> nobody {2}unknown_route$/,
    );
    logged(/ {2}info {3}router: gorouter\.exited$/);
  });

  test('npm start is ended by Ctrl-C', skipFor(unlessInstalled('npm')), async (t) => {
    if (!(await takeDefaultPorts(t))) return;
    const terminal = await atTerminal(t, 'npm start');
    terminal.type(CTRL_C);
    await terminal.exited;
    assert.match(terminal.stdout, /gorouter\.exited/);
    assert.equal(await listens(DEFAULT_PORTS.http), false);
  });
});

describe('without a configuration', () => {
  test('--port says where applications are reached', async (t) => {
    if (!(await takeDefaultPorts(t))) return;
    const port = await freePort();
    const router = new CellgateProcess(t, ['--port', String(port)], ROOT, {
      CELLGATE_STATE_DIR: temporaryDirectory(t),
    });
    await router.until('#code=', 'stderr');
    assert.ok(await listens(port));
    assert.match(router.stderr, new RegExp(`localhost:${port}$`, 'm'));
    router.kill('SIGTERM');
    assert.deepEqual(await router.exited, [0, null]);
  });

  test('a port in use ends the start with who has it and what to do', async (t) => {
    if (!(await takeDefaultPorts(t))) return;
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    t.onTestFinished(() => void taken.close());
    const { port } = taken.address() as AddressInfo;
    const router = new CellgateProcess(t, ['--port', String(port)], ROOT);
    assert.deepEqual(await router.exited, [1, null]);
    assert.match(
      router.stderr,
      new RegExp(
        `^cellgate: port ${port} is in use by node .*, process ${process.pid}: stop that, or choose another with --port\n$`,
      ),
    );
    assert.equal(await listens(DEFAULT_PORTS.status), false);
  });

  test('a second one says that the first has its ports', async (t) => {
    if (!(await takeDefaultPorts(t))) return;
    const first = new CellgateProcess(t, [], ROOT, { CELLGATE_STATE_DIR: temporaryDirectory(t) });
    await first.until('#code=', 'stderr');
    const second = new CellgateProcess(t, [], ROOT, { CELLGATE_STATE_DIR: temporaryDirectory(t) });
    assert.deepEqual(await second.exited, [1, null]);
    assert.equal(
      second.stderr,
      `cellgate: ports 4222, 8080, 8081, 8082, 8083 are in use by a Cellgate, process ${first.child.pid}: stop that, or name others in a configuration, -c FILE\n`,
    );
    first.kill('SIGTERM');
    await first.exited;
  });

  test('a port that is one of its own ends the start', async (t) => {
    if (!(await takeDefaultPorts(t))) return;
    const router = new CellgateProcess(t, ['--port', '8080'], ROOT);
    assert.deepEqual(await router.exited, [1, null]);
    assert.equal(
      router.stderr,
      "cellgate: port 8080 is the router's own (status.port): choose another with --port\n",
    );
  });

  test(
    'a port that this user may not open ends the start with what helps',
    skipFor(unlessRefused(80)),
    async (t) => {
      if (!(await takeDefaultPorts(t))) return;
      const router = new CellgateProcess(t, ['--port', '80'], '/', {}, ORDINARY_USER);
      assert.deepEqual(await router.exited, [1, null]);
      assert.equal(
        router.stderr,
        'cellgate: port 80 needs more rights than this process has (127.0.0.1:80): choose one above 1023 with --port, or give it the right (docs/installing.md, "Ports below 1024")\n',
      );
    },
  );
});
