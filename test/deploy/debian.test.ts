import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'vitest';
import { temporaryDirectory } from '../support/cellgate-process.ts';

const SCRIPT = readFileSync(new URL('../../deploy/debian/postinst', import.meta.url), 'utf8');
const CONFIGURATION = '/etc/cellgate/gorouter.yml';
const PROGRAMS = ['getent', 'useradd', 'chown', 'chmod', 'systemctl'];

/** Runs it with programs that only write down how they were called. @param owner as stat says; null: there is no file */
function configure(t: TestContext, owner: string | null) {
  const folder = temporaryDirectory(t);
  const [file, calls] = [join(folder, 'gorouter.yml'), join(folder, 'calls')];
  for (const name of PROGRAMS) {
    writeFileSync(join(folder, name), `#!/bin/sh\necho ${name} "$@" >> '${calls}'\n`, { mode: 0o755 });
  }
  writeFileSync(join(folder, 'stat'), `#!/bin/sh\necho '${owner}'\n`, { mode: 0o755 });
  if (owner !== null) writeFileSync(file, 'port: 8091\n');
  const text = SCRIPT.replaceAll(CONFIGURATION, file);
  const env = { PATH: `${folder}:/usr/bin:/bin` };
  const { status, stderr } = spawnSync('sh', ['-c', text, 'postinst', 'configure'], {
    env,
    encoding: 'utf8',
  });
  assert.deepEqual([status, stderr], [0, '']);
  const lines = existsSync(calls) ? readFileSync(calls, 'utf8').replaceAll(file, CONFIGURATION) : '';
  return lines.split('\n').filter((line) => /^ch(own|mod) /.test(line));
}

describe('the script that a package for Debian runs when it is installed', () => {
  test('lets the router read the configuration that came with it, and nobody else', (t) => {
    assert.deepEqual(configure(t, 'root:root:600'), [
      `chown root:cellgate ${CONFIGURATION}`,
      `chmod 0640 ${CONFIGURATION}`,
    ]);
  });

  test('leaves the rights that an operator has given', (t) => {
    assert.deepEqual(configure(t, 'root:secrets:440'), []);
  });

  test('goes on where an operator has removed the configuration', (t) => {
    assert.deepEqual(configure(t, null), []);
  });
});
