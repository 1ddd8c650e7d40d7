const TABLE = new Uint32Array(256).map((_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** The Castagnoli checksum of `bytes`, the four from `hole` on counted as zero. */
export function crc32c(bytes: Uint8Array, start: number, end: number, hole: number): number {
  let crc = 0xffffffff;
  for (let i = start; i < end; i++) {
    const byte = i >= hole && i < hole + 4 ? 0 : bytes[i]!;
    crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff]!;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
