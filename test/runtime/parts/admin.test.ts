import assert from 'node:assert/strict';
import { chmodSync, chownSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { parseConfig } from '../../../src/config/read.ts';
import { AdminPart } from '../../../src/runtime/parts/admin.ts';
import { temporaryDirectory } from '../../support/cellgate-process.ts';
import { freePort } from '../../support/free-port.ts';
import { LogLines } from '../../support/registry-fixture.ts';

const NOBODY = 65_534;

/** As somebody who may write only where the mode says so, which root is not. */
async function asNobody(run: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid!() === 0;
  if (isRoot) process.seteuid!(NOBODY);
  try {
    await run();
  } finally {
    if (isRoot) process.seteuid!(0);
  }
}

test('a file that cannot be taken away at the end is said in the log, and keeps no port open', async (t) => {
  const folder = temporaryDirectory(t);
  const port = await freePort();
  const cellgate = { state_dir: folder, admin: { port } };
  const read = parseConfig(JSON.stringify({ cellgate }), 'gorouter.yml');
  assert.ok(read.ok);
  const log = new LogLines();
  const part = new AdminPart({
    config: read.config,
    overview: () => assert.fail(),
    folder: () => folder,
    log,
  });
  await part.start();
  t.onTestFinished(() => part.stop());
  assert.equal((await fetch(`http://127.0.0.1:${port}/v1/whoami`)).status, 401);
  if (process.geteuid!() === 0) chownSync(join(folder, 'admin.json'), NOBODY, NOBODY);
  chmodSync(folder, 0o555);
  await asNobody(() => part.stop());
  chmodSync(folder, 0o755);
  assert.deepEqual(log.lines.slice(1), [
    { level: 'warn', message: 'state-folder-unusable', data: { folder, error: 'permission denied' } },
  ]);
  await assert.rejects(fetch(`http://127.0.0.1:${port}/v1/whoami`));
});
