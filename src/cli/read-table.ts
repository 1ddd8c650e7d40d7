import { Unreadable } from '../snapshot/checked-text.ts';
import { HEADER_BYTES } from '../snapshot/header.ts';
import { readRegular } from '../snapshot/read-regular.ts';
import { MOST_BYTES } from '../snapshot/recording.ts';
import { readEntries } from '../table/read-entries.ts';
import type { TableEntry } from '../table/table-entry.ts';
import type { LineFault } from '../table/table-line.ts';
import { readAdmin } from './admin-client.ts';
import { printable } from './printable.ts';
import type { Progress } from './progress.ts';
import type { TablePlace } from './table-arguments.ts';

/** Faults that are told one by one. */
const MOST_TOLD = 10;
/** Bytes, read at once. */
const BLOCK = 1 << 17;

/** What became of reading; a sentence for each thing that was wrong. */
export type TableReading =
  | { readonly kind: 'good' }
  | { readonly kind: 'bad'; readonly why: readonly string[] };

export interface TableVisitor {
  /** Every byte, as it comes. */
  piece?(piece: Buffer): Promise<void> | void;
  /** Null: there is nothing to be waited for. */
  entry?(entry: TableEntry): Promise<void> | null;
}

/** Reads a table, wherever it is, and checks every line of it. Rejects with what the visitor does. */
export async function readTable(
  place: TablePlace,
  visitor: TableVisitor,
  progress: Progress,
): Promise<TableReading> {
  const name = nameOf(place);
  const faults = new Faults(name);
  const thrown: { error: unknown } = { error: null };
  const consume = async (pieces: AsyncIterable<Buffer>): Promise<'done' | 'failed'> => {
    try {
      for await (const entries of readEntries(seen(pieces, visitor))) {
        for (const entry of entries) {
          if ('reason' in entry) faults.add(entry);
          else {
            const waiting = visitor.entry?.(entry) ?? null;
            if (waiting !== null) await waiting;
          }
        }
        progress.add(entries.length);
      }
      return 'done';
    } catch (error) {
      thrown.error = error;
      return 'failed';
    }
  };
  const failure = place.kind === 'file' ? await readFile(place.path, consume) : await askLive(place, consume);
  progress.end();
  if (thrown.error !== null) throw thrown.error;
  if (failure !== null) return { kind: 'bad', why: [failure] };
  return faults.told.length > 0 ? { kind: 'bad', why: faults.told } : { kind: 'good' };
}

export function nameOf(place: TablePlace): string {
  return place.kind === 'file' ? place.path : 'live';
}

type Consume = (pieces: AsyncIterable<Buffer>) => Promise<unknown>;

/** Null: it was read. */
async function readFile(path: string, consume: Consume): Promise<string | null> {
  const read = await readRegular(path, HEADER_BYTES + MOST_BYTES, async (file) => {
    await consume(file.createReadStream({ autoClose: false, highWaterMark: BLOCK }));
    return 'read' as const;
  });
  if (read === null) return `${printable(path)}: there is no such file`;
  return read instanceof Unreadable ? `${printable(path)}: ${read.reason}` : null;
}

async function askLive({ address }: Extract<TablePlace, { kind: 'live' }>, consume: Consume) {
  const answer = await readAdmin(address, '/v1/table', consume);
  return answer.kind === 'failure' ? answer.sentence : null;
}

async function* seen(pieces: AsyncIterable<Buffer>, { piece: see }: TableVisitor): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    await see?.(piece);
    yield piece;
  }
}

/** The first of them, and how many there are. */
class Faults {
  readonly #name: string;
  readonly #told: string[] = [];
  #count = 0;

  constructor(name: string) {
    this.#name = printable(name);
  }

  get told(): readonly string[] {
    const more = this.#count - this.#told.length;
    return more > 0 ? [...this.#told, `${this.#name}: ${more} more lines are bad`] : this.#told;
  }

  add({ line, reason }: LineFault): void {
    if (this.#count++ >= MOST_TOLD) return;
    const where = line === null ? this.#name : `${this.#name}:${line}`;
    this.#told.push(`${where}: ${printable(reason)}`);
  }
}
