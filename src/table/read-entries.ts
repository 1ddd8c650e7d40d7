import { MOST_LINE_BYTES } from '../snapshot/line.ts';
import { eachLine } from '../snapshot/whole-lines.ts';
import { type TableEntry, tableEntry } from './table-entry.ts';
import type { LineFault } from './table-line.ts';
import { isFault, TableReader } from './table-reader.ts';

const LINE_FEED = 0x0a;

/**
 * What a table's text says, line by line, and what is wrong with it. Whole lines come out of pieces of any length; of
 * one without end no more is kept than a line may have. @param pieces good until the next is asked for
 */
export async function* readEntries(
  pieces: AsyncIterable<Buffer>,
): AsyncGenerator<(TableEntry | LineFault)[]> {
  const reader = new TableReader();
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    rest = cutOff(Buffer.from(bytes.subarray(end)));
    if (end > 0) yield entriesOf(bytes.subarray(0, end), reader);
  }
  if (rest.length > 0) yield entriesOf(rest, reader);
  const fault = reader.end();
  if (fault !== null) yield [fault];
}

function entriesOf(block: Buffer, reader: TableReader): (TableEntry | LineFault)[] {
  const found: (TableEntry | LineFault)[] = [];
  eachLine(block, (bytes) => {
    const taken = reader.take(bytes);
    if (taken !== null) found.push(isFault(taken) ? taken : tableEntry(taken));
  });
  return found;
}

/** It is too long in any case, and by its beginning as well as by the whole. */
function cutOff(line: Buffer): Buffer {
  return line.length <= 2 * MOST_LINE_BYTES ? line : Buffer.from(line.subarray(0, 2 * MOST_LINE_BYTES));
}
