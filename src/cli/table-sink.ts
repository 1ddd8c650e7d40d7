import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { isMissing } from '../snapshot/disk-fault.ts';

/** Where a table is written to: whole, or not at all where that can be helped. */
export interface TableSink {
  write(piece: Buffer): Promise<void>;
  /** It was the last. */
  finish(): Promise<void>;
  /** Nothing is to be left of it. Also after `finish`, when it does nothing. */
  abandon(): Promise<void>;
}

/**
 * A file that takes its name when it is whole. A link stays, and leads to it; a device or a pipe is written to, since
 * nothing may take its place. Rejects with what the disk does.
 */
export async function fileSink(path: string): Promise<TableSink> {
  const target = await targetOf(path);
  return target.isStream ? deviceSink(target.path) : draftSink(target.path);
}

async function targetOf(path: string): Promise<{ readonly path: string; readonly isStream: boolean }> {
  try {
    const target = await realpath(path);
    const stats = await stat(target);
    return { path: target, isStream: !stats.isFile() && !stats.isDirectory() };
  } catch (error) {
    if (!isMissing(error)) throw error;
    return { path, isStream: false };
  }
}

async function deviceSink(path: string): Promise<TableSink> {
  const file = await open(path, 'w');
  let closed: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closed ??= file.close();
    return closed;
  };
  return {
    write: async (piece) => {
      await file.appendFile(piece);
    },
    finish: close,
    abandon: close,
  };
}

async function draftSink(path: string): Promise<TableSink> {
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
