import { diskFault } from '../snapshot/disk-fault.ts';
import { SortedTable } from '../table/sorted-table.ts';
import { type RouteDifference, tableDiff } from '../table/table-diff.ts';
import { differenceText } from './difference-text.ts';
import { printableJson } from './printable.ts';
import { Progress } from './progress.ts';
import { nameOf, readTable } from './read-table.ts';
import type { TableCommand, TablePlace } from './table-arguments.ts';
import type { TableOutput } from './table-export.ts';
import { streamSink } from './table-sink.ts';

const EQUAL = 0;
const DIFFERENT = 1;
const TROUBLE = 2;

/** Says what differs between two tables; the exit code. */
export async function tableDiffCommand(
  command: Extract<TableCommand, { kind: 'table-diff' }>,
  output: TableOutput,
): Promise<number> {
  const [old, next] = [new SortedTable(), new SortedTable()];
  try {
    for (const [place, table] of [
      [command.old, old],
      [command.new, next],
    ] as const) {
      const why = await fill(table, place, output);
      for (const sentence of why) output.error(sentence);
      if (why.length > 0) return TROUBLE;
    }
    const form = command.json ? JSON_FORM : textForm(command);
    return await tell(tableDiff(old, next), form, output);
  } catch (fault) {
    const reason = diskFault(fault);
    if (reason === null) throw fault;
    output.error(`the tables cannot be compared: ${reason}`);
    return TROUBLE;
  } finally {
    await old.close();
    await next.close();
  }
}

/** What was wrong, a sentence each. */
async function fill(
  table: SortedTable,
  place: TablePlace,
  { terminal }: TableOutput,
): Promise<readonly string[]> {
  const progress = new Progress(terminal, `endpoints of ${nameOf(place)}`);
  const reading = await readTable(place, { entry: (entry) => table.add(entry) }, progress);
  return reading.kind === 'bad' ? reading.why : [];
}

interface Form {
  readonly before: string;
  each(difference: RouteDifference, isFirst: boolean): string;
  after(differences: number): string;
}

const JSON_FORM: Form = {
  before: '{"differences":[',
  each: (difference, isFirst) => `${isFirst ? '' : ','}\n${printableJson(difference)}`,
  after: (differences) => `${differences === 0 ? '' : '\n'}],"equal":${differences === 0}}\n`,
};

function textForm({ old, new: next }: Extract<TableCommand, { kind: 'table-diff' }>): Form {
  const names = nameOf(old) === nameOf(next) ? ['OLD', 'NEW'] : [nameOf(old), nameOf(next)];
  return {
    before: '',
    each: (difference) => differenceText(difference, names[0]!, names[1]!),
    after: (differences) => {
      if (differences === 0) return 'no difference\n';
      return differences === 1 ? '1 route differs\n' : `${differences} routes differ\n`;
    },
  };
}

async function tell(
  differences: AsyncIterable<RouteDifference>,
  form: Form,
  { out }: TableOutput,
): Promise<number> {
  const sink = streamSink(out);
  let count = 0;
  let text = form.before;
  for await (const difference of differences) {
    text += form.each(difference, count === 0);
    count++;
    if (text.length < 1 << 16) continue;
    await sink.write(Buffer.from(text));
    text = '';
  }
  await sink.write(Buffer.from(text + form.after(count)));
  return count === 0 ? EQUAL : DIFFERENT;
}
