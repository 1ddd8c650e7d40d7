import type { Writable } from 'node:stream';
import { diskFault } from '../snapshot/disk-fault.ts';
import { Progress, type Terminal } from './progress.ts';
import { readTable, type TableReading } from './read-table.ts';
import type { TableCommand } from './table-arguments.ts';
import { fileSink, streamSink, type TableSink } from './table-sink.ts';

export interface TableOutput {
  readonly out: Writable;
  readonly terminal: Terminal;
  /** One sentence. */
  error(sentence: string): void;
}

/** Writes a table and checks it; the exit code. */
export async function tableExport(
  { from, output }: Extract<TableCommand, { kind: 'table-export' }>,
  { out, terminal, error }: TableOutput,
): Promise<number> {
  const progress = new Progress(terminal, 'endpoints');
  let sink: TableSink | null = null;
  try {
    // Of a file all is known before anything is written.
    const checked: TableReading =
      from.kind === 'file' ? await readTable(from, {}, progress) : { kind: 'good' };
    if (checked.kind === 'bad') return failed(checked.why, error);
    sink = output === null ? streamSink(out) : await fileSink(output);
    const { write } = sink;
    const reading = await readTable(from, { piece: (piece) => write(piece) }, progress);
    if (reading.kind === 'bad') return failed(reading.why, error);
    await sink.finish();
    return 0;
  } catch (fault) {
    const reason = diskFault(fault);
    if (reason === null) throw fault;
    return failed([`the table cannot be written: ${reason}`], error);
  } finally {
    await sink?.abandon();
  }
}

function failed(why: readonly string[], error: (sentence: string) => void): number {
  for (const sentence of why) error(sentence);
  return 1;
}
