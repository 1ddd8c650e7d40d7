import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test, vi } from 'vitest';
import { onPanic } from '../../src/boundary/boundary.ts';
import { Recording } from '../../src/snapshot/recording.ts';
import { restore } from '../../src/snapshot/restore.ts';
import type { SnapshotClock } from '../../src/snapshot/snapshot-clock.ts';
import { SnapshotKeeper } from '../../src/snapshot/snapshot-keeper.ts';
import type { AnySource } from '../../src/snapshot/table-source.ts';
import { SILENT } from '../../src/telemetry/silent-log.ts';
import { type TestEntry, TestTable, taken, temporaryFolder } from '../support/snapshot-table.ts';
import { ToldLog } from '../support/told-log.ts';

const START = Date.UTC(2026, 0, 2);
const SECOND = 1000;
const MINUTE = 60 * SECOND;

class FakeClock implements SnapshotClock {
  #now = 0;

  constructor(t: TestContext) {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    t.onTestFinished(() => void vi.useRealTimers());
  }

  wall(): number {
    return START + this.#now;
  }

  steady(): number {
    return this.#now;
  }

  async advance(milliseconds: number, keeper: SnapshotKeeper): Promise<void> {
    this.#now += milliseconds;
    vi.advanceTimersByTime(milliseconds);
    await keeper.settled();
  }
}

async function opened(t: TestContext, folder: string, sources: readonly AnySource[], log = new ToldLog()) {
  const clock = new FakeClock(t);
  const keeper = await SnapshotKeeper.open(folder, sources, log, clock);
  t.onTestFinished(() => keeper.close());
  return { keeper, clock, log };
}

/** To be called after what is to be closed was made: what that still throws is heard here. */
function panicsOf(t: TestContext): unknown[] {
  const panics: unknown[] = [];
  onPanic(({ error }) => panics.push(error));
  t.onTestFinished(() => onPanic(({ error }) => console.error(error)));
  return panics;
}

/** The ports that a process would find there if this one were killed now. */
async function ports(folder: string, now = START): Promise<unknown[]> {
  const { restored } = await restore(folder, [new TestTable()], SILENT, now);
  return restored.entries.map(({ value }) => (value as { port: number }).port);
}

test('a table is written 2 s after a change, and 5 s later what has changed meanwhile', async (t) => {
  const folder = join(temporaryFolder(t), 'state');
  const table = new TestTable();
  const { keeper, clock } = await opened(t, folder, [table]);
  table.put({ port: 1 }, START);
  keeper.changed();
  await clock.advance(1750, keeper);
  assert.deepEqual(await ports(folder), []);
  await clock.advance(250, keeper);
  assert.deepEqual(await ports(folder), [1]);
  table.put({ port: 2 }, START);
  keeper.changed();
  await clock.advance(4750, keeper);
  assert.deepEqual(await ports(folder), [1]);
  await clock.advance(250, keeper);
  assert.deepEqual(await ports(folder), [1, 2]);
});

test('what is written is for the router alone, and a folder that is missing is made', async (t) => {
  const folder = join(temporaryFolder(t), 'state', 'of', 'router');
  const { keeper } = await opened(t, folder, [new TestTable()]);
  keeper.changed();
  await keeper.writeNow();
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(folder).toSorted(), ['lock.db', 'lock.pid', 'table.snapshot']);
  for (const file of readdirSync(folder))
    assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600, file);
});

test('the last writing is at the end, and the next process has it', async (t) => {
  const folder = temporaryFolder(t);
  const table = new TestTable();
  const first = await SnapshotKeeper.open(folder, [table], SILENT, { wall: () => START, steady: () => 0 });
  table.put({ port: 1 }, 5000);
  first.changed();
  await Promise.all([first.close(), first.close(), first.writeNow()]);
  await first.writeNow();
  assert.equal(first.state, 'closed');
  const { keeper } = await opened(t, folder, [table]);
  assert.deepEqual(taken(keeper.restored), [{ kind: 'http', announced: 5000, value: { port: 1 } }]);
  keeper.forgetRestored();
  assert.deepEqual(keeper.restored.entries, []);
});

test('a router that ends before its table has changed leaves what it has found', async (t) => {
  const folder = temporaryFolder(t);
  const { keeper } = await opened(t, folder, [new TestTable()]);
  keeper.changed();
  await keeper.close();
  const before = readFileSync(join(folder, 'table.snapshot'));
  const next = await SnapshotKeeper.open(folder, [new TestTable()], SILENT);
  await next.writeNow();
  await next.close();
  assert.deepEqual(readFileSync(join(folder, 'table.snapshot')), before);
});

test('a second keeper of this process has no part of the folder, until the first has given it up', async (t) => {
  const folder = temporaryFolder(t);
  const first = await SnapshotKeeper.open(folder, [], SILENT);
  const log = new ToldLog();
  const second = await SnapshotKeeper.open(folder, [], log);
  assert.equal(second.state, 'elsewhere');
  assert.deepEqual(log.of('snapshot-folder-held'), [{ folder, pid: process.pid }]);
  await second.close();
  await first.close();
  const third = await SnapshotKeeper.open(folder, [], SILENT);
  assert.equal(third.state, 'keeping');
  await third.close();
});

test('a snapshot that is none is set aside and kept, each under a name of its own, and the start is empty', async (t) => {
  const folder = temporaryFolder(t);
  for (const text of ['one', 'two']) {
    writeFileSync(join(folder, 'table.snapshot'), text);
    const log = new ToldLog();
    const keeper = await SnapshotKeeper.open(folder, [], log, { wall: () => START, steady: () => 0 });
    assert.deepEqual(keeper.restored, { entries: [], rejected: 0, knownAt: null });
    const [{ file, error }] = log.of('snapshot-set-aside') as [{ file: string; error: string }];
    assert.equal(readFileSync(file, 'latin1'), text);
    assert.match(error, /does not begin with "cellgate-table"/);
    await keeper.close();
  }
  assert.deepEqual(readdirSync(folder).toSorted(), [
    'lock.db',
    'lock.pid',
    'table.snapshot.bad-2026-01-02T000000.000Z',
    'table.snapshot.bad-2026-01-02T000000.000Z-2',
  ]);
});

test('after a quiet day of heartbeats a process finds the endpoints as old as they were, 10 s and a tenth aside', async (t) => {
  const folder = temporaryFolder(t);
  const table = new TestTable();
  const entries: TestEntry[] = [];
  for (let port = 0; port < 60; port++) entries.push(table.put({ port }, START));
  const { keeper, clock } = await opened(t, folder, [table]);
  keeper.changed();
  await keeper.writeNow();
  const written = readFileSync(join(folder, 'table.snapshot'));
  /** Of one second, what was announced by then. */
  const history: number[][] = [];
  // Each falls silent some time, the last ones not at all; of those that speak each has a second of its own.
  const beat = (second: number): void => {
    for (const [index, entry] of entries.entries()) {
      const isSilent = index < 30 && second > 86_400 - 1.45 ** index;
      if (!isSilent && (second % 30 === index % 30 || second % 60 === 0))
        entry.announced = START + second * SECOND;
    }
  };
  const end = 24 * 60 * 60 + 45;
  for (let second = 60; second <= 86_400; second += 60) {
    beat(second);
    await clock.advance(MINUTE, keeper);
  }
  for (let second = 86_401; second <= end; second++) {
    beat(second);
    await clock.advance(SECOND, keeper);
    history.push(entries.map(({ announced }) => announced));
  }
  // As a process that is killed leaves it.
  const left = join(temporaryFolder(t), 'left');
  cpSync(folder, left, { recursive: true });
  assert.deepEqual(readFileSync(join(left, 'table.snapshot')), written);
  const now = clock.wall();
  const { restored } = await restore(left, [table], SILENT, now);
  assert.equal(restored.entries.length, entries.length);
  const known = history.at(-11)!;
  for (const [index, { announced }] of restored.entries.entries()) {
    const age = now - known[index]!;
    assert.ok(announced <= entries[index]!.announced, `${index} is younger than it was`);
    assert.ok(
      known[index]! - announced <= 10 * SECOND + age / 10,
      `${index}: ${known[index]! - announced} ms`,
    );
  }
});

test('while nobody announces anything, nothing is written, and endpoints grow older all the same', async (t) => {
  const folder = temporaryFolder(t);
  const table = new TestTable();
  const entry = table.put({ port: 1 }, START);
  const { keeper, clock } = await opened(t, folder, [table]);
  keeper.changed();
  await keeper.writeNow();
  entry.announced = START + 5 * SECOND;
  for (let second = 0; second < 30; second++) await clock.advance(SECOND, keeper);
  const written = readFileSync(join(folder, 'table.ages'));
  for (let minutes = 0; minutes < 60; minutes++) await clock.advance(MINUTE, keeper);
  assert.deepEqual(readFileSync(join(folder, 'table.ages')), written);
  const { restored } = await restore(folder, [table], SILENT, clock.wall());
  assert.ok(restored.entries[0]!.announced <= START + 5 * SECOND);
});

test('an entry that cannot be described costs itself alone, and one fault is told of each writing', async (t) => {
  const folder = temporaryFolder(t);
  const table = new TestTable();
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  for (const said of [{ port: 1 }, cycle, cycle, { port: 2 }]) table.put(said, START);
  const { keeper } = await opened(t, folder, [table]);
  const panics = panicsOf(t);
  keeper.changed();
  await keeper.writeNow();
  assert.deepEqual(await ports(folder), [1, 2]);
  assert.equal(panics.length, 1);
});

test('a table that cannot be walked over costs the writing, not the snapshot of before', async (t) => {
  const folder = temporaryFolder(t);
  const table = new TestTable();
  table.put({ port: 1 }, START);
  const { keeper, clock } = await opened(t, folder, [table]);
  keeper.changed();
  await keeper.writeNow();
  table.put({ port: 2 }, START);
  const panics = panicsOf(t);
  const broken = vi.spyOn(table, 'entries').mockImplementation(() => {
    throw new Error('a fault of the table');
  });
  keeper.changed();
  await keeper.writeNow();
  assert.equal(panics.length, 1);
  assert.deepEqual(await ports(folder), [1]);
  broken.mockRestore();
  await clock.advance(5000, keeper);
  assert.deepEqual(await ports(folder), [1, 2]);
});

test('a table may change while it is written: whoever is there all the time is in it', async (t) => {
  const folder = temporaryFolder(t);
  const table = new TestTable();
  const stay: number[] = [];
  const leave: TestEntry[] = [];
  for (let port = 0; port < 20_000; port++) {
    const entry = table.put({ port }, START);
    if (port % 2 === 0) stay.push(port);
    else leave.push(entry);
  }
  const { keeper } = await opened(t, folder, [table]);
  keeper.changed();
  const writing = keeper.writeNow();
  const churn = setImmediate(function go() {
    for (const entry of leave.splice(-100)) table.delete(entry);
    if (leave.length > 0) setImmediate(go);
  });
  await writing;
  clearImmediate(churn);
  const found = new Set(await ports(folder));
  assert.ok(stay.every((port) => found.has(port)));
});

test('an endpoint that says too much is left out, and told when there are more or fewer of them', async (t) => {
  const folder = temporaryFolder(t);
  const table = new TestTable();
  const { keeper, log } = await opened(t, folder, [table]);
  const write = (): Promise<void> => {
    keeper.changed();
    return keeper.writeNow();
  };
  table.put({ port: 1, app: 'x'.repeat(16_000) }, START);
  const tags = 'é'.repeat(9000);
  const [first] = [2, 3].map((port) => table.put({ port, tags }, START));
  table.put({ port: 4 }, START);
  await write();
  await write();
  assert.deepEqual(await ports(folder), [1, 4]);
  table.delete(first!);
  await write();
  assert.deepEqual(log.of('snapshot-endpoints-left-out'), [
    { folder, endpoints: 2 },
    { folder, endpoints: 1 },
  ]);
});

test('when a snapshot has as many bytes as it may have, the others are left out', () => {
  const table = new TestTable();
  for (let port = 1000; port < 1100; port++) table.put({ port }, START);
  const all = Array.from(new Recording('id', 1).lines([table]), String).join('');
  const recording = new Recording('id', 1, Math.floor(all.length / 2));
  const some = Array.from(recording.lines([table]), String).join('');
  assert.ok(all.startsWith(some));
  assert.ok(some.length > all.length / 2 - 100 && some.length <= all.length / 2);
  assert.equal(recording.count + recording.leftOut, 100);
});

test('a folder that another had for a while is written to again, though nothing but heartbeats came', async (t) => {
  const folder = join(temporaryFolder(t), 'state');
  const table = new TestTable();
  const entry = table.put({ port: 1 }, START);
  const { keeper, clock } = await opened(t, folder, [table]);
  keeper.changed();
  await keeper.writeNow();
  rmSync(folder, { recursive: true });
  const other = await SnapshotKeeper.open(folder, [], SILENT, { wall: () => START, steady: () => 0 });
  const beat = async (): Promise<void> => {
    await clock.advance(10 * SECOND, keeper);
    entry.announced = clock.wall();
  };
  await beat();
  await beat();
  await other.close();
  assert.deepEqual(await ports(folder), []);
  await beat();
  await beat();
  assert.deepEqual(await ports(folder, clock.wall()), [1]);
});

test('a fault of a table at the start costs what would be restored, which is set aside, and not the folder', async (t) => {
  const folder = temporaryFolder(t);
  const table = new TestTable();
  table.put({ port: 1 }, START);
  const first = await SnapshotKeeper.open(folder, [table], SILENT);
  first.changed();
  await first.close();
  const broken = new TestTable();
  Object.defineProperty(broken, 'kind', {
    get() {
      throw new Error('a fault of the table');
    },
  });
  const log = new ToldLog();
  const panics = panicsOf(t);
  const { keeper } = await opened(t, folder, [broken], log);
  assert.equal(panics.length, 1);
  assert.deepEqual([keeper.state, keeper.restored.entries.length], ['keeping', 0]);
  assert.equal(log.of('snapshot-set-aside').length, 1);
});

test('a log that fails costs neither the next writing nor that the folder is given up', async (t) => {
  const folder = temporaryFolder(t);
  const log = new ToldLog();
  const table = new TestTable();
  const { keeper } = await opened(t, folder, [table], log);
  vi.spyOn(log, 'error').mockImplementation(() => {
    throw new Error('a fault of the log');
  });
  mkdirSync(join(folder, 'table.snapshot'));
  keeper.changed();
  await assert.rejects(keeper.writeNow(), /a fault of the log/);
  rmdirSync(join(folder, 'table.snapshot'));
  table.put({ port: 1 }, START);
  await keeper.close();
  assert.deepEqual(await ports(folder), [1]);
  assert.equal(keeper.state, 'closed');
});
