/** Of a version, in a start line. */
export const VERSION_LENGTH = 'HTTP/1.1'.length;

const HTTP_1 = Buffer.from('HTTP/1.', 'latin1');

/** The minor version of HTTP/1 that stands there, 0 to 9; -1 when anything else does. */
export function minorVersionAt(bytes: Buffer, at: number): number {
  for (let i = 0; i < VERSION_LENGTH - 1; i++) {
    if (bytes[at + i] !== HTTP_1[i]) return -1;
  }
  const minor = bytes[at + VERSION_LENGTH - 1]! - 0x30;
  return minor >= 0 && minor <= 9 ? minor : -1;
}
