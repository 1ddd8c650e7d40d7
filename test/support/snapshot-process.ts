import { SnapshotKeeper } from '../../src/snapshot/snapshot-keeper.ts';
import { writeAges } from '../../src/snapshot/write-ages.ts';
import { writeSnapshot } from '../../src/snapshot/write-snapshot.ts';
import { SILENT } from '../../src/telemetry/silent-log.ts';
import { TestTable } from './snapshot-table.ts';

/** What this process is asked for by its first argument, in the folder that is its second. */
const [task, folder] = process.argv.slice(2) as [string, string];

/** Writes one table after the other, each with its number in every line, and ages after each, until it is killed. */
async function writeForEver(lines: number, first: number): Promise<void> {
  for (let generation = first; ; generation++) {
    const table = new TestTable();
    for (let port = 0; port < lines; port++) table.put({ port, generation }, Date.now());
    const recording = await writeSnapshot(folder, [table], Date.now());
    process.send!(generation);
    const now = Date.now();
    await writeAges(folder, recording, now, await recording.announcements(now));
  }
}

/** Takes the folder, tells what became of that, and stays; when it is asked to, it writes what it is sent. */
async function keep(): Promise<void> {
  const table = new TestTable();
  const keeper = await SnapshotKeeper.open(folder, [table], SILENT);
  process.on('message', async (port: number) => {
    table.put({ port, app: 'x'.repeat(1000) }, Date.now());
    keeper.changed();
    await keeper.writeNow();
    process.send!('tried');
  });
  process.send!(keeper.state);
}

if (task === 'write') await writeForEver(Number(process.argv[4]), Number(process.argv[5]));
if (task === 'keep') await keep();
