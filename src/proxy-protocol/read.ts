import { fault, PARTIAL, type ProxyRead } from './header.ts';
import { readV1 } from './read-v1.ts';
import { readV2 } from './read-v2.ts';

const V1_PREFIX = Buffer.from('PROXY ', 'latin1');
export const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

/**
 * Looks for a PROXY protocol header of either version at `start`. Never throws, and keeps nothing between calls:
 * after `partial` call again with the same start and more bytes.
 */
export function readProxyHeader(bytes: Buffer, start: number, end: number): ProxyRead {
  if (start === end) return PARTIAL;
  if (begins(bytes, start, end, V1_PREFIX)) {
    return end - start < V1_PREFIX.length ? PARTIAL : readV1(bytes, start, end);
  }
  if (begins(bytes, start, end, V2_SIGNATURE)) return readV2(bytes, start, end);
  return fault('no-header');
}

/** Whether what is there agrees with `wanted` as far as it goes. */
function begins(bytes: Buffer, start: number, end: number, wanted: Buffer): boolean {
  const length = Math.min(end - start, wanted.length);
  return bytes.compare(wanted, 0, length, start, start + length) === 0;
}
