import assert from 'node:assert/strict';
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test, vi } from 'vitest';
import { restore } from '../../src/snapshot/restore.ts';
import { SnapshotKeeper } from '../../src/snapshot/snapshot-keeper.ts';
import { SILENT } from '../../src/telemetry/silent-log.ts';
import { TestTable, temporaryFolder } from '../support/snapshot-table.ts';
import { ToldLog } from '../support/told-log.ts';

const NOBODY = 65_534;

async function ports(folder: string): Promise<unknown[]> {
  const { restored } = await restore(folder, [new TestTable()], SILENT, Date.now());
  return restored.entries.map(({ value }) => (value as { port: number }).port);
}

async function opened(t: TestContext, folder: string) {
  const log = new ToldLog();
  const table = new TestTable();
  const keeper = await SnapshotKeeper.open(folder, [table], log);
  t.onTestFinished(() => keeper.close());
  const write = async (port: number): Promise<void> => {
    table.put({ port }, Date.now());
    keeper.changed();
    await keeper.writeNow();
  };
  return { keeper, log, write };
}

const told = (log: ToldLog): string[] => log.told.map(({ message }) => message);

/** Root may do everything: for the rest of the test this process is somebody else. */
function asNobody(t: TestContext, folder: string): void {
  if (process.getuid!() !== 0) return;
  chownSync(folder, NOBODY, NOBODY);
  process.seteuid!(NOBODY);
  t.onTestFinished(() => process.seteuid!(0));
}

test('a folder that cannot be made is told once, and again when it could be', async (t) => {
  const parent = temporaryFolder(t);
  const folder = join(parent, 'state');
  writeFileSync(folder, 'a file is in its place');
  const { keeper, log, write } = await opened(t, folder);
  assert.deepEqual(keeper.restored.entries, []);
  await write(1);
  await write(2);
  assert.deepEqual(told(log), ['snapshot-not-written']);
  assert.match(String(log.told[0]!.data['error']), /EEXIST|ENOTDIR/);
  rmSync(folder);
  await write(3);
  await write(4);
  assert.deepEqual(told(log), ['snapshot-not-written', 'snapshot-written-again']);
  assert.deepEqual(await ports(folder), [1, 2, 3, 4]);
});

test('a folder that nobody can make, or that no path leads to, is told as any other fault', async (t) => {
  const parent = temporaryFolder(t);
  writeFileSync(join(parent, 'file'), '');
  symlinkSync('loop', join(parent, 'loop'));
  for (const [folder, reason] of [
    ['/proc/cellgate/state', /ENOENT/],
    [join(parent, 'file', 'state'), /ENOTDIR|EEXIST/],
    [join(parent, 'loop'), /ELOOP|EEXIST/],
    [join(parent, 'n'.repeat(300)), /ENAMETOOLONG/],
  ] as const) {
    const { log, write } = await opened(t, folder);
    await write(1);
    assert.deepEqual(told(log), ['snapshot-not-written']);
    assert.match(String(log.told[0]!.data['error']), reason);
  }
});

test('a folder that is made read-only keeps its snapshot, and is written to when it can be again', async (t) => {
  const folder = temporaryFolder(t);
  asNobody(t, folder);
  const { log, write } = await opened(t, folder);
  await write(1);
  chmodSync(folder, 0o500);
  await write(2);
  await write(3);
  assert.deepEqual(told(log), ['snapshot-not-written']);
  assert.match(String(log.told[0]!.data['error']), /EACCES/);
  assert.deepEqual(await ports(folder), [1]);
  chmodSync(folder, 0o700);
  await write(4);
  assert.deepEqual(told(log), ['snapshot-not-written', 'snapshot-written-again']);
  assert.deepEqual(await ports(folder), [1, 2, 3, 4]);
});

test('a read-only folder is restored from, and a bad snapshot in it is set aside before the first writing', async (t) => {
  const folder = temporaryFolder(t);
  asNobody(t, folder);
  const first = await opened(t, folder);
  await first.write(1);
  await first.keeper.close();
  rmSync(join(folder, 'lock.db'));
  chmodSync(folder, 0o500);
  const second = await opened(t, folder);
  assert.equal(second.keeper.restored.entries.length, 1);
  assert.deepEqual(told(second.log), ['snapshot-not-written', 'snapshot-restored']);
  await second.keeper.close();

  writeFileSync(join(folder, 'table.snapshot'), 'none');
  const third = await opened(t, folder);
  await third.write(3);
  chmodSync(folder, 0o700);
  await third.write(4);
  assert.deepEqual(told(third.log), ['snapshot-not-written', 'snapshot-set-aside', 'snapshot-written-again']);
  assert.equal(readdirSync(folder).filter((file) => file.startsWith('table.snapshot.bad-')).length, 1);
});

test('nobody waits for a pipe in the place of a file of ours, and what a link leads to stays as it is', async (t) => {
  const folder = temporaryFolder(t);
  const holder = join(folder, 'lock.pid');
  execFileSync('mkfifo', [holder]);
  const first = await opened(t, folder);
  await first.write(1);
  assert.deepEqual([told(first.log), readFileSync(holder, 'latin1')], [[], `${process.pid}\n`]);
  // Whoever comes second is told of the first, as far as that can be read.
  rmSync(holder);
  execFileSync('mkfifo', [holder]);
  const second = await opened(t, folder);
  assert.deepEqual(second.log.told[0]?.data, { folder, pid: 'unknown' });
  await first.keeper.close();

  const elsewhere = join(temporaryFolder(t), 'elsewhere');
  writeFileSync(elsewhere, 'as it is');
  rmSync(holder);
  symlinkSync(elsewhere, holder);
  const third = await opened(t, folder);
  await third.write(3);
  assert.equal(readFileSync(elsewhere, 'utf8'), 'as it is');
});

test('a folder that vanishes is made anew, and is this process’s as the one before', async (t) => {
  const folder = join(temporaryFolder(t), 'state');
  const { log, write } = await opened(t, folder);
  await write(1);
  renameSync(folder, `${folder}-away`);
  await write(2);
  assert.deepEqual(told(log), []);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.deepEqual(await ports(folder), [1, 2]);
  assert.equal((await opened(t, folder)).keeper.state, 'elsewhere');
});

test('a folder that vanished and is another’s now is told once, and left alone', async (t) => {
  const folder = join(temporaryFolder(t), 'state');
  const { log, write } = await opened(t, folder);
  await write(1);
  rmSync(folder, { recursive: true });
  const other = await opened(t, folder);
  await write(2);
  await write(3);
  assert.deepEqual(log.of('snapshot-not-written'), [
    { folder, error: `it was taken by process ${process.pid}` },
  ]);
  await other.keeper.close();
  await write(4);
  assert.deepEqual(told(log), ['snapshot-not-written', 'snapshot-written-again']);
  assert.deepEqual(await ports(folder), [1, 2, 3, 4]);
});

test('something else under the snapshot’s name is set aside, too', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'table.snapshot'));
  const { log, write } = await opened(t, folder);
  assert.deepEqual(told(log), ['snapshot-set-aside']);
  await write(1);
  assert.deepEqual(await ports(folder), [1]);
});

test('whatever has the name of a draft is not written to, and gives way', async (t) => {
  const folder = temporaryFolder(t);
  const draft = join(folder, 'table.snapshot.tmp');
  const victim = join(folder, 'victim');
  writeFileSync(victim, 'untouched');
  const { log, write } = await opened(t, folder);
  execFileSync('mkfifo', [draft]);
  await write(1);
  symlinkSync(victim, draft);
  await write(2);
  writeFileSync(draft, 'of all', { mode: 0o644 });
  await write(3);
  assert.deepEqual(told(log), []);
  assert.deepEqual(await ports(folder), [1, 2, 3]);
  assert.equal(statSync(join(folder, 'table.snapshot')).mode & 0o777, 0o600);
  assert.equal(readFileSync(victim, 'latin1'), 'untouched');
});

test('a file system that cannot sync a folder is written to all the same, and one whose disk fails is told', async (t) => {
  const folder = temporaryFolder(t);
  const { log, write } = await opened(t, folder);
  const handle = await open(folder, 'r');
  let code = 'EINVAL';
  vi.spyOn(Object.getPrototypeOf(handle), 'sync').mockImplementation(async () => {
    throw Object.assign(new Error(`${code}: fsync`), { code, syscall: 'fsync' });
  });
  await handle.close();
  await write(1);
  assert.deepEqual(told(log), []);
  code = 'EIO';
  await write(2);
  assert.deepEqual(log.of('snapshot-not-written'), [{ folder, error: 'EIO: fsync' }]);
});

test('what is wrong with the lock is told with its name', async (t) => {
  for (const spoil of [(path: string) => writeFileSync(path, 'x'.repeat(5000)), mkdirSync]) {
    const folder = temporaryFolder(t);
    spoil(join(folder, 'lock.db'));
    const { log } = await opened(t, folder);
    assert.match(String(log.of('snapshot-not-written')[0]!['error']), /database.*, lock '.*\/lock\.db'$/);
  }
});

test('a disk that takes no more keeps the snapshot of before, and nothing of the one that failed', async (t) => {
  const folder = temporaryFolder(t);
  const program = join(import.meta.dirname, '../support/snapshot-process.ts');
  // No file of more than 4 KiB: as with a full disk, a writing breaks off in the middle.
  const script = 'ulimit -f 8 && exec "$@"';
  const child = fork(program, ['keep', folder], {
    execPath: '/bin/sh',
    execArgv: ['-c', script, 'sh', process.execPath],
  });
  t.onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'message');
  for (const port of [1, 2, 3, 4, 5, 6]) {
    child.send(port);
    assert.deepEqual(await once(child, 'message'), ['tried', undefined]);
  }
  const found = await ports(folder);
  assert.ok(found.length >= 1 && found.length < 6, String(found));
  assert.deepEqual(found, [1, 2, 3, 4, 5, 6].slice(0, found.length));
  assert.ok(!readdirSync(folder).includes('table.snapshot.tmp'));
});
