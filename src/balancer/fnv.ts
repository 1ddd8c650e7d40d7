/** An unsigned 64-bit number in two halves: a BigInt per request would cost an allocation per character. */
export interface Wide {
  high: number;
  low: number;
}

/** FNV-1a of 64 bits over a text in which one character is one byte. Writes into `hash`. */
export function fnv1a64(text: string, hash: Wide): Wide {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  for (let i = 0; i < text.length; i++) {
    low = (low ^ (text.charCodeAt(i) & 0xff)) >>> 0;
    // Times the prime, 2^40 + 0x1b3, modulo 2^64.
    const product = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / TWO_32) + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  hash.high = high;
  hash.low = low;
  return hash;
}

/** `modulus` up to 2^20. */
export function remainder({ high, low }: Wide, modulus: number): number {
  return ((high % modulus) * (TWO_32 % modulus) + (low % modulus)) % modulus;
}

const TWO_32 = 2 ** 32;
