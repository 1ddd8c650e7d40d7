import {
  COMPRESSION_ERROR,
  FLOW_CONTROL_ERROR,
  FRAME_SIZE_ERROR,
  NO_ERROR,
  PROTOCOL_ERROR,
  STREAM_CLOSED,
} from './codes.ts';

/** Why a connection as a whole cannot go on (RFC 9113 §5.4.1): what GOAWAY says of it. */
export interface ConnectionError {
  readonly code: number;
  /** ASCII, for whoever debugs the other side. */
  readonly reason: string;
}

function error(code: number, reason: string): ConnectionError {
  return Object.freeze({ code, reason });
}

export const BAD_COMPRESSION = error(COMPRESSION_ERROR, 'header block cannot be decoded');
export const BAD_SIZE = error(FRAME_SIZE_ERROR, 'length of a frame');
export const BAD_SETTING = error(PROTOCOL_ERROR, 'value of a setting');
export const BAD_PADDING = error(PROTOCOL_ERROR, 'padding longer than its frame');
export const BLOCK_INTERRUPTED = error(PROTOCOL_ERROR, 'a header block is not whole');
export const NO_SETTINGS = error(PROTOCOL_ERROR, 'SETTINGS come first');
export const NO_STREAM = error(PROTOCOL_ERROR, 'frame without a stream');
export const OF_A_STREAM = error(PROTOCOL_ERROR, 'frame of the connection on a stream');
export const OF_THE_CONNECTION = error(PROTOCOL_ERROR, 'frame of a stream on the connection');
export const IDLE_STREAM = error(PROTOCOL_ERROR, 'frame on an idle stream');
export const NOT_FROM_HERE = error(PROTOCOL_ERROR, 'frame that this side may not send');
export const BAD_STREAM_ID = error(PROTOCOL_ERROR, 'stream identifier');
export const CLOSED_STREAM = error(STREAM_CLOSED, 'frame on a closed stream');
export const NO_CREDIT = error(PROTOCOL_ERROR, 'WINDOW_UPDATE of 0');
export const WINDOW_OVERFLOW = error(FLOW_CONTROL_ERROR, 'window above 2^31-1');
export const WINDOW_EXCEEDED = error(FLOW_CONTROL_ERROR, 'more data than the window allows');
/** Said to whoever has given the connection up already. */
export const GIVEN_UP = error(NO_ERROR, 'given up by the other side');
export const DEPENDS_ON_ITSELF = error(PROTOCOL_ERROR, 'stream depends on itself');
