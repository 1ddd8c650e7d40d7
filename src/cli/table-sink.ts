import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';

/** Where a table is written to: whole, or not at all where that can be helped. */
export interface TableSink {
  write(piece: Buffer): Promise<void>;
  /** It was the last. */
  finish(): Promise<void>;
  /** Nothing is to be left of it. Also after `finish`, when it does nothing. */
  abandon(): Promise<void>;
}

/** A file that takes its name when it is whole. Rejects with what the disk does. */
export async function fileSink(path: string): Promise<TableSink> {
  const draft = `${path}.${process.pid}.part`;
  let file: FileHandle | null = await open(draft, 'wx', 0o600);
  const close = async (): Promise<void> => {
    const open = file;
    file = null;
    await open?.close();
  };
  let state: 'begun' | 'finished' = 'begun';
  return {
    write: async (piece) => {
      await file!.appendFile(piece);
    },
    finish: async () => {
      await file!.datasync();
      await close();
      await rename(draft, path);
      state = 'finished';
    },
    abandon: async () => {
      await close();
      if (state === 'begun') await rm(draft, { force: true });
    },
  };
}

/** What has been written to a stream is out. Rejects when nobody reads it any more. */
export function streamSink(stream: Writable): TableSink {
  const write = promisify((piece: Buffer, done: (error?: Error | null) => void) => stream.write(piece, done));
  return {
    write,
    finish: async () => {},
    abandon: async () => {},
  };
}
