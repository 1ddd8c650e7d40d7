import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'vitest';
import { onPanic } from '../../src/boundary/boundary.ts';
import { seedOf, Unreadable } from '../../src/snapshot/checked-text.ts';
import { HEADER_BYTES, headerText } from '../../src/snapshot/header.ts';
import { lineText } from '../../src/snapshot/line.ts';
import type { Recording } from '../../src/snapshot/recording.ts';
import { restore } from '../../src/snapshot/restore.ts';
import type { Restored } from '../../src/snapshot/table-source.ts';
import { tableText } from '../../src/snapshot/table-text.ts';
import { writeAges } from '../../src/snapshot/write-ages.ts';
import { writeSnapshot } from '../../src/snapshot/write-snapshot.ts';
import { TestTable, taken, temporaryFolder } from '../support/snapshot-table.ts';
import { ToldLog } from '../support/told-log.ts';

const NOW = Date.UTC(2026, 0, 2);
const SECOND = 1000;

const tablePath = (folder: string): string => join(folder, 'table.snapshot');
const agesPath = (folder: string): string => join(folder, 'table.ages');

function filled(count: number): TestTable {
  const table = new TestTable();
  for (let index = 0; index < count; index++) {
    table.put(
      { host: '10.0.0.1', port: 1024 + index, uris: [`a-${index}.example.com`], tags: { é: '{"' } },
      NOW,
    );
  }
  return table;
}

/** Of 2 GB, which take no place. */
function sparse(path: string): void {
  writeFileSync(path, '');
  truncateSync(path, 2e9);
}

const ports = (restored: Restored): unknown[] =>
  taken(restored).map(({ value }) => (value as { port: number }).port);

/** Ages as they are at that time, for what has been written. */
async function agesAt(folder: string, recording: Recording, at: number): Promise<void> {
  await writeAges(folder, recording, at, await recording.announcements(at));
}

/** Writes the table, changes the file, and reads it. */
async function readAltered(
  folder: string,
  table: TestTable,
  alter: (bytes: Buffer) => Buffer,
  log = new ToldLog(),
) {
  await writeSnapshot(folder, [table], NOW);
  writeFileSync(tablePath(folder), alter(readFileSync(tablePath(folder))));
  return restore(folder, [table], log, NOW);
}

test('what was written is restored, in its order, of every kind', async (t) => {
  const folder = temporaryFolder(t);
  const [http, tcp] = [new TestTable('http'), new TestTable('tcp')];
  http.put({ uris: ['a.example.com'] }, NOW - 5000);
  tcp.put({}, NOW - 7000.5);
  http.put({ uris: ['b.example.com'] }, NOW);
  await writeSnapshot(folder, [http, tcp], NOW + 1);
  const { restored, bad } = await restore(folder, [tcp, http], new ToldLog(), NOW + 2);
  assert.equal(bad, null);
  assert.deepEqual(taken(restored), [
    { kind: 'http', announced: NOW - 5000, value: { uris: ['a.example.com'] } },
    { kind: 'http', announced: NOW, value: { uris: ['b.example.com'] } },
    { kind: 'tcp', announced: NOW - 7001, value: {} },
  ]);
  assert.deepEqual([restored.rejected, restored.knownAt], [0, NOW + 1]);
});

test('whatever bytes behind the header are flipped, every other line is restored, and none is invented', async (t) => {
  const folder = temporaryFolder(t);
  const table = filled(12);
  await writeSnapshot(folder, [table], NOW);
  const path = tablePath(folder);
  const whole = readFileSync(path);
  const written = taken((await restore(folder, [table], new ToldLog(), NOW)).restored);
  const flips = fc.array(
    fc.record({
      at: fc.integer({ min: HEADER_BYTES, max: whole.length - 1 }),
      bits: fc.integer({ min: 1, max: 255 }),
    }),
    { minLength: 1, maxLength: 12 },
  );
  // Between lines, where one flip hurts two of them, more often than chance has it.
  const ends = [...whole.entries()]
    .filter(([at, byte]) => byte === 0x0a && at >= HEADER_BYTES)
    .map(([at]) => at);
  const lostEnds = fc.array(
    fc.record({ at: fc.constantFrom(...ends), bits: fc.integer({ min: 1, max: 255 }) }),
    {
      maxLength: 4,
    },
  );
  await fc.assert(
    fc.asyncProperty(flips, lostEnds, async (some, others) => {
      const bytes = Buffer.from(whole);
      for (const { at, bits } of [...some, ...others]) bytes[at]! ^= bits;
      writeFileSync(path, bytes);
      const { restored, bad } = await restore(folder, [table], new ToldLog(), NOW);
      assert.equal(bad, null);
      const untouched = written.filter((_, index) => {
        const [start, end] = [index === 0 ? HEADER_BYTES : ends[index - 1]! + 1, ends[index]!];
        return bytes.subarray(start, end).equals(whole.subarray(start, end));
      });
      assert.deepEqual(taken(restored), untouched);
      assert.equal(restored.rejected, written.length - untouched.length);
    }),
    { numRuns: 400 },
  );
});

test('wherever the file breaks off, the lines before are restored and the others counted', async (t) => {
  const folder = temporaryFolder(t);
  const table = filled(6);
  const size = (await writeSnapshot(folder, [table], NOW)) && readFileSync(tablePath(folder)).length;
  for (let length = HEADER_BYTES; length < size; length += 7) {
    const { restored, bad } = await readAltered(folder, table, (bytes) => bytes.subarray(0, length));
    assert.equal(bad, null);
    assert.equal(restored.entries.length + restored.rejected, 6);
    assert.deepEqual(ports(restored), [1024, 1025, 1026, 1027, 1028, 1029].slice(0, restored.entries.length));
  }
});

test('a line that is there twice counts once, and one of another writing not at all', async (t) => {
  const folder = temporaryFolder(t);
  const table = filled(3);
  await writeSnapshot(folder, [table], NOW);
  const other = readFileSync(tablePath(folder)).subarray(HEADER_BYTES);
  const { restored } = await readAltered(folder, table, (bytes) =>
    Buffer.concat([bytes, bytes.subarray(HEADER_BYTES), other]),
  );
  assert.deepEqual(ports(restored), [1024, 1025, 1026]);
  assert.equal(restored.rejected, 0);
});

test('of many bad lines the first ten are told with place and reason, and then the sum; never their content', async (t) => {
  const folder = temporaryFolder(t);
  const log = new ToldLog();
  const { restored } = await readAltered(
    folder,
    filled(30),
    (bytes) => Buffer.from(bytes.toString('latin1').replaceAll('example', 'exemple'), 'latin1'),
    log,
  );
  assert.equal(restored.rejected, 30);
  const file = tablePath(folder);
  assert.deepEqual(
    log.of('snapshot-line-rejected'),
    Array.from({ length: 10 }, (_, index) => ({ file, line: index + 2, error: 'its checksum is wrong' })),
  );
  assert.deepEqual(log.of('snapshot-lines-rejected'), [{ file, rejected: 30, lines: 30 }]);
  assert.doesNotMatch(JSON.stringify(log.told), /10\.0\.0\.1/);
});

test('a line whose JSON or shape is wrong, or that no table takes, costs itself alone', async (t) => {
  const folder = temporaryFolder(t);
  const id = '0123456789abcdef';
  const line = { number: 0, kind: 'http', announced: NOW, said: { port: 1024 } };
  const texts = [
    line,
    { ...line, number: 1, kind: 'udp' },
    { ...line, number: 2, announced: Number.NaN },
    { ...line, number: 3, announced: -1 },
    { ...line, number: 8 },
    { ...line, number: 5, said: [1] as never },
    { ...line, number: 6, said: { port: 1030 } },
  ].map((each) => lineText(each, seedOf(id)));
  const log = new ToldLog();
  writeFileSync(tablePath(folder), headerText('cellgate-table', { id, at: NOW, count: 7 }) + texts.join(''));
  const { restored } = await restore(folder, [new TestTable()], log, NOW);
  assert.deepEqual(ports(restored), [1024, 1030]);
  assert.equal(restored.rejected, 5);
  assert.deepEqual(
    log.of('snapshot-line-rejected').map(({ line: place }) => place),
    [3, 4, 5, 6, 7],
  );
});

test('a table leaves out what it does not know, and refuses what is no endpoint; if it throws, that line is lost', async (t) => {
  const folder = temporaryFolder(t);
  const panics: unknown[] = [];
  onPanic(({ error }) => panics.push(error));
  t.onTestFinished(() => onPanic(({ error }) => console.error(error)));
  const table = Object.assign(filled(3), {
    read(fields: string) {
      const { port } = JSON.parse(`{${fields}`);
      if (port === 1024) return new Unreadable('it has a port that nobody has');
      if (port === 1025) throw new Error('a fault of the reader');
      return { port };
    },
  });
  const log = new ToldLog();
  const { restored } = await readAltered(folder, table, (bytes) => bytes, log);
  assert.equal(restored.rejected, 0, 'of what nobody has asked for nothing is known');
  assert.deepEqual(taken(restored), [{ kind: 'http', announced: NOW, value: { port: 1026 } }]);
  assert.equal(restored.rejected, 2);
  assert.equal(log.of('snapshot-line-rejected')[0]!['error'], 'it has a port that nobody has');
  assert.equal(panics.length, 1);
});

test('a folder without a snapshot, or that is not there, is no fault', async (t) => {
  const folder = temporaryFolder(t);
  const log = new ToldLog();
  for (const each of [folder, join(folder, 'missing')]) {
    const { restored, bad } = await restore(each, [new TestTable()], log, NOW);
    assert.deepEqual([restored.entries, restored.knownAt, bad], [[], null, null]);
  }
  assert.deepEqual(log.told, []);
});

test('a file whose header is not right in every byte is bad, and says why', async (t) => {
  const folder = temporaryFolder(t);
  const table = filled(2);
  const alter: [(bytes: Buffer) => Buffer, RegExp][] = [
    [() => Buffer.alloc(0), /does not begin with "cellgate-table" and a version/],
    [() => Buffer.from('hosts:\n  - a\n'), /does not begin/],
    [(bytes) => bytes.subarray(0, 100), /has not 128 bytes/],
    [
      (bytes) => Buffer.from(bytes.toString().replace('table 2', 'table 3')),
      /version is 3, and those up to 2 are known/,
    ],
    [(bytes) => Buffer.from(bytes.toString().replace('"count":2', '"count":3')), /checksum is wrong/],
    [(bytes) => Buffer.concat([Buffer.from(' '), bytes]), /does not begin/],
  ];
  for (const [change, reason] of alter) {
    const { restored, bad } = await readAltered(folder, table, change);
    assert.deepEqual(restored.entries, []);
    assert.match(bad!, reason);
  }
  for (const header of [
    { id: '0123456789abcdef', at: NOW, count: 1e12 },
    { id: '0123456789abcdef', at: -1, count: 1 },
    { id: 'x', at: NOW, count: 1 },
  ]) {
    const { bad } = await readAltered(folder, table, () => Buffer.from(headerText('cellgate-table', header)));
    assert.match(bad!, /is none/);
  }
});

test('whatever one bit of the header is flipped, nothing is restored', async (t) => {
  const folder = temporaryFolder(t);
  const table = filled(2);
  for (let bit = 0; bit < HEADER_BYTES * 8; bit += 3) {
    const { restored, bad } = await readAltered(folder, table, (bytes) => {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      return bytes;
    });
    // Spaces that only fill the line up may be others that are none: then all of it still holds.
    if (bad === null) assert.equal(restored.entries.length, 2);
    else assert.deepEqual(restored.entries, []);
  }
});

test('an endpoint is as old as the ages say, or younger if its line says so, and never from the future', async (t) => {
  const folder = temporaryFolder(t);
  const table = new TestTable();
  const [quiet, lively, ahead] = [1, 2, 3].map((port) => table.put({ port }, NOW - 100 * SECOND));
  ahead!.announced = NOW + 1_000_000 * SECOND;
  const recording = await writeSnapshot(folder, [table], NOW);
  lively!.announced = NOW + 990 * SECOND;
  await agesAt(folder, recording, NOW + 1000 * SECOND);
  const { restored } = await restore(folder, [table], new ToldLog(), NOW + 1001 * SECOND);
  assert.deepEqual(
    restored.entries.map(({ announced }) => announced),
    [quiet!.announced, NOW + 990 * SECOND, NOW + 1001 * SECOND],
  );
});

test('an endpoint that was gone when the ages were written is not restored, and not rejected', async (t) => {
  const folder = temporaryFolder(t);
  const table = filled(3);
  const recording = await writeSnapshot(folder, [table], NOW);
  table.delete([...table.entries()][1] as never);
  await agesAt(folder, recording, NOW);
  const { restored } = await restore(folder, [table], new ToldLog(), NOW);
  assert.deepEqual(ports(restored), [1024, 1026]);
  assert.equal(restored.rejected, 0);
});

test('ages stay with their lines, whatever has become of the lines before', async (t) => {
  const folder = temporaryFolder(t);
  const table = filled(4);
  const recording = await writeSnapshot(folder, [table], NOW);
  table.delete([...table.entries()][2] as never);
  await agesAt(folder, recording, NOW);
  const bytes = readFileSync(tablePath(folder));
  // The first line in two, of which none is one.
  bytes[HEADER_BYTES + 40] = 0x0a;
  writeFileSync(tablePath(folder), bytes);
  const { restored } = await restore(folder, [table], new ToldLog(), NOW);
  assert.deepEqual(ports(restored), [1025, 1027]);
});

test('ages of another snapshot, and ages with a fault, are left out: the lines hold', async (t) => {
  const folder = temporaryFolder(t);
  const table = filled(2);
  const log = new ToldLog();
  const first = await writeSnapshot(folder, [table], NOW);
  for (const entry of [...table.entries()]) table.delete(entry as never);
  await agesAt(folder, first, NOW);
  const second = filled(2);
  const recording = await writeSnapshot(folder, [second], NOW);
  assert.deepEqual(ports((await restore(folder, [second], log, NOW)).restored), [1024, 1025]);
  assert.deepEqual(log.of('snapshot-ages-ignored'), []);

  second.delete([...second.entries()][0] as never);
  await agesAt(folder, recording, NOW);
  assert.deepEqual(ports((await restore(folder, [second], log, NOW)).restored), [1025]);
  const whole = readFileSync(agesPath(folder));
  for (const at of [3, 40, HEADER_BYTES + 3, HEADER_BYTES + 9]) {
    const bytes = Buffer.from(whole);
    bytes[at]! ^= 1;
    writeFileSync(agesPath(folder), bytes);
    assert.deepEqual(ports((await restore(folder, [second], log, NOW)).restored), [1024, 1025]);
  }
  assert.equal(log.of('snapshot-ages-ignored').length, 4);
  rmSync(agesPath(folder));
  assert.deepEqual(ports((await restore(folder, [second], log, NOW)).restored), [1024, 1025]);
});

test('a line that is longer than what is read at once costs itself alone', async (t) => {
  const folder = temporaryFolder(t);
  const id = '0123456789abcdef';
  const texts = [10, 5_000_000, 900_000, 10].map((length, number) =>
    lineText(
      { number, kind: 'http', announced: NOW, said: { port: number, app: 'x'.repeat(length) } },
      seedOf(id),
    ),
  );
  writeFileSync(tablePath(folder), headerText('cellgate-table', { id, at: NOW, count: 4 }) + texts.join(''));
  const { restored } = await restore(folder, [new TestTable()], new ToldLog(), NOW);
  assert.deepEqual(ports(restored), [0, 2, 3]);
  assert.equal(restored.rejected, 1);
});

test('what is known is known up to the ages or, without them, to the snapshot', async (t) => {
  const folder = temporaryFolder(t);
  const table = filled(1);
  const recording = await writeSnapshot(folder, [table], NOW);
  const before = (await restore(folder, [table], new ToldLog(), NOW + 90 * SECOND)).restored;
  assert.equal(before.knownAt, NOW);
  await agesAt(folder, recording, NOW + 60 * SECOND);
  const { restored } = await restore(folder, [table], new ToldLog(), NOW + 90 * SECOND);
  assert.equal(restored.knownAt, NOW + 60 * SECOND);
});

test('where the clock is behind what is known, endpoints are as old as they were then', async (t) => {
  const folder = temporaryFolder(t);
  const table = new TestTable();
  table.put({ port: 1 }, NOW - 100 * SECOND);
  table.put({ port: 2 }, NOW);
  const recording = await writeSnapshot(folder, [table], NOW);
  const now = NOW - 3600 * SECOND;
  const { restored } = await restore(folder, [table], new ToldLog(), now);
  assert.equal(restored.knownAt, now);
  assert.deepEqual(
    restored.entries.map(({ announced }) => announced),
    [now - 100 * SECOND, now],
  );
  await agesAt(folder, recording, NOW + 50 * SECOND);
  const later = (await restore(folder, [table], new ToldLog(), now)).restored;
  assert.equal(later.knownAt, now);
  assert.deepEqual(
    later.entries.map(({ announced }) => announced),
    [now - 150 * SECOND, now - 50 * SECOND],
  );
});

test('a time before 1970, by a clock that nobody has set yet, costs no line', async (t) => {
  const folder = temporaryFolder(t);
  const table = new TestTable();
  table.put({ port: 1 }, -90 * SECOND);
  table.put({ port: 2 }, 10 * SECOND);
  await writeSnapshot(folder, [table], 20 * SECOND);
  const { restored } = await restore(folder, [table], new ToldLog(), 20 * SECOND);
  assert.deepEqual([ports(restored), restored.rejected], [[1, 2], 0]);
  const text = [...tableText([table as never], 20 * SECOND)].join('');
  assert.ok(text.includes('"announced":0,'));
});

test('ages told after the clock was set back hold, and not the times of before', async (t) => {
  const folder = temporaryFolder(t);
  const table = new TestTable();
  const entry = table.put({ port: 1 }, NOW);
  const recording = await writeSnapshot(folder, [table], NOW);
  const set = NOW - 3600 * SECOND;
  entry.announced = set - 30 * SECOND;
  await agesAt(folder, recording, set);
  const { restored } = await restore(folder, [table], new ToldLog(), set + SECOND);
  const { announced } = restored.entries[0]!;
  assert.ok(announced <= set - 30 * SECOND && announced > set - 40 * SECOND, String(set - announced));
  assert.equal(restored.knownAt, set);
});

test('what is no file, or larger than any of ours, is neither waited for nor read', async (t) => {
  const folder = temporaryFolder(t);
  const table = filled(1);
  const make: [(path: string) => void, RegExp][] = [
    [(path) => execFileSync('mkfifo', [path]), /it is no regular file/],
    [(path) => symlinkSync('/dev/zero', path), /it is no regular file/],
    [(path) => mkdirSync(path), /it is no regular file/],
    [sparse, /it has 2000000000 bytes, allowed: at most/],
  ];
  await writeSnapshot(folder, [table], NOW);
  for (const [each, reason] of make) {
    rmSync(agesPath(folder), { recursive: true, force: true });
    each(agesPath(folder));
    const log = new ToldLog();
    assert.deepEqual(ports((await restore(folder, [table], log, NOW)).restored), [1024]);
    assert.match(String(log.of('snapshot-ages-ignored')[0]!['error']), reason);
  }
  for (const [each, reason] of make) {
    rmSync(tablePath(folder), { recursive: true, force: true });
    each(tablePath(folder));
    assert.match((await restore(folder, [table], new ToldLog(), NOW)).bad!, reason);
  }
});
