import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, describe, type TestContext, test } from 'vitest';
import { findProgram } from '../../bench/find-program.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { makeExecutable } from '../../packaging/executable.ts';
import { licenceTexts } from '../../packaging/licences.ts';
import { VERSION } from '../../packaging/places.ts';
import type { Addresses } from '../../src/runtime/parts/addresses.ts';
import { Backend, ok } from '../support/backend.ts';
import { CellgateProcess, configFile, type Start, temporaryDirectory } from '../support/cellgate-process.ts';
import { Authority } from '../support/certificates.ts';
import { freePort } from '../support/free-port.ts';
import { samplesOf } from '../support/operator-page.ts';
import { ask, get, RawClient, statusOf } from '../support/raw-http.ts';
import { skipFor } from '../support/skip-for.ts';

/** An ordinary user without a home; its number is Debian's for `nobody`. */
const NOBODY = 65_534;
const IS_ROOT = process.getuid?.() === 0;
const NEEDS_ROOT = !IS_ROOT && 'only root can start a program as another user';

const folder = mkdtempSync(join(tmpdir(), 'cellgate-one-file-'));
afterAll(() => rmSync(folder, { recursive: true }));
// Others may look, and nobody but the owner may write.
chmodSync(folder, 0o755);
const program = join(folder, 'cellgate');
const { inputs } = await makeExecutable(program);

function run(args: readonly string[], name = program) {
  const { status, stdout, stderr } = spawnSync(name, args, { cwd: '/', env: {}, encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** Resolves with how it answers once it has the route. */
async function answerOf(port: number): Promise<string> {
  for (;;) {
    const answer = await ask(port, get('app.test'));
    if (statusOf(answer) === 200) return answer.body;
  }
}

/** Announces the route by the same file's own agent. */
async function register(t: TestContext, { bus }: Addresses, start: Start): Promise<void> {
  const app = await Backend.start(t, () => ok('from the one file'));
  const args = ['register', 'app.test', `127.0.0.1:${app.port}`, '--bus', `nats://127.0.0.1:${bus}`];
  await new CellgateProcess(t, args, '/', {}, start).until('heartbeat every');
}

describe('the one file', () => {
  test('says its version, explains its commands, and says what is wrong with a configuration', (t) => {
    assert.deepEqual(run(['--version']), { status: 0, stdout: `cellgate ${VERSION}\n`, stderr: '' });
    assert.match(run(['help', 'cutover']).stdout, /^Usage: cellgate cutover /);
    const good = run(['check', '-c', configFile(t, 'port: 8081\n'), '--file-only']);
    assert.deepEqual([good.status, good.stdout, good.stderr], [0, 'valid\n', '']);
    const bad = run(['check', '-c', configFile(t, 'port: http\n')]);
    assert.equal(bad.status, 1);
    assert.match(bad.stderr, /^cellgate: Error loading config: .*:1: port/);
  });

  test('is found by its name alone, where nobody says where the program is', skipFor(NEEDS_ROOT), (t) => {
    // A root without /proc, with the libraries that the program is linked against, and nothing else.
    const root = temporaryDirectory(t);
    const libraries = execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/\S+(?= \(0x)/g)!;
    for (const path of libraries) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      copyFileSync(path, join(root, path));
    }
    mkdirSync(join(root, 'bin'));
    linkSync(program, join(root, 'bin/cellgate'));
    const args = [root, 'cellgate', '--version'];
    const { stdout, stderr } = spawnSync(findProgram('chroot')!, args, {
      env: { PATH: '/bin' },
      encoding: 'utf8',
    });
    assert.deepEqual([stdout, stderr], [`cellgate ${VERSION}\n`, '']);
  });

  test('starts with the caches of V8 that are in it', () => {
    // V8 says so on the standard error where it cannot use one.
    assert.equal(run(['--version']).stderr, '');
  });

  test('serves on several threads, over TLS too, and drains', async (t) => {
    const authority = new Authority();
    const { cert, key } = authority.issue({ names: 'DNS:app.test' });
    const start = { program };
    const config = {
      enable_ssl: true,
      ssl_port: 0,
      tls_pem: [{ cert_chain: cert, private_key: key }],
      cipher_suites: 'ECDHE-ECDSA-AES128-GCM-SHA256',
      client_cert_validation: 'none',
      drain_wait: '0s',
    };
    const router = CellgateProcess.router(t, config, {}, start);
    const addresses = await router.started();
    await register(t, addresses, start);
    assert.equal(await answerOf(addresses.http), 'from the one file');

    const clients = await Promise.all(Array.from({ length: 4 }, () => RawClient.connect(addresses.http)));
    for (const client of clients) {
      t.onTestFinished(() => client.close());
      assert.equal(statusOf(await client.send(get('app.test')).response()), 200);
    }
    const spread = await samplesOf(addresses.health!, 'cellgate_thread_connections');
    assert.ok(spread.length === 2 && Math.min(...spread) > 0, `[${spread}]`);

    const secure = connect({
      port: addresses.https!,
      host: '127.0.0.1',
      ca: authority.cert,
      servername: 'app.test',
    });
    await once(secure, 'secureConnect');
    const client = new RawClient(secure);
    assert.equal((await client.send(get('app.test')).response()).body, 'from the one file');
    client.close();
    for (const each of clients) each.close();

    router.kill('SIGUSR1');
    assert.deepEqual(await router.exited, [0, null]);
    assert.equal(router.stderr, '');
  });

  test('has all that browsers load, the same as a checkout has', async (t) => {
    const pages = async (start?: Start): Promise<Map<string, string>> => {
      const port = await freePort();
      const router = CellgateProcess.router(t, { cellgate: { admin: { port } } }, {}, start);
      await router.started();
      const first = await (await fetch(`http://127.0.0.1:${port}/`)).text();
      const found = new Map([['/', first]]);
      for (const [, path = ''] of first.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
        const answer = await fetch(`http://127.0.0.1:${port}${path}`);
        assert.equal(answer.status, 200, path);
        found.set(path, await answer.text());
      }
      return found;
    };
    const packed = await pages({ program });
    assert.ok([...packed.keys()].some((path) => path.endsWith('.js')));
    assert.deepEqual(packed, await pages());
  });

  test('passes on the licence of whatever is inside of it', () => {
    const texts = licenceTexts(inputs);
    for (const name of Object.keys(packageJson.dependencies)) {
      assert.match(texts, new RegExp(`^${name} \\d.* \\(.*\\)$`, 'm'), name);
    }
  });

  test('is one program under the names of those whose place it takes', () => {
    symlinkSync('cellgate', join(folder, 'gorouter'));
    linkSync(program, join(folder, 'cf-tcp-router'));
    assert.deepEqual(run(['--version'], join(folder, 'gorouter')).stdout, `cellgate ${VERSION}\n`);
    assert.match(run(['-h'], join(folder, 'cf-tcp-router')).stdout, /^Usage: cellgate tcp /);
    const missing = run(
      ['-config', '/no/such.yml', '-tcpLoadBalancer', 'haproxy'],
      join(folder, 'cf-tcp-router'),
    );
    assert.equal(missing.status, 1);
    assert.match(missing.stderr, /\/no\/such\.yml: cannot be read/);
  });

  test(
    'serves from a folder it cannot write to, for a user without a home',
    skipFor(NEEDS_ROOT),
    async (t) => {
      const start = { program, uid: NOBODY, gid: NOBODY };
      const router = CellgateProcess.router(t, {}, { HOME: undefined, PATH: undefined }, start);
      const addresses = await router.started();
      await register(t, addresses, start);
      assert.equal(await answerOf(addresses.http), 'from the one file');
      router.kill('SIGTERM');
      assert.deepEqual(await router.exited, [0, null]);
      assert.equal(router.stderr, '');
    },
  );

  test(
    'opens port 80 for an ordinary user when the file has the right to',
    skipFor(NEEDS_ROOT),
    async (t) => {
      const lowest = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
      if (lowest <= 80) return t.skip('every user may open port 80 on this machine');
      const setcap = findProgram('setcap');
      if (setcap === undefined) return t.skip('setcap is not installed');
      const able = join(temporaryDirectory(t), 'cellgate');
      execFileSync('cp', [program, able]);
      chmodSync(join(able, '..'), 0o755);
      if (spawnSync(setcap, ['cap_net_bind_service=+ep', able]).status !== 0) {
        return t.skip('files cannot be given capabilities here');
      }
      const user = { uid: NOBODY, gid: NOBODY };
      const refused = CellgateProcess.router(t, { port: 80 }, {}, { program, ...user });
      assert.deepEqual(await refused.exited, [1, null]);
      assert.match(refused.stderr, /port 80 /);
      const router = CellgateProcess.router(t, { port: 80 }, {}, { program: able, ...user });
      const started = await Promise.race([router.started(), router.exited]);
      if (router.stderr.includes('in use')) return t.skip('another program has port 80');
      assert.equal((started as Addresses).http, 80);
      assert.equal(statusOf(await ask(80, get('nobody.test'))), 404);
    },
  );
});
