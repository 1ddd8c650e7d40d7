import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { parseTable } from '../../src/cli/table-arguments.ts';

const ENV = {
  CELLGATE_ADMIN: 'http://127.0.0.1:8083',
  CELLGATE_TOKEN: 'secret',
  CELLGATE_STATE_DIR: '/nowhere',
};
const ADDRESS = { kind: 'url', url: 'http://127.0.0.1:8083', token: 'secret' };

function parse(...argv: string[]): unknown {
  return parseTable(argv, ENV);
}

function faultOf(...argv: string[]): unknown {
  const parsed = parseTable(argv, ENV);
  assert.ok(parsed.kind === 'usage-error', argv.join(' '));
  assert.equal(parsed.exitCode, 64);
  return parsed.message;
}

describe('cellgate table', () => {
  test('exports from a router or a file, to the standard output or a file', () => {
    assert.deepEqual(parse('export'), {
      kind: 'table-export',
      from: { kind: 'live', address: ADDRESS },
      output: null,
    });
    assert.deepEqual(parse('export', '--file', 'a', '-o', 'b'), {
      kind: 'table-export',
      from: { kind: 'file', path: 'a' },
      output: 'b',
    });
  });

  test('imports a file for a time', () => {
    const command = { kind: 'table-import', file: 'a', address: ADDRESS };
    assert.deepEqual(parse('import', 'a', '--ttl', '1h30m'), { ...command, ttlSeconds: 5400, dryRun: false });
    assert.deepEqual(parse('import', '--ttl=1ms', '--dry-run', 'a'), {
      ...command,
      ttlSeconds: 1,
      dryRun: true,
    });
    assert.deepEqual(parse('import', '--ttl', '168h', 'a'), {
      ...command,
      ttlSeconds: 604_800,
      dryRun: false,
    });
  });

  test('compares files and what is live', () => {
    assert.deepEqual(parse('diff', 'a', 'live', '--json'), {
      kind: 'table-diff',
      old: { kind: 'file', path: 'a' },
      new: { kind: 'live', address: ADDRESS },
      json: true,
    });
  });

  test('says what is wrong with any other command line', () => {
    assert.equal(faultOf(), '"table" needs export, import or diff');
    assert.equal(faultOf('exprt'), 'unknown action "exprt" (did you mean "export"?)');
    assert.equal(faultOf('export', 'a'), 'unexpected argument "a"');
    assert.equal(faultOf('export', '--ttl', '1h'), '"table export" has no option "--ttl"');
    assert.equal(faultOf('import', '--ttl', '1h'), '"table import" needs a FILE');
    assert.equal(faultOf('import', 'a', 'b', '--ttl', '1h'), 'unexpected argument "b"');
    assert.equal(faultOf('import', 'a'), '"table import" needs --ttl DURATION, after which the routes go');
    for (const ttl of ['0', '169h', 'soon', '10']) {
      assert.match(String(faultOf('import', 'a', '--ttl', ttl)), /^option "--ttl" needs a duration/, ttl);
    }
    assert.equal(faultOf('diff', 'a'), '"table diff" needs OLD and NEW, each a file or "live"');
    assert.equal(faultOf('diff', 'a', 'b', 'c'), 'unexpected argument "c"');
    assert.equal(faultOf('diff', 'a', 'b', '--dry-run'), '"table diff" has no option "--dry-run"');
  });
});
