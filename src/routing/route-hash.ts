/**
 * HalfSipHash-1-3 with a key of its own. Who registers routes chooses their names: with a hash that can be worked out
 * beforehand they could be made to lie in one heap, through which every lookup would have to go (X12).
 */
export class RouteHash {
  readonly #k0 = randomInteger();
  readonly #k1 = randomInteger();

  /** Of bytes `from` to `to`, and of another hash that stands before them. */
  of(bytes: Uint8Array, from: number, to: number, before: number): number {
    let v0 = this.#k0;
    let v1 = this.#k1;
    let v2 = v0 ^ 0x6c796765;
    let v3 = v1 ^ 0x74656462;
    const words = (to - from) >> 2;
    const rounds = words + 5;
    let at = from;
    for (let round = 0; round < rounds; round++) {
      let word = 0;
      if (round === 0) word = before;
      else if (round <= words) {
        word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
        at += 4;
      } else if (round === words + 1) {
        word = (to - from) << 24;
        for (let shift = 0; at < to; shift += 8) word |= bytes[at++]! << shift;
      } else if (round === words + 2) v2 ^= 0xff;
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
    }
    return v1 ^ v3;
  }
}

function randomInteger(): number {
  return crypto.getRandomValues(new Int32Array(1))[0]!;
}
