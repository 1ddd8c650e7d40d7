import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, type TestContext, test } from 'vitest';
import { findProgram } from '../../bench/find-program.ts';
import { parseArguments } from '../../src/cli/arguments.ts';
import { parseConfig } from '../../src/config/read.ts';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { unlessInstalled } from '../support/peer-program.ts';
import { skipFor } from '../support/skip-for.ts';

const FOLDER = new URL('../../deploy/systemd/', import.meta.url);
const LAUNCHER = fileURLToPath(new URL('../../bin/cellgate', import.meta.url));
const UNITS = ['cellgate.service', 'cellgate-agent.service'];
/** Of ten, in tenths of systemd's scale of how much a service could do to its machine. */
const MOST_EXPOSURE = 20;

function unit(name: string): string {
  return readFileSync(new URL(name, FOLDER), 'utf8');
}

function settingOf(text: string, key: string): string {
  return new RegExp(`^${key}=(.*)$`, 'm').exec(text)![1]!;
}

/** The unit for a machine that has the program where this checkout has it. */
function installed(t: TestContext, name: string): string {
  const path = join(temporaryDirectory(t), name);
  writeFileSync(path, unit(name).replaceAll('/usr/bin/cellgate', LAUNCHER));
  return path;
}

function analyze(...args: string[]) {
  const env = { ...process.env, SYSTEMD_COLORS: '0', SYSTEMD_PAGER: '' };
  return spawnSync(findProgram('systemd-analyze')!, args, { env, encoding: 'utf8' });
}

describe('the units for systemd', () => {
  for (const name of UNITS) {
    const skip = unlessInstalled('systemd-analyze');

    test(`${name} is such as systemd has nothing to say against`, skipFor(skip), (t) => {
      const { status, stderr } = analyze('verify', '--man=no', installed(t, name));
      assert.deepEqual([status, stderr], [0, '']);
    });

    test(`${name} leaves the service little that it could do to its machine`, skipFor(skip), (t) => {
      const threshold = `--threshold=${MOST_EXPOSURE}`;
      const { status, stdout } = analyze('security', '--offline=yes', threshold, installed(t, name));
      assert.equal(status, 0, stdout);
    });

    test(`${name} lets V8 write the code that it runs`, () => {
      assert.doesNotMatch(unit(name), /^MemoryDenyWriteExecute=/m);
    });
  }

  test('have command lines that mean something', () => {
    const kinds = UNITS.map((name) => {
      const [, ...args] = settingOf(unit(name), 'ExecStart').split(' ');
      return parseArguments(args).kind;
    });
    assert.deepEqual(kinds, ['run', 'agent']);
  });

  test('the router has as long to stop as its configuration says that a drain may take, and 10 s', () => {
    const read = parseConfig(readFileSync(new URL('../gorouter.yml', FOLDER), 'utf8'), 'gorouter.yml');
    assert.ok(read.ok);
    const { drain_wait, drain_timeout } = read.config;
    const text = unit('cellgate.service');
    assert.equal(settingOf(text, 'TimeoutStopSec'), String((drain_wait + drain_timeout) / 1000 + 10));
    assert.equal(settingOf(text, 'KillSignal'), 'SIGUSR1');
  });

  test('the agent drains its routes where it is stopped, and leaves them where it is started again', () => {
    const text = unit('cellgate-agent.service');
    assert.equal(settingOf(text, 'KillSignal'), 'SIGUSR1');
    assert.equal(settingOf(text, 'RestartKillSignal'), 'SIGUSR2');
  });
});
