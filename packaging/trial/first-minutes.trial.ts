import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { skipFor } from '../../test/support/skip-for.ts';
import { ROOT } from '../places.ts';
import type { Release } from './bare-debian.ts';
import { NpmDebian, whyNoNpmDebian } from './npm-debian.ts';

/** What the README says to type, in its order. */
const [APT = '', START = '', TEST = ''] = readmeLines();
const SENTENCE = 'cellgate: its Node needs a library that this system lacks: apt-get install libatomic1';
const RUNNING = 'Cellgate is running, on this machine only.';
/**
 * Waits for the router that has been started before, asks it for something that nobody has, and hands on what it says on
 * the standard error, which may be later than the first answer: all ends with this.
 */
const ASK = String.raw`
started=$!
while kill -0 $started && ! { exec 3<>/dev/tcp/127.0.0.1/8081; } 2>/dev/null; do sleep 0.1; done
printf 'GET / HTTP/1.1\r\nHost: nobody.test\r\nConnection: close\r\n\r\n' >&3
cat <&3
while kill -0 $started && ! grep -q '${RUNNING}' /tmp/said; do sleep 0.1; done
cat /tmp/said >&2
`;

/** The lines of the blocks of the section on how to run it that are there to be typed. */
function readmeLines(): string[] {
  const [, section = ''] = readFileSync(join(ROOT, 'README.md'), 'utf8').split(/^## Run it$/m);
  return Array.from(section.matchAll(/^```\n((?:sudo apt-get|npm) [^\n]+)\n```$/gm), ([, line = '']) => line);
}

/** Blocks and lines of npm's, each without what is its own. */
function warningsOf(stderr: string): string[] {
  const kinds = stderr.split('\n').flatMap((line) => /^npm warn (\S+)/i.exec(line)?.[1] ?? []);
  return [...new Set(kinds)];
}

for (const [name, release] of [
  ['Debian 12', 'bookworm'],
  ['Debian 13', 'trixie'],
] as const) {
  await tryOn(name, release);
}

async function tryOn(name: string, release: Release): Promise<void> {
  const why = await whyNoNpmDebian(release);
  describe(`on a bare ${name} with its own Node and npm`, skipFor(why ?? false), () => {
    let debian: NpmDebian;
    beforeAll(() => {
      debian = new NpmDebian(release);
    });
    afterAll(() => debian.remove());

    test('all packages are installed with no warning but the one that the README explains', () => {
      const { status, stderr } = debian.inside('npm ci');
      assert.equal(status, 0, stderr);
      assert.deepEqual(
        warningsOf(stderr).filter((kind) => kind !== 'EBADENGINE'),
        [],
        stderr,
      );
    });

    test('what the system lacks is said in one sentence', async () => {
      for (const line of [START, TEST]) {
        const { status, stderr } = await debian.alone(line);
        assert.notEqual(status, 0);
        assert.equal(stderr.trimEnd().split('\n').at(-1), SENTENCE);
      }
    });

    test(`with "${APT}" the router is started and answers a request`, async () => {
      debian.install(APT.replace(/^sudo apt-get install /, '').split(' '));
      const { stdout, stderr } = await debian.alone(`(${START}) 2>/tmp/said & ${ASK}`);
      assert.match(stdout, /^HTTP\/1\.1 404 Not Found\r$/m, stderr);
      assert.match(stdout, /^X-Cf-Routererror: unknown_route\r$/im);
      assert.ok(stderr.split('\n').includes(`  ${RUNNING}`), stderr);
    });

    test('and no test fails', async (t) => {
      const { status, stdout, stderr } = await debian.alone(TEST);
      const [peers, totals] = stdout.trimEnd().split('\n').slice(-2);
      t.annotate(`${name}: ${peers}; ${totals}`);
      assert.match(totals!, /^[1-9]\d+ passed, 0 failed, \d+ skipped$/, `${stdout}${stderr}`);
      assert.match(peers!, /^real peers found: .*; missed: /);
      assert.equal(status, 0);
    });
  });
}
