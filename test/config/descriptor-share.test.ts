import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'vitest';

const MODULE = new URL('../../src/config/descriptor-share.ts', import.meta.url).href;
const SCRIPT = `import(${JSON.stringify(MODULE)}).then((m) => console.log(m.descriptorShare()))`;

/** What a process with this limit of open files makes of it. */
function shareOf(openFiles: number): number {
  const shell = `ulimit -n ${openFiles} && exec "$0" -e "$1"`;
  return Number(execFileSync('sh', ['-c', shell, process.execPath, SCRIPT], { encoding: 'utf8' }));
}

describe('client connections for which there are descriptors', () => {
  test('are half of what the process may open beyond a reserve', () => {
    assert.equal(shareOf(1000), 372);
    assert.equal(shareOf(1001), 372);
  });

  test('are never so few that nobody is served', () => assert.equal(shareOf(300), 64));
});
