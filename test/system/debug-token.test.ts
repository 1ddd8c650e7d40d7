import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'vitest';
import { parseConfig } from '../../src/config/read.ts';
import { Backend, ok } from '../support/backend.ts';
import { CellgateProcess, temporaryDirectory } from '../support/cellgate-process.ts';
import { ask, get, valuesOf } from '../support/raw-http.ts';
import { TestRouter } from '../support/router.ts';

const KEY = 'a key of the operator, 32 bytes or more';

async function fixture(t: TestContext, more: object = {}) {
  const socket = join(temporaryDirectory(t), 'admin.sock');
  const router = await TestRouter.start(t, { cellgate: { admin: { socket }, ...more } });
  const command = async (...args: string[]) => {
    const process = new CellgateProcess(t, [...args, '--admin', `unix:${socket}`]);
    const [code] = await process.exited;
    return { code, stdout: process.stdout, stderr: process.stderr };
  };
  return { router, command };
}

describe('2.3 cellgate debug-token', () => {
  test('prints a token by which a response says how it came about, and explain --id knows it', async (t) => {
    const { router, command } = await fixture(t, { debug_key: KEY });
    const app = await Backend.start(t, () => ok('fine'));
    await router.route('app.test', app.port, { app: 'app', private_instance_id: 'app-1' });
    const made = await command('debug-token', '--for', '10m');
    assert.equal(made.code, 0, made.stderr);
    const response = await ask(
      router.port,
      get('app.test', '/', [`X-Cellgate-Debug: ${made.stdout.trim()}`]),
    );
    const [line = ''] = valuesOf(response, 'Cellgate-Debug');
    assert.match(
      line,
      /^router="\d+-[0-9a-f-]{36}", thread=[01], route="app\.test", endpoint="127\.0\.0\.1:\d+", instance="app-1", attempts=1, /,
    );
    const id = valuesOf(response, 'X-Vcap-Request-Id')[0]!;
    const explained = await command('explain', '--id', id);
    assert.equal(explained.code, 0, explained.stderr);
    assert.match(explained.stdout, /\(debugged\)/);
    const json = JSON.parse((await command('debug-token', '--for', '2s', '--json')).stdout);
    assert.ok(json.until <= Date.now() + 2000);
  });

  test('says what is missing where there is no key, and what is wrong with its command line', async (t) => {
    const { command } = await fixture(t);
    const refused = await command('debug-token');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /cellgate\.debug_key is not configured, and signs the tokens: set it to/);
    for (const args of [['x'], ['--for', '2h'], ['--for', '0s'], ['--for', 'long']]) {
      const wrong = await command('debug-token', ...args);
      assert.equal(wrong.code, 64, args.join(' '));
    }
  });

  test('a key that is too short is refused with the configuration, and never shown', () => {
    const read = parseConfig('cellgate:\n  debug_key: too short a key\n', 'gorouter.yml');
    assert.deepEqual(read.ok ? [] : read.problems, [
      'gorouter.yml:2: cellgate.debug_key: allowed: at least 32 bytes, these are 15',
    ]);
    for (const bad of ['too short', 'g'.repeat(64), `${'a'.repeat(43)}==`, 'a'.repeat(42)]) {
      const refused = parseConfig(`cellgate: {bus_key: "${bad}"}\n`, 'gorouter.yml');
      const [problem = ''] = refused.ok ? [] : refused.problems;
      assert.match(
        problem,
        /^gorouter\.yml:1: cellgate\.bus_key: allowed: 32 bytes as 64 hex digits or as base64/,
      );
      assert.ok(!problem.includes(bad));
    }
  });
});
