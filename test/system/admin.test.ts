import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { CellgateProcess, temporaryDirectory } from '../support/cellgate-process.ts';
import { Authority } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { TestRouter } from '../support/router.ts';

const SECRET = 'hunter2-hunter2-hunter2';
const TOKEN = { name: 'ops', secret: SECRET, rights: ['read', 'operate'] };
const AUTHORIZATION = { Authorization: `Bearer ${SECRET}`, Connection: 'close' };

interface Left {
  readonly url: string;
  readonly token: string;
}

/** Without what the lock of the folder consists of. */
function addressesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith('admin'))
    .sort();
}

function leftIn(folder: string): Left {
  return JSON.parse(readFileSync(join(folder, 'admin.json'), 'utf8'));
}

describe('the admin address', () => {
  test('tells what the router is and how it does, by port and by socket', async (t) => {
    const [port, folder] = [await freePort(), temporaryDirectory(t)];
    const socket = join(folder, 'admin.sock');
    const { router } = await TestRouter.start(t, { cellgate: { admin: { port, socket, tokens: [TOKEN] } } });
    assert.equal(router.addresses.admin, port);
    const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`, { headers: AUTHORIZATION });
    const overview = (await (await ask('/v1/overview')).json()) as Record<string, unknown>;
    const { id, version, started_at, uptime_seconds, decisions, ...rest } = overview;
    assert.match(String(id), /^[\da-f-]{36}$/);
    assert.match(String(version), /^\d+\.\d+\.\d+$/);
    assert.ok(Date.parse(String(started_at)) <= Date.now());
    assert.equal(typeof uptime_seconds, 'number');
    assert.deepEqual(rest, {
      health: { state: 'healthy', reason: 'it serves' },
      bus: 'connected',
      table: { routes: 0, endpoints: 0, backends: 0 },
    });
    // Why there is none depends on how far the router has come.
    const { why, ...decided } = decisions as Record<string, unknown>;
    assert.deepEqual(decided, { store: null, revision: 0, state: 'away', as_of: null });
    assert.equal(typeof why, 'string');
    const routers = await ask('/v1/routers');
    assert.equal(routers.status, 200);
    const known = (await routers.json()) as { routers: { id: string; state: string }[] };
    assert.deepEqual(
      known.routers.map((each) => [each.id, each.state]),
      [[`0-${id}`, 'serving']],
    );
    assert.equal(statSync(socket).mode & 0o777, 0o600);
    const command = new CellgateProcess(t, ['routers', '--admin', `unix:${socket}`]);
    assert.deepEqual(await command.exited, [0, null]);
    assert.ok(command.stdout.includes(' serving '));
    await router.stop();
    assert.ok(!existsSync(socket));
    await assert.rejects(ask('/v1/overview'));
  });

  test('is not there unless the file names it', async (t) => {
    const { router } = await TestRouter.start(t);
    assert.equal(router.addresses.admin, null);
  });

  test('speaks TLS, and its cookies are for TLS alone', async (t) => {
    const authority = new Authority();
    const { cert, key } = authority.issue({ names: 'DNS:router.test,IP:127.0.0.1' });
    const port = await freePort();
    await TestRouter.start(t, {
      cellgate: { admin: { host: '0.0.0.0', port, tokens: [TOKEN], tls: { certificate: cert, key } } },
    });
    const ask = (method: string, path: string, host: string): Promise<IncomingMessage> => {
      const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
      const headers = { ...AUTHORIZATION, Host: host };
      const options = {
        host: '127.0.0.1',
        port,
        method,
        path,
        headers,
        ca: authority.cert,
        servername: 'router.test',
        agent: false,
      };
      request(options, (response) => resolve(response.resume()))
        .on('error', reject)
        .end();
      return promise;
    };
    const begun = await ask('POST', '/v1/session', 'router.test:1');
    assert.equal(begun.statusCode, 200);
    assert.match(
      begun.headers['set-cookie']![0]!,
      new RegExp(`^__Host-cellgate-${port}=.*; SameSite=Strict; Secure$`),
    );
    assert.equal((await ask('GET', '/v1/whoami', 'another.test')).statusCode, 421);
    await assert.rejects(fetch(`http://127.0.0.1:${port}/v1/whoami`, { headers: AUTHORIZATION }));
  });

  test('that others can reach without TLS warns, and gives browsers no session', async (t) => {
    const port = await freePort();
    const router = CellgateProcess.router(t, {
      cellgate: { admin: { host: '0.0.0.0', port, tokens: [TOKEN] } },
    });
    await router.started();
    assert.match(
      String(((await router.logged('configuration')) as { warning: string }).warning),
      /without tls others can read tokens/,
    );
    const refused = await fetch(`http://127.0.0.1:${port}/v1/session`, {
      method: 'POST',
      headers: AUTHORIZATION,
    });
    assert.equal(refused.status, 403);
    assert.match(await refused.text(), /cellgate\.admin\.tls/);
  });

  test('writes every change into the log, and no secret, not even of who is wrong', async (t) => {
    const [port, folder] = [await freePort(), temporaryDirectory(t)];
    const state_dir = join(folder, 'state');
    const router = CellgateProcess.router(t, {
      logging: { level: 'debug' },
      cellgate: { state_dir, admin: { port, tokens: [TOKEN] } },
    });
    await router.started();
    const url = `http://127.0.0.1:${port}`;
    const { token } = leftIn(state_dir);
    const begun = await fetch(`${url}/v1/session`, { method: 'POST', headers: AUTHORIZATION });
    const cookie = begun.headers.get('Set-Cookie')!.split(';')[0]!.split('=')[1]!;
    const wrong = 'wrong-secret-0123456789';
    await fetch(`${url}/v1/whoami`, { headers: { Authorization: `Bearer ${wrong}` } });
    const body = JSON.stringify({ token, code: wrong });
    await fetch(`${url}/v1/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    });
    assert.deepEqual(await router.logged('admin-audit'), {
      who: 'ops',
      by: 'token',
      what: 'POST /v1/session',
      outcome: 'done',
      status: 200,
    });
    router.kill('SIGTERM');
    await router.exited;
    const said = router.stdout + router.stderr;
    for (const secret of [SECRET, token, cookie, wrong]) assert.ok(!said.includes(secret), secret);
    assert.ok(!existsSync(join(state_dir, 'admin.json')));
  });

  for (const [what, admin, sentence] of [
    [
      'others can reach and that has no tokens',
      { host: '0.0.0.0', port: 1 },
      /: cellgate\.admin\.tokens: needed where others can reach the port: host 0\.0\.0\.0 is not loopback$/,
    ],
    [
      'has no place for its socket',
      { socket: '/nowhere/admin.sock' },
      /^admin socket \/nowhere\/admin\.sock cannot be opened \(.*\): choose another with cellgate\.admin\.socket$/,
    ],
  ] as const) {
    test(`that ${what} ends the start with one sentence`, async (t) => {
      const router = CellgateProcess.router(t, { cellgate: { admin } });
      assert.deepEqual(await router.exited, [1, null]);
      assert.match(router.stderr, /^cellgate: [^\n]+\n$/);
      assert.match(router.stderr.slice('cellgate: '.length, -1), sentence);
    });
  }

  test('on a port in use ends the start with one sentence', async (t) => {
    const port = await freePort();
    const first = CellgateProcess.router(t, { cellgate: { admin: { port } } });
    await first.started();
    const second = CellgateProcess.router(t, { cellgate: { admin: { port } } });
    assert.deepEqual(await second.exited, [1, null]);
    assert.equal(
      second.stderr,
      `cellgate: admin port ${port} is in use (127.0.0.1:${port}): choose another with cellgate.admin.port\n`,
    );
  });
});

describe('the state folder', () => {
  test('is made for its owner alone, and has the address and a token of its own while the router runs', async (t) => {
    const [port, folder] = [await freePort(), join(temporaryDirectory(t), 'a/b')];
    const { router } = await TestRouter.start(t, { cellgate: { state_dir: folder, admin: { port } } });
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.equal(statSync(join(folder, 'admin.json')).mode & 0o777, 0o600);
    const { url, token } = leftIn(folder);
    assert.equal(url, `http://127.0.0.1:${port}`);
    const who = await fetch(`${url}/v1/whoami`, { headers: { Authorization: `Bearer ${token}` } });
    assert.deepEqual(await who.json(), { name: 'local', rights: ['read', 'operate', 'debug'], by: 'token' });
    await router.stop();
    assert.ok(!existsSync(join(folder, 'admin.json')));
  });

  test('keeps neither address nor socket of a router that a signal ends while it starts', async (t) => {
    const [port, folder] = [await freePort(), temporaryDirectory(t)];
    const router = CellgateProcess.router(t, {
      start_response_delay_interval: '60s',
      cellgate: { state_dir: folder, admin: { port, socket: join(folder, 'admin.sock') } },
    });
    await router.logged('admin-started');
    assert.deepEqual(addressesIn(folder), ['admin.json', 'admin.sock']);
    router.kill('SIGTERM');
    await router.exited;
    assert.deepEqual(addressesIn(folder), []);
  });

  test('has the address of the router that holds it, and of no other', async (t) => {
    const folder = temporaryDirectory(t);
    const start = async () =>
      (await TestRouter.start(t, { cellgate: { state_dir: folder, admin: { port: await freePort() } } }))
        .router;
    const first = await start();
    const left = leftIn(folder);
    const second = await start();
    await second.stop();
    assert.deepEqual(leftIn(folder), left);
    await first.stop();
    assert.ok(!existsSync(join(folder, 'admin.json')));
  });

  test('that cannot be used is said in the log, and the router runs without', async (t) => {
    const folder = temporaryDirectory(t);
    writeFileSync(join(folder, 'file'), '');
    mkdirSync(join(folder, 'open'));
    chmodSync(join(folder, 'open'), 0o777);
    for (const [name, error] of [
      ['file/below', /not a directory/],
      ['open', /everybody may write there/],
      ['no\0path', /without null bytes/],
    ] as const) {
      const port = await freePort();
      const state_dir = join(folder, name);
      const router = CellgateProcess.router(t, { cellgate: { state_dir, admin: { port } } });
      await router.started();
      const said = (await router.logged('state-folder-unusable')) as { folder: string; error: string };
      assert.equal(said.folder, state_dir);
      assert.match(said.error, error);
      assert.equal((await fetch(`http://127.0.0.1:${port}/v1/whoami`)).status, 401);
      assert.ok(!existsSync(join(state_dir, 'admin.json')));
    }
  });
});
