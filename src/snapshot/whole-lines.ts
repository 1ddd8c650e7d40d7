import type { FileHandle } from 'node:fs/promises';

const LINE_FEED = 0x0a;
/** Far more than a line may have, and read within a few milliseconds. */
const BLOCK_BYTES = 1024 * 1024;

/**
 * A file from some place on, in blocks that end with a line feed, but perhaps the last: memory is the same however
 * long it is. A line too long for a block comes in pieces. Each block is good until the next is asked for.
 * @param blockBytes of the largest block
 */
export async function* wholeLines(
  file: FileHandle,
  position: number,
  blockBytes = BLOCK_BYTES,
): AsyncGenerator<Buffer> {
  const block = Buffer.allocUnsafe(blockBytes);
  let filled = 0;
  for (;;) {
    const { bytesRead } = await file.read(block, filled, blockBytes - filled, position);
    position += bytesRead;
    filled += bytesRead;
    const lineEnd = block.subarray(0, filled).lastIndexOf(LINE_FEED) + 1;
    const isPiece = lineEnd === 0 && (filled === blockBytes || bytesRead === 0);
    const end = isPiece || bytesRead === 0 ? filled : lineEnd;
    if (end > 0) yield block.subarray(0, end);
    if (bytesRead === 0) return;
    block.copyWithin(0, end, filled);
    filled -= end;
  }
}

/** Calls back with each line of a block, without its line feed, at once. */
export function eachLine(block: Buffer, visit: (line: Buffer) => void): void {
  for (let start = 0; start < block.length; ) {
    const found = block.indexOf(LINE_FEED, start);
    const end = found === -1 ? block.length : found;
    visit(block.subarray(start, end));
    start = end + 1;
  }
}
