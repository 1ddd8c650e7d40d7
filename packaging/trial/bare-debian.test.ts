import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, type TestContext, test } from 'vitest';
import { findProgram } from '../../bench/find-program.ts';
import { Backend, ok } from '../../test/support/backend.ts';
import { CellgateProcess, type Start } from '../../test/support/cellgate-process.ts';
import { ask, get, statusOf } from '../../test/support/raw-http.ts';
import { LOCAL } from '../../test/support/router.ts';
import { skipFor } from '../../test/support/skip-for.ts';
import { debianPackageName } from '../debian-package.ts';
import { DIST, PACKAGE_NAME, VERSION } from '../places.ts';
import { unpackDebian, whyNoDebian } from './bare-debian.ts';

const CONFIG = JSON.stringify({ ...LOCAL, logging: { level: 'info' } });
const ARCHIVE = `${PACKAGE_NAME}.tar.gz`;
const CHROOT = findProgram('chroot')!;

const why = whyNoDebian();
const root = why === null ? unpackDebian() : '';
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Runs a command in the bare Debian, as its root. */
function inside(...command: string[]) {
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive' };
  const { status, stdout, stderr } = spawnSync(CHROOT, [root, ...command], { env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

function bring(name: string): void {
  copyFileSync(join(DIST, name), join(root, 'tmp', name));
}

/** A program in the bare Debian, started by its ordinary user. */
function start(t: TestContext, program: string, ...args: string[]): CellgateProcess {
  const start: Start = { program: CHROOT };
  const command = ['--userspec=cellgate:cellgate', root, program, ...args];
  return new CellgateProcess(t, command, '/', { HOME: undefined, NODE_EXTRA_CA_CERTS: undefined }, start);
}

async function serves(t: TestContext, program: string): Promise<void> {
  const app = await Backend.start(t, () => ok('from a bare Debian'));
  writeFileSync(join(root, 'etc/trial.yml'), CONFIG);
  const router = start(t, program, '-c', '/etc/trial.yml');
  const { http, bus } = await router.started();
  const agent = ['register', 'app.test', `127.0.0.1:${app.port}`, '--bus', `nats://127.0.0.1:${bus}`];
  await start(t, program, ...agent).until('heartbeat every');
  let answer = await ask(http, get('app.test'));
  while (statusOf(answer) !== 200) answer = await ask(http, get('app.test'));
  assert.equal(answer.body, 'from a bare Debian');
  router.kill('SIGTERM');
  assert.deepEqual(await router.exited, [0, null]);
  assert.equal(router.stderr, '');
}

describe('on a bare Debian', skipFor(why ?? false), () => {
  test('there is no Node', () => {
    assert.notEqual(inside('sh', '-c', 'command -v node || command -v nodejs').status, 0);
  });

  test('the package is installed, and its user is the only one beside root who reads the configuration', () => {
    bring(debianPackageName());
    const { status, stderr } = inside('dpkg', '-i', `/tmp/${debianPackageName()}`);
    assert.deepEqual([status, stderr], [0, '']);
    const { mode, uid, gid } = statSync(join(root, 'etc/cellgate/gorouter.yml'));
    const group = inside('getent', 'group', 'cellgate').stdout.split(':')[2];
    assert.deepEqual([mode & 0o777, uid, gid], [0o640, 0, Number(group)]);
    const files = inside('dpkg', '-L', 'cellgate').stdout.split('\n');
    for (const path of [
      '/usr/lib/systemd/system/cellgate.service',
      '/usr/lib/systemd/system/cellgate-agent.service',
      '/usr/share/man/man1/cellgate.1',
      '/usr/share/bash-completion/completions/cellgate',
      '/usr/share/zsh/vendor-completions/_cellgate',
      '/usr/share/fish/vendor_completions.d/cellgate.fish',
      '/usr/share/doc/cellgate/examples/gorouter.yml',
      '/usr/share/doc/cellgate/examples/prometheus/alerts.yml',
      '/usr/share/doc/cellgate/examples/grafana/cellgate.json',
      '/usr/share/doc/cellgate/docs/operations.md',
    ]) {
      assert.ok(files.includes(path), path);
    }
    const licences = readFileSync(join(root, 'usr/share/doc/cellgate/LICENSES-OF-PARTS.txt'), 'utf8');
    for (const part of ['Node.js 26', 'undici ', 'zod ', 'OpenSSL']) assert.ok(licences.includes(part), part);
  });

  test('the program serves a request for its ordinary user, who has no home', (t) =>
    serves(t, '/usr/bin/cellgate'));

  test('the example configuration is one that the program takes', () => {
    const { status } = inside('cellgate', 'check', '--file-only', '/etc/cellgate/gorouter.yml');
    assert.equal(status, 0);
  });

  test('what Node needs of the system cannot be taken away from under it', () => {
    const { status, stderr } = inside('dpkg', '--remove', 'libatomic1');
    assert.notEqual(status, 0);
    assert.match(stderr, /cellgate depends on libatomic1/);
  });

  test('a configuration that was changed outlives an upgrade', () => {
    const path = join(root, 'etc/cellgate/gorouter.yml');
    writeFileSync(path, 'port: 8091\n');
    assert.equal(inside('dpkg', '--force-confold', '-i', `/tmp/${debianPackageName()}`).status, 0);
    assert.equal(readFileSync(path, 'utf8'), 'port: 8091\n');
    assert.equal(statSync(path).mode & 0o777, 0o640);
  });

  test('a configuration that was removed stays so at an upgrade, which goes on', () => {
    rmSync(join(root, 'etc/cellgate/gorouter.yml'));
    const { status, stderr } = inside('dpkg', '-i', `/tmp/${debianPackageName()}`);
    assert.deepEqual([status, stderr], [0, '']);
    assert.ok(!existsSync(join(root, 'etc/cellgate/gorouter.yml')));
  });

  test('the archive is unpacked below /usr/local, and the program in it serves a request', async (t) => {
    assert.equal(inside('dpkg', '--purge', 'cellgate').status, 0);
    assert.ok(!existsSync(join(root, 'usr/bin/cellgate')) && !existsSync(join(root, 'etc/cellgate')));
    bring(ARCHIVE);
    const unpack = ['tar', '-xzf', `/tmp/${ARCHIVE}`, '-C', '/usr/local', '--strip-components=1'];
    assert.deepEqual(inside(...unpack), { status: 0, stdout: '', stderr: '' });
    assert.equal(inside('/usr/local/bin/cellgate', '--version').stdout, `cellgate ${VERSION}\n`);
    await serves(t, '/usr/local/bin/cellgate');
  });
});
