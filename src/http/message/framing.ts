import {
  BAD_CONTENT_LENGTH,
  BAD_TRANSFER_ENCODING,
  EMPTY_CONTENT_LENGTH,
  type Fault,
  UNKNOWN_TRANSFER_ENCODING,
} from './fault.ts';
import type { Head } from './head.ts';

/**
 * How a body is delimited: a count of bytes when not negative, else one of these (RFC 9112 §6.3). This file and
 * its two callers, `request.ts` and `response.ts`, are the only places that decide it.
 */
export type BodyLength = number;
export const CHUNKED = -1;
/** Response only: until the backend closes. */
export const UNTIL_CLOSE = -2;

/** How a body is delimited on the side it is written to. */
export type BodyEncoding = 'none' | 'length' | 'chunked' | 'until-close';

/** For a body of a length that is known, or `CHUNKED`. */
export function encodingOf(length: BodyLength): BodyEncoding {
  if (length === CHUNKED) return 'chunked';
  return length > 0 ? 'length' : 'none';
}

/** The number in a Content-Length line: 1*DIGIT, exact (RFC 9110 §8.6). */
export function readContentLength(head: Head, line: number): number | Fault {
  const text = head.value(line);
  let length = 0;
  if (text.length === 0) return EMPTY_CONTENT_LENGTH;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return BAD_CONTENT_LENGTH;
    length = length * 10 + digit;
    if (length > Number.MAX_SAFE_INTEGER) return BAD_CONTENT_LENGTH;
  }
  return length;
}

/** `null` when a Transfer-Encoding line says exactly `chunked`, the one coding there is. */
export function checkTransferEncoding(head: Head, line: number): Fault | null {
  const text = head.value(line).toLowerCase();
  if (text === 'chunked') return null;
  // RFC 9112 §6.3: where chunked is not the last coding, the body has no end and the answer must be 400.
  return UNKNOWN_THEN_CHUNKED.test(text) ? UNKNOWN_TRANSFER_ENCODING : BAD_TRANSFER_ENCODING;
}

const UNKNOWN_THEN_CHUNKED = /^(?!chunked[ \t,])[!#$%&'*+\-.^_`|~0-9a-z]+[ \t]*,[ \t]*chunked$/;
