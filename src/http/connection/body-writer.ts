import type { BodyEncoding } from '../message/framing.ts';
import type { Head } from '../message/head.ts';
import { trailerPasses } from '../policy/trailers.ts';
import type { Outbox } from './outbox.ts';

export function writeBody(
  outbox: Outbox,
  encoding: BodyEncoding,
  bytes: Buffer,
  start: number,
  end: number,
  borrowed: boolean,
): void {
  if (start === end || encoding === 'none') return;
  if (encoding !== 'chunked') {
    outbox.bytes(bytes, start, end, borrowed);
    return;
  }
  outbox.text(`${(end - start).toString(16)}\r\n`);
  outbox.bytes(bytes, start, end, borrowed);
  outbox.text('\r\n');
}

export function endBody(outbox: Outbox, encoding: BodyEncoding, trailers: Head | null): void {
  if (encoding !== 'chunked') return;
  outbox.text(trailers === null ? '0\r\n\r\n' : `0\r\n${trailerLines(trailers)}\r\n`);
}

function trailerLines(trailers: Head): string {
  let text = '';
  for (let line = 0; line < trailers.count; line++) {
    if (trailerPasses(trailers, line)) text += `${trailers.name(line)}: ${trailers.value(line)}\r\n`;
  }
  return text;
}
