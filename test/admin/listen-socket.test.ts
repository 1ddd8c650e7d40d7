import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'vitest';
import { createAdminServer } from '../../src/admin/admin-server.ts';
import { ok } from '../../src/admin/answer.ts';
import { AdminApi } from '../../src/admin/api.ts';
import { Gate } from '../../src/admin/gate.ts';
import { listenOnSocket, type SocketListener } from '../../src/admin/listen-socket.ts';
import { OneTimeCodes } from '../../src/admin/one-time-codes.ts';
import { sessionRoutes } from '../../src/admin/session-routes.ts';
import { Sessions } from '../../src/admin/sessions.ts';
import { Tokens } from '../../src/admin/tokens.ts';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { LogLines } from '../support/registry-fixture.ts';

async function listen(t: TestContext, path: string, log = new LogLines()): Promise<SocketListener> {
  const [tokens, sessions] = [new Tokens([]), new Sessions(() => 0)];
  const gate = new Gate({ door: 'socket', tokens, sessions, cookie: null, isOwnHost: () => false });
  const api = new AdminApi();
  const codes = new OneTimeCodes(() => 0);
  api.add(...sessionRoutes({ codes, tokens, sessions, cookie: null }), {
    method: 'PUT',
    path: '/v1/thing',
    right: 'debug',
    handler: () => ok({}),
  });
  const listener = await listenOnSocket(createAdminServer({ api, gate, log, tls: null }), path, 'key');
  t.onTestFinished(() => listener.close());
  return listener;
}

function ask(socketPath: string, method: string, path: string, headers = {}): Promise<[number, string]> {
  const { promise, resolve, reject } = Promise.withResolvers<[number, string]>();
  const asking = request({ socketPath, method, path, headers, agent: false }, async (response) => {
    let body = '';
    for await (const piece of response) body += piece;
    resolve([response.statusCode!, body]);
  });
  asking.on('error', reject);
  asking.end();
  return promise;
}

/** Left by a process that was killed. */
async function leaveStale(path: string): Promise<void> {
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('there'))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'close');
  assert.ok(existsSync(path));
}

test('the socket is for its owner alone, who needs no token and may do everything', async (t) => {
  const path = join(temporaryDirectory(t), 'admin.sock');
  const log = new LogLines();
  const umask = process.umask();
  await listen(t, path, log);
  assert.equal(process.umask(), umask);
  const { mode } = statSync(path);
  assert.equal(mode & 0o777, 0o600);
  const [status, body] = await ask(path, 'GET', '/v1/whoami');
  assert.equal(status, 200);
  assert.deepEqual(JSON.parse(body), { name: 'socket', rights: ['read', 'operate', 'debug'], by: 'socket' });
  assert.equal((await ask(path, 'PUT', '/v1/thing'))[0], 200);
  assert.deepEqual(log.lines, [
    {
      level: 'info',
      message: 'admin-audit',
      data: { who: 'socket', by: 'socket', what: 'PUT /v1/thing', outcome: 'done', status: 200 },
    },
  ]);
  assert.equal((await ask(path, 'GET', '/v1/whoami', { Origin: 'http://localhost' }))[0], 403);
  assert.equal((await ask(path, 'POST', '/v1/session'))[0], 403);
});

test('the file is gone once it is closed', async (t) => {
  const path = join(temporaryDirectory(t), 'admin.sock');
  const listener = await listen(t, path);
  await listener.close();
  assert.ok(!existsSync(path));
});

test('a socket that nobody answers on makes room', async (t) => {
  const path = join(temporaryDirectory(t), 'admin.sock');
  await leaveStale(path);
  await listen(t, path);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal((await ask(path, 'GET', '/v1/whoami'))[0], 200);
});

test('one that somebody answers on does not, nor does what is no socket', async (t) => {
  const folder = temporaryDirectory(t);
  const path = join(folder, 'admin.sock');
  await listen(t, path);
  await assert.rejects(listen(t, path), {
    name: 'ListenError',
    message: `admin socket ${path} is in use: choose another with key`,
  });
  assert.equal((await ask(path, 'GET', '/v1/whoami'))[0], 200);
  const file = join(folder, 'file');
  writeFileSync(file, 'kept');
  await assert.rejects(listen(t, file), {
    name: 'ListenError',
    message: `admin socket ${file} is a file that is no socket: choose another with key`,
  });
  assert.equal(statSync(file).size, 4);
});

test('what another router has put in its place since is not taken away, nor is anything left beside it', async (t) => {
  const folder = temporaryDirectory(t);
  const path = join(folder, 'admin.sock');
  const first = await listen(t, path);
  rmSync(path);
  await listen(t, path);
  await first.close();
  assert.equal((await ask(path, 'GET', '/v1/whoami'))[0], 200);
  assert.deepEqual(readdirSync(folder), ['admin.sock']);
});

test('of two that find one left behind at the same moment one has it, whichever ends', async (t) => {
  const path = join(temporaryDirectory(t), 'admin.sock');
  await leaveStale(path);
  const [first, second] = await Promise.all([listen(t, path), listen(t, path)]);
  await first.close();
  assert.equal((await ask(path, 'GET', '/v1/whoami'))[0], 200);
  await second.close();
  assert.ok(!existsSync(path));
});

test('one that cannot be made is one sentence with the cause', async (t) => {
  const folder = temporaryDirectory(t);
  writeFileSync(join(folder, 'file'), '');
  for (const name of ['missing/admin.sock', 'file/admin.sock', 'x'.repeat(300), 'x'.repeat(100), 'a\0b']) {
    await assert.rejects(listen(t, join(folder, name)), {
      name: 'ListenError',
      message:
        /^admin socket [^\n]* (?:cannot be opened \(.+\)|has too long a path): choose another with key$/,
    });
  }
  assert.deepEqual(readdirSync(folder), ['file']);
});

test('the longest path that a client can name is taken, and none that is longer', async (t) => {
  const folder = temporaryDirectory(t);
  const path = join(folder, 'x'.repeat(107 - Buffer.byteLength(`${folder}/`)));
  await listen(t, path);
  assert.equal((await ask(path, 'GET', '/v1/whoami'))[0], 200);
  await assert.rejects(listen(t, `${path}x`), /has too long a path/);
});
