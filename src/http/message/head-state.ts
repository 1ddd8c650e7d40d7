/** Where in a head the parser is: what the next byte belongs to. */
export const BEFORE = 0;
export const BEFORE_LF = 1;
export const METHOD = 2;
export const IN_TARGET = 3;
export const VERSION = 4;
export const START_LF = 5;
export const STATUS_VERSION = 6;
export const STATUS_CODE = 7;
export const REASON = 8;
export const FIELD_START = 9;
export const NAME = 10;
export const OWS = 11;
export const IN_VALUE = 12;
export const VALUE_LF = 13;
export const END_LF = 14;

/** A trailer section, of a request or of a response, is a header section without a start line (RFC 9112 §7.1.2). */
export type HeadKind = 'request' | 'response' | 'trailers' | 'response-trailers';

/** Where a head of each kind begins. */
export const FIRST_STATE: Readonly<Record<HeadKind, number>> = {
  request: BEFORE,
  response: STATUS_VERSION,
  trailers: FIELD_START,
  'response-trailers': FIELD_START,
};
