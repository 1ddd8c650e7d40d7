import { OTHER } from '../message/field-name.ts';
import { type BodyLength, CHUNKED } from '../message/framing.ts';
import type { Head } from '../message/head.ts';
import type { Outbox } from './outbox.ts';

/** How a body is delimited on the side it is written to. */
export type BodyEncoding = 'none' | 'length' | 'chunked' | 'until-close';

/** For a body of a length that is known, or `CHUNKED`. */
export function encodingOf(length: BodyLength): BodyEncoding {
  if (length === CHUNKED) return 'chunked';
  return length > 0 ? 'length' : 'none';
}

/**
 * Trailer fields that a recipient might merge into what it already trusts (RFC 9110 §6.5.1). Names the router
 * knows by id never pass either.
 */
const FORBIDDEN_TRAILERS: ReadonlySet<string> = new Set([
  'authorization',
  'cache-control',
  'content-encoding',
  'content-range',
  'content-type',
  'cookie',
  'forwarded',
  'max-forwards',
  'proxy-authentication-info',
  'set-cookie',
  'www-authenticate',
]);

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
    const name = trailers.name(line);
    const lower = name.toLowerCase();
    const passes =
      trailers.id(line) === OTHER && !FORBIDDEN_TRAILERS.has(lower) && !lower.startsWith('x-cf-');
    if (passes) text += `${name}: ${trailers.value(line)}\r\n`;
  }
  return text;
}
