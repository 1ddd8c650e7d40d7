import { encodeField } from '../hpack/encoder.ts';
import type { Head } from '../message/head.ts';
import { trailerPasses } from '../policy/trailers.ts';

/** Trailers that go on to the other side, as a header block. */
export function trailerBlock(trailers: Head): string {
  let text = '';
  for (let line = 0; line < trailers.count; line++) {
    if (!trailerPasses(trailers, line)) continue;
    text += encodeField(trailers.name(line), trailers.value(line), trailers.isSensitive(line));
  }
  return text;
}
