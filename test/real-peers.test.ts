import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, test } from 'vitest';
import { REAL_PEERS, realPeersLine } from './support/real-peers.ts';

const NAMES = REAL_PEERS.flatMap(({ programs }) => programs);

describe('real peers are told in one line', () => {
  test('those that are here', () => {
    assert.match(
      realPeersLine(() => true),
      /^real peers found: nats-server, haproxy, .*; missed: none$/,
    );
  });

  test('those that are not, each package once', () => {
    const line = realPeersLine((program) => program !== 'h2load' && program !== 'nghttp');
    assert.match(line, /; missed: h2load, nghttp \(apt-get install nghttp2-client\)$/);
    assert.match(
      realPeersLine(() => false),
      /^real peers found: none; missed: nats-server, /,
    );
  });

  test('one that has several names, by any of them', () => {
    assert.match(
      realPeersLine((program) => program === 'google-chrome'),
      /^real peers found: chromium; /,
    );
  });
});

describe('among them is all', () => {
  test('that continuous integration installs', () => {
    const [, table = ''] = /declare -A peers=\((.*)\)/.exec(read('../.ci/run'))!;
    const installed = [...table.matchAll(/\[([\w-]+)\]=([\w-]+)/g)];
    assert.ok(installed.length > 10);
    const known = new Map(
      REAL_PEERS.flatMap(({ programs, debian }) => programs.map((name) => [name, debian] as const)),
    );
    for (const [, program = '', debian] of installed) assert.equal(known.get(program), debian, program);
  });

  test('without which a test skips', () => {
    /** On every Debian, or of Node. */
    const always = ['perl', 'npm', 'script', 'systemd-notify'];
    for (const file of globSync('**/*.ts', { cwd: import.meta.dirname })) {
      for (const [, program = ''] of read(file).matchAll(/\bunlessInstalled\('([^']+)'\)/g)) {
        assert.ok([...NAMES, ...always].includes(program), `${program} in ${file}`);
      }
    }
  });
});

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}
