import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'vitest';
import { CellgateProcess, temporaryDirectory } from '../support/cellgate-process.ts';
import { ask, get } from '../support/raw-http.ts';

test('SIGUSR2 after the access log was moved: lines go on in a new file of its name', {
  timeout: 60_000,
}, async (t) => {
  const file = join(temporaryDirectory(t), 'access.log');
  const router = CellgateProcess.router(t, { access_log: { file } });
  const { http } = await router.started();
  const told = async (path: string, target: string): Promise<void> => {
    while (!existsSync(path) || !readFileSync(path, 'latin1').includes(` ${target} `)) {
      await delay(20, undefined, { signal: t.signal });
    }
  };
  await ask(http, get('nobody.test', '/before'));
  await told(file, '/before');
  renameSync(file, `${file}.1`);
  router.kill('SIGUSR2');
  await router.logged('access-log-reopened');
  await ask(http, get('nobody.test', '/after'));
  await told(file, '/after');
  assert.doesNotMatch(readFileSync(file, 'latin1'), /\/before/);
});
