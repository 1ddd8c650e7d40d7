/** Frame types (RFC 9113 §6, RFC 9218 §7.1). */
export const DATA = 0;
export const HEADERS = 1;
export const PRIORITY = 2;
export const RST_STREAM = 3;
export const SETTINGS = 4;
export const PUSH_PROMISE = 5;
export const PING = 6;
export const GOAWAY = 7;
export const WINDOW_UPDATE = 8;
export const CONTINUATION = 9;
export const PRIORITY_UPDATE = 0x10;

/** Flags; what one means depends on the type of its frame. */
export const END_STREAM = 0x1;
export const ACK = 0x1;
export const END_HEADERS = 0x4;
export const PADDED = 0x8;
export const WITH_PRIORITY = 0x20;

/** Why a stream or a connection ends (RFC 9113 §7). */
export const NO_ERROR = 0;
export const PROTOCOL_ERROR = 1;
export const INTERNAL_ERROR = 2;
export const FLOW_CONTROL_ERROR = 3;
export const STREAM_CLOSED = 5;
export const FRAME_SIZE_ERROR = 6;
export const REFUSED_STREAM = 7;
export const CANCEL = 8;
export const COMPRESSION_ERROR = 9;
export const ENHANCE_YOUR_CALM = 11;
export const HTTP_1_1_REQUIRED = 13;

/** Names of settings (RFC 9113 §6.5.2, RFC 8441 §3, RFC 9218 §2.1). */
export const HEADER_TABLE_SIZE = 1;
export const ENABLE_PUSH = 2;
export const MAX_CONCURRENT_STREAMS = 3;
export const INITIAL_WINDOW_SIZE = 4;
export const MAX_FRAME_SIZE = 5;
export const MAX_HEADER_LIST_SIZE = 6;
export const ENABLE_CONNECT_PROTOCOL = 8;
export const NO_RFC7540_PRIORITIES = 9;

/** The dynamic table of a peer, until SETTINGS say otherwise (RFC 9113 §6.5.2). Octets. */
export const DEFAULT_TABLE = 4096;
/** The window of a connection and, until SETTINGS say otherwise, of a stream (RFC 9113 §6.9.2). Bytes. */
export const DEFAULT_WINDOW = 65_535;
/** RFC 9113 §6.9.1. */
export const MAX_WINDOW = 2 ** 31 - 1;
/** Payload of a frame, until SETTINGS say otherwise; more is never asked for here (RFC 9113 §4.2). Bytes. */
export const DEFAULT_FRAME = 16_384;
/** Before a frame's payload. Bytes. */
export const FRAME_HEAD = 9;
export const MAX_STREAM_ID = 2 ** 31 - 1;
