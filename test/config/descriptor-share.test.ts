import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { descriptorShare, listeningSockets } from '../../src/config/descriptor-share.ts';

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

test('clients, their backends and the listeners of all threads have room beside a reserve, whatever the limit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 512, max: 1 << 20 }), fc.integer({ min: 1, max: 64 }), (limit, threads) => {
      const sockets = listeningSockets(threads, limit);
      assert.ok(sockets >= 1 && sockets <= 32);
      // With more threads than a small limit has room for, each listens once on each port.
      const listeners = sockets === 1 ? 0 : 2 * threads * sockets;
      assert.ok(2 * descriptorShare(limit) + listeners + 192 <= limit, `${sockets}`);
    }),
  );
});

test('a thread listens on fewer sockets where descriptors are short', () => {
  const cases = [
    [1, 1 << 20],
    [4, 16_384],
    [4, 1024],
    [6, 256],
    [64, 1024],
  ] as const;
  assert.deepEqual(
    cases.map(([threads, limit]) => listeningSockets(threads, limit)),
    [32, 32, 8, 5, 1],
  );
});
