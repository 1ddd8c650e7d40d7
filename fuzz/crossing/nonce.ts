const BITS = 26;
const FOUND = new RegExp(`!([XZ]{${BITS}})([XZ]{${BITS}})!`, 'g');

/** Those of the good clients begin here. */
export const FIRST_GOOD = 2 ** (BITS - 1);

/**
 * A mark that no other exchange carries, and that stands in a header block as it is: none of its characters has a
 * code shorter than a byte (RFC 7541 Appendix B), so that no encoder saves anything. The number stands in it twice,
 * the second time with all bits turned over: a mutation makes no other mark of it. `number`: below 2^26.
 */
export function nonceOf(number: number): string {
  const digits = digitsOf(number);
  return `!${digits}${turnedOver(digits)}!`;
}

/** Different marks in `bytes`. */
export function marksIn(bytes: string): string[] {
  const found = new Set<string>();
  for (const [nonce, digits, again] of bytes.matchAll(FOUND))
    if (again === turnedOver(digits!)) found.add(nonce);
  return [...found];
}

function digitsOf(number: number): string {
  return number.toString(2).padStart(BITS, '0').replaceAll('0', 'X').replaceAll('1', 'Z');
}

function turnedOver(digits: string): string {
  return digits.replace(/./g, (digit) => (digit === 'X' ? 'Z' : 'X'));
}
