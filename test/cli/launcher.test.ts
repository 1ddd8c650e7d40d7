import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type TestContext, test } from 'vitest';

const LAUNCHER = fileURLToPath(new URL('../../bin/cellgate', import.meta.url));
const SCRIPT_SHELL = fileURLToPath(new URL('../../bin/script-shell', import.meta.url));
/** A Node on a system without a library that it is linked against. */
const LACKING =
  '#!/bin/sh\necho "$0: error while loading shared libraries: libatomic.so.1: cannot open shared object file" >&2\nexit 127\n';
const LACKS_LIBATOMIC =
  'cellgate: its Node needs a library that this system lacks: apt-get install libatomic1\n';
const SHELLS = ['sh', 'dash'].filter((shell) => spawnSync(shell, ['-c', ':']).status === 0);

interface Installation {
  /** Root of a package that prints its process id and arguments. */
  readonly root: string;
  readonly launcher: string;
  /** A directory for PATH, with the tools the launcher needs and no Node. */
  readonly tools: string;
}

function install(t: TestContext): Installation {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'cellgate launcher ')));
  t.onTestFinished(() => rmSync(directory, { recursive: true }));
  const root = join(directory, 'the package');
  for (const path of ['bin', 'src', 'node_modules/zod']) mkdirSync(join(root, path), { recursive: true });
  const launcher = join(root, 'bin/cellgate');
  copyFileSync(LAUNCHER, launcher);
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  writeFileSync(
    join(root, 'src/main.ts'),
    'console.log(JSON.stringify([process.pid, ...process.argv.slice(2)]));',
  );
  const tools = join(directory, 'tools');
  mkdirSync(tools);
  for (const tool of ['dirname', 'readlink', 'uname', ...SHELLS]) {
    symlinkSync(
      spawnSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).stdout.trim(),
      join(tools, tool),
    );
  }
  return { root, launcher, tools };
}

function pin(root: string): void {
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
  symlinkSync(process.execPath, join(root, 'node_modules/.bin/node'));
}

function fakeNode(path: string, version: string): void {
  writeFileSync(path, `#!/bin/sh\necho ${version}\n`);
  chmodSync(path, 0o755);
}

function start(
  { tools }: Installation,
  command: string,
  args: string[],
  cwd = '/',
  shell?: string,
  env: Readonly<Record<string, string>> = {},
) {
  const [file, argv] = shell === undefined ? [command, args] : [shell, [command, ...args]];
  const { pid, stdout, stderr, status } = spawnSync(file, argv, {
    cwd,
    env: { PATH: tools, ...env },
    encoding: 'utf8',
  });
  return { pid, stdout, stderr, status };
}

for (const shell of SHELLS) {
  test(`under ${shell}: starts the pinned Node in its own place, arguments as given`, (t) => {
    const installation = install(t);
    pin(installation.root);
    const { pid, stdout, stderr } = start(
      installation,
      installation.launcher,
      ['-c', 'a b', '', '$x'],
      '/',
      shell,
    );
    assert.equal(stderr, '');
    assert.deepEqual(JSON.parse(stdout), [pid, '-c', 'a b', '', '$x']);
  });
}

test('finds its package through chained symbolic links, absolute and relative, and from any directory', (t) => {
  const installation = install(t);
  const { root, launcher, tools } = installation;
  pin(root);
  const absolute = join(root, 'absolute link');
  symlinkSync(launcher, absolute);
  mkdirSync(join(root, 'deep/er'), { recursive: true });
  symlinkSync(relative(join(root, 'deep/er'), absolute), join(root, 'deep/er/cellgate'));
  symlinkSync(join(root, 'bin'), join(root, 'deep/linked bin'));
  symlinkSync(join(root, 'deep/er/cellgate'), join(tools, 'cellgate'));

  const ways: [string, string][] = [
    [absolute, '/'],
    ['./cellgate', join(root, 'deep/er')],
    ['bin/cellgate', root],
    ['../bin/cellgate', join(root, 'src')],
    [join(root, 'deep/linked bin/cellgate'), '/'],
    ['cellgate', '/'],
  ];
  for (const [command, cwd] of ways) {
    const { stdout, stderr } = start(installation, command, ['x'], cwd);
    assert.equal(stderr, '', command);
    assert.equal(JSON.parse(stdout)[1], 'x', command);
  }
});

test('finds the pinned Node beside the package where it was hoisted', (t) => {
  const installation = install(t);
  const bin = join(installation.root, `../node-linux-${arch()}/bin`);
  mkdirSync(bin, { recursive: true });
  symlinkSync(process.execPath, join(bin, 'node'));
  assert.equal(JSON.parse(start(installation, installation.launcher, ['x']).stdout)[1], 'x');
});

test("takes the system's Node when that is new enough", (t) => {
  const installation = install(t);
  symlinkSync(process.execPath, join(installation.tools, 'node'));
  assert.equal(JSON.parse(start(installation, installation.launcher, ['x']).stdout)[1], 'x');
});

test('passes over a pinned Node that does not run here', (t) => {
  const installation = install(t);
  mkdirSync(join(installation.root, 'node_modules/.bin'));
  writeFileSync(join(installation.root, 'node_modules/.bin/node'), 'not for this machine', { mode: 0o755 });
  symlinkSync(process.execPath, join(installation.tools, 'node'));
  assert.equal(JSON.parse(start(installation, installation.launcher, ['x']).stdout)[1], 'x');
});

test('without a Node that is new enough it says in one sentence what to do', (t) => {
  const installation = install(t);
  const sentence = (found: string) =>
    `cellgate: needs Node 26.6 or newer, found ${found}; run "npm ci" in ${installation.root}\n`;
  assert.deepEqual(outcome(start(installation, installation.launcher, [])), [1, '', sentence('none')]);
  for (const version of ['v20.19.2', 'v26.5.0', 'v25.9.9']) {
    fakeNode(join(installation.tools, 'node'), version);
    assert.deepEqual(outcome(start(installation, installation.launcher, [])), [
      1,
      '',
      sentence(version.slice(1)),
    ]);
  }
});

test('where the pinned Node lacks a library it says in one sentence what brings it', (t) => {
  const installation = install(t);
  mkdirSync(join(installation.root, 'node_modules/.bin'), { recursive: true });
  writeFileSync(join(installation.root, 'node_modules/.bin/node'), LACKING, { mode: 0o755 });
  fakeNode(join(installation.tools, 'node'), 'v20.19.2');
  assert.deepEqual(outcome(start(installation, installation.launcher, [])), [1, '', LACKS_LIBATOMIC]);
});

test('without its packages it says in one sentence what to do', (t) => {
  const installation = install(t);
  pin(installation.root);
  rmSync(join(installation.root, 'node_modules/zod'), { recursive: true });
  assert.deepEqual(outcome(start(installation, installation.launcher, [])), [
    1,
    '',
    `cellgate: its packages are missing; run "npm ci" in ${installation.root}\n`,
  ]);
});

test("npm's scripts run with the Node among the packages, in a shell that says what that lacks", (t) => {
  const { root, tools } = install(t);
  const shell = join(root, 'bin/script-shell');
  copyFileSync(SCRIPT_SHELL, shell);
  fakeNode(join(tools, 'node'), 'v20.19.2');
  const run = () => spawnSync(shell, ['-c', 'node --version'], { env: { PATH: tools }, encoding: 'utf8' });
  assert.deepEqual(outcome(run()), [0, 'v20.19.2\n', '']);
  const pinned = join(root, `node_modules/node-linux-${arch()}/bin`);
  mkdirSync(pinned, { recursive: true });
  fakeNode(join(pinned, 'node'), 'v26.10.0');
  assert.deepEqual(outcome(run()), [0, 'v26.10.0\n', '']);
  writeFileSync(join(pinned, 'node'), LACKING, { mode: 0o755 });
  assert.deepEqual(outcome(run()), [1, '', LACKS_LIBATOMIC]);
});

test('compiled code is kept beside the program, or where the operator says, or nowhere', (t) => {
  const installation = install(t);
  const { root, launcher } = installation;
  pin(root);
  const elsewhere = join(root, '../elsewhere');
  const nowhere = join(root, 'package.json/no folder');
  for (const [env, folder] of [
    [{}, join(root, '.cache')],
    [{ NODE_COMPILE_CACHE: elsewhere }, elsewhere],
    [{ NODE_COMPILE_CACHE: nowhere }, null],
    [{ NODE_DISABLE_COMPILE_CACHE: '1' }, null],
  ] as const) {
    rmSync(join(root, '.cache'), { recursive: true, force: true });
    for (const _start of ['first', 'second']) {
      const { stdout, stderr } = start(installation, launcher, ['x'], '/', undefined, env);
      assert.equal(stderr, '');
      assert.equal(JSON.parse(stdout)[1], 'x');
    }
    const kept = [join(root, '.cache'), elsewhere].filter((each) => existsSync(each));
    assert.deepEqual(kept, folder === null ? [] : [folder]);
    rmSync(elsewhere, { recursive: true, force: true });
  }
});

function outcome({ status, stdout, stderr }: Omit<ReturnType<typeof start>, 'pid'>) {
  return [status, stdout, stderr];
}
