import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type TestContext, test } from 'vitest';
import { restore } from '../../src/snapshot/restore.ts';
import { SnapshotKeeper } from '../../src/snapshot/snapshot-keeper.ts';
import { SILENT } from '../../src/telemetry/silent-log.ts';
import { TestTable, temporaryFolder } from '../support/snapshot-table.ts';
import { ToldLog } from '../support/told-log.ts';

const PROGRAM = join(import.meta.dirname, '../support/snapshot-process.ts');
/** `SNAPSHOT_KILLS=200` takes 40 s on a quiet machine. */
const KILLS = Number(process.env['SNAPSHOT_KILLS'] ?? 20);
/** Of every writing; enough for several pieces. */
const LINES = 3000;
/** A writing takes some ten milliseconds: the kills fall all over it. */
const LATEST_MS = 40;

function start(t: TestContext, ...args: string[]): ChildProcess {
  const child = fork(PROGRAM, args);
  t.onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('whenever the process is killed, the snapshot is whole: the last one, or the one before', async (t) => {
  const folder = temporaryFolder(t);
  let generation = 0;
  for (let kills = 0; kills < KILLS; kills++) {
    const child = start(t, 'write', folder, String(LINES), String(generation + 1));
    child.on('message', (written: number) => {
      generation = written;
    });
    await once(child, 'message');
    await delay(Math.random() * LATEST_MS);
    await kill(child);
    const log = new ToldLog();
    const { restored, bad } = await restore(folder, [new TestTable()], log, Date.now());
    assert.equal(bad, null);
    assert.deepEqual([restored.entries.length, restored.rejected], [LINES, 0]);
    const found = new Set(restored.entries.map(({ value }) => (value as { generation: number }).generation));
    assert.equal(found.size, 1);
    // The process may have been killed between writing one and telling of it.
    const [only] = found;
    assert.ok(only === generation || only === generation + 1, `${only} after ${generation}`);
    assert.deepEqual(log.of('snapshot-ages-ignored'), []);
    generation = only!;
  }
});

test('a folder has one router: another is told who, and does without', async (t) => {
  const folder = temporaryFolder(t);
  const holder = start(t, 'keep', folder);
  assert.deepEqual(await once(holder, 'message'), ['keeping', undefined]);
  holder.send(1);
  await once(holder, 'message');

  const log = new ToldLog();
  const table = new TestTable();
  const keeper = await SnapshotKeeper.open(folder, [table], log);
  assert.equal(keeper.state, 'elsewhere');
  assert.deepEqual(log.told, [
    { level: 'warn', message: 'snapshot-folder-held', data: { folder, pid: holder.pid } },
  ]);
  table.put({ port: 2 }, Date.now());
  keeper.changed();
  await keeper.writeNow();
  await keeper.close();
  const { restored } = await restore(folder, [table], SILENT, Date.now());
  assert.deepEqual(
    restored.entries.map(({ value }) => (value as { port: number }).port),
    [1],
  );
});

test('a process that was killed does not have the folder any more', async (t) => {
  const folder = temporaryFolder(t);
  const holder = start(t, 'keep', folder);
  await once(holder, 'message');
  await kill(holder);
  const log = new ToldLog();
  const keeper = await SnapshotKeeper.open(folder, [], log);
  assert.equal(keeper.state, 'keeping');
  assert.deepEqual(log.told, []);
  await keeper.close();
});
