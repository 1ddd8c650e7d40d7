import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { parseArguments } from '../../src/cli/arguments.ts';
import { parseConfig } from '../../src/config/read.ts';
import { temporaryDirectory } from '../support/cellgate-process.ts';
import { Authority } from '../support/certificates.ts';
import { GOROUTER_DEFAULTS } from '../support/gorouter-defaults.ts';

const FOLDER = new URL('../../deploy/bosh/', import.meta.url);

function shipped(path: string): string {
  return readFileSync(new URL(path, FOLDER), 'utf8');
}

/** The file with what BOSH would put in for its variables. */
function filledIn(): string {
  const authority = new Authority();
  const { cert, key } = authority.issue({ names: 'DNS:gorouter.service.cf.internal' });
  const values: Readonly<Record<string, string>> = {
    certificate: cert,
    private_key: key,
    ca: authority.cert,
  };
  const fill = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, fill(each)]));
    }
    const variable = typeof value === 'string' ? /^\(\((.+)\)\)$/.exec(value)?.[1] : undefined;
    return variable === undefined ? value : (values[variable.split('.')[1] ?? ''] ?? variable);
  };
  return stringify(fill(parse(shipped('gorouter.yml'))));
}

/** Keys of a part of all releases alone. */
const OF_SOME_RELEASES = [
  'healthcheck_poll_interval',
  'healthcheck_timeout',
  'domains',
  'hash_lookup_table_size',
  'max_header_bytes',
];

/** Runs a packaging script as BOSH does; `program` stands for the one file. */
function pack(t: TestContext, name: string, program: string) {
  const [sources, target] = [temporaryDirectory(t), temporaryDirectory(t)];
  mkdirSync(join(sources, 'cellgate'));
  writeFileSync(join(sources, 'cellgate/cellgate-linux-x64'), program);
  mkdirSync(join(sources, 'jq'));
  writeFileSync(join(sources, 'jq/jq'), '#!/bin/sh\n', { mode: 0o755 });
  spawnSync('tar', ['-czf', 'jq-1.8-linux-amd64.tgz', 'jq'], { cwd: join(sources, 'jq') });
  const { status, stderr } = spawnSync('bash', ['-c', shipped(`packages/${name}/packaging`)], {
    cwd: sources,
    env: { ...process.env, BOSH_INSTALL_TARGET: target },
    encoding: 'utf8',
  });
  return { status, stderr, bin: join(target, 'bin') };
}

const WORKS = '#!/bin/sh\necho "called as $(basename "$0")"\n';

describe('under BOSH', () => {
  test('the file of the job with every property set is taken, and nothing said of it', () => {
    const read = parseConfig(filledIn(), 'gorouter.yml');
    assert.ok(read.ok, JSON.stringify(read));
    assert.deepEqual(read.warnings, []);
  });

  test('that file has every key that all releases know', () => {
    const given = Object.keys(parse(shipped('gorouter.yml')));
    const missing = Object.keys(GOROUTER_DEFAULTS).filter((key) => !given.includes(key.split('.')[0]!));
    assert.deepEqual(missing, OF_SOME_RELEASES);
  });

  test('the package of gorouter has the one file under both names, and what scripts of the job call', (t) => {
    const { status, stderr, bin } = pack(t, 'gorouter', WORKS);
    assert.deepEqual([status, stderr], [0, '']);
    assert.equal(readlinkSync(join(bin, 'cf-tcp-router')), 'gorouter');
    for (const name of ['gorouter', 'cf-tcp-router', 'jq']) {
      assert.equal(spawnSync(join(bin, name)).status, 0, name);
    }
  });

  test('the package of the TCP router has it under that name', (t) => {
    const { status, bin } = pack(t, 'tcp_router', WORKS);
    assert.equal(status, 0);
    assert.equal(String(spawnSync(join(bin, 'cf-tcp-router')).stdout), 'called as cf-tcp-router\n');
  });

  test('a stemcell that lacks a library stops the compilation, and not a router', (t) => {
    for (const name of ['gorouter', 'tcp_router']) {
      const { status, stderr } = pack(t, name, '#!/bin/sh\necho libatomic.so.1 >&2\nexit 127\n');
      assert.equal(status, 1);
      assert.match(stderr, /libatomic\.so\.1\n.*the stemcell lacks a library/s);
    }
  });

  test('the script that starts the TCP router says nothing that the command does not take', () => {
    const script = shipped('jobs/tcp_router/templates/tcp_router_ctl.erb').replace(/<%= .* %>/, 'info');
    const [, line] = /^exec \S+ \\\n(.*)/ms.exec(script)!;
    const args = line!.split(/[\s\\]+/).filter((word) => word !== '');
    assert.equal(parseArguments(['tcp', ...args]).kind, 'tcp');
  });
});
