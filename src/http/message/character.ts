/** Classes of bytes, one bit each, so that one table load answers what the parser asks (RFC 9110 §5.6, RFC 9112 §3). */
export const TOKEN = 1;
/** field-content: VCHAR, SP, HTAB and obs-text; every control character is out. */
export const VALUE = 2;
/**
 * Visible without `#`: a request-target never carries a fragment (RFC 9112 §3.2). Bytes beyond ASCII have no place in
 * one either, but clients send them, applications take them, and nothing hangs on them.
 */
export const TARGET = 4;
export const DIGIT = 8;
export const HEX = 16;
/** Printable ASCII but for `"` and `\\`: what stands in a quoted log field as it is. */
export const PLAIN = 32;

export const CLASS = new Uint8Array(256);

for (let byte = 0; byte < 256; byte++) {
  const char = String.fromCharCode(byte);
  let bits = 0;
  if (/[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(char)) bits |= TOKEN;
  if (byte === 0x09 || (byte >= 0x20 && byte !== 0x7f)) bits |= VALUE;
  if (byte > 0x20 && byte !== 0x7f && char !== '#') bits |= TARGET;
  if (/[0-9]/.test(char)) bits |= DIGIT;
  if (/[0-9A-Fa-f]/.test(char)) bits |= HEX;
  if (byte >= 0x20 && byte <= 0x7e && char !== '"' && char !== '\\') bits |= PLAIN;
  CLASS[byte] = bits;
}

export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
