import type { FileHandle } from 'node:fs/promises';

const LINE_FEED = 0x0a;
/** Far more than a line may have, and read within a few milliseconds. */
const BLOCK_BYTES = 1024 * 1024;

/**
 * A file from some place on, in blocks that end with a line feed, but perhaps the last. A line too long for a block
 * comes in pieces. Each block is memory of its own, for as long as it is kept.
 * @param blockBytes of the largest block
 */
export async function* wholeLines(
  file: FileHandle,
  position: number,
  blockBytes = BLOCK_BYTES,
): AsyncGenerator<Buffer> {
  let block = Buffer.allocUnsafeSlow(blockBytes);
  let filled = 0;
  for (;;) {
    const { bytesRead } = await file.read(block, filled, blockBytes - filled, position);
    position += bytesRead;
    filled += bytesRead;
    const lineEnd = block.subarray(0, filled).lastIndexOf(LINE_FEED) + 1;
    const isPiece = lineEnd === 0 && (filled === blockBytes || bytesRead === 0);
    const end = isPiece || bytesRead === 0 ? filled : lineEnd;
    const full = block;
    if (end > 0) yield full.subarray(0, end);
    if (bytesRead === 0) return;
    if (end > 0) block = Buffer.allocUnsafeSlow(blockBytes);
    full.copy(block, 0, end, filled);
    filled -= end;
  }
}

/** The lines of a block, without their line feeds, one after the other. */
export function* linesOf(block: Buffer): Generator<Buffer> {
  for (let start = 0; start < block.length; ) {
    const found = block.indexOf(LINE_FEED, start);
    const end = found === -1 ? block.length : found;
    yield block.subarray(start, end);
    start = end + 1;
  }
}

/** Calls back with each line of a block, without its line feed, at once. */
export function eachLine(block: Buffer, visit: (line: Buffer) => void): void {
  eachPlace(block, (start, end) => visit(block.subarray(start, end)));
}

/** The same with where each line begins and ends: as buffers of their own they are much where there are many. */
export function eachPlace(block: Buffer, visit: (start: number, end: number) => void): void {
  for (let start = 0; start < block.length; ) {
    const found = block.indexOf(LINE_FEED, start);
    const end = found === -1 ? block.length : found;
    visit(start, end);
    start = end + 1;
  }
}
