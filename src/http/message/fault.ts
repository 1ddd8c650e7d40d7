/** Why a message cannot be taken as HTTP/1.1: what the client is told, and the name under which it is counted and logged. */
export interface Fault {
  /** Status for a client's message; a backend's faulty message is always answered 502. */
  readonly status: 400 | 405 | 408 | 414 | 417 | 431 | 501 | 505;
  readonly name: string;
  /** One sentence that never repeats input. */
  readonly detail: string;
}

/** The same of what nothing is answered to: then the status is 0. */
export interface TellingFault extends Omit<Fault, 'status'> {
  readonly status: number;
}

function fault(status: Fault['status'], name: string, detail: string): Fault {
  return Object.freeze({ status, name, detail });
}

export const BAD_START = fault(400, 'bad_start_line', 'The start line is not HTTP/1.1');
export const BAD_METHOD = fault(400, 'bad_method', 'The method is not a token');
export const BAD_TARGET = fault(400, 'bad_target', 'The request target is not valid');
export const TARGET_TOO_LONG = fault(414, 'target_too_long', 'The request target is too long');
export const BAD_VERSION = fault(400, 'unsupported_protocol', 'Only HTTP/1.0 and HTTP/1.1 are spoken here');
export const BAD_STATUS_LINE = fault(400, 'bad_status_line', 'The status line is not HTTP/1.1');
export const BARE_LINE_END = fault(400, 'bare_line_end', 'A line does not end in CRLF');
export const BAD_FIELD_NAME = fault(
  400,
  'bad_field_name',
  'A header name is not a token directly before its colon',
);
export const LOOKALIKE_NAME = fault(
  400,
  'lookalike_field_name',
  'A header name imitates another with something else for a hyphen',
);
export const BAD_FIELD_VALUE = fault(400, 'bad_field_value', 'A header value holds a control character');
export const PADDED_FIELD_VALUE = fault(
  400,
  'padded_field_value',
  'A header value begins or ends with white space',
);
export const MANY_CONNECTION_OPTIONS = fault(
  400,
  'many_connection_options',
  'The Connection header lists too many options',
);
export const FOLDED_LINE = fault(400, 'folded_line', 'A header line is folded');
export const HEAD_TOO_LARGE = fault(431, 'max-request-size-exceeded', 'The header section is too large');
export const TOO_MANY_FIELDS = fault(431, 'max-request-size-exceeded', 'There are too many header lines');

export const MISSING_HOST = fault(400, 'missing_host', 'The Host header is missing');
export const BAD_HOST = fault(400, 'bad_host', 'The Host header is not valid');
export const MANY_HOSTS = fault(400, 'many_hosts', 'There is more than one Host header');
export const HOST_CONFLICT = fault(
  400,
  'host_conflict',
  'The request target names another host than the Host header',
);

export const BAD_CONTENT_LENGTH = fault(
  400,
  'bad_content_length',
  'Content-Length is not one decimal number',
);
export const EMPTY_CONTENT_LENGTH = fault(400, 'empty_content_length', 'Content-Length is empty');
export const MANY_CONTENT_LENGTHS = fault(
  400,
  'many_content_lengths',
  'There is more than one Content-Length',
);
export const LENGTH_AND_ENCODING = fault(
  400,
  'length_and_encoding',
  'Content-Length and Transfer-Encoding exclude each other',
);
export const BAD_TRANSFER_ENCODING = fault(
  400,
  'bad_transfer_encoding',
  'Transfer-Encoding is not exactly "chunked"',
);
export const UNKNOWN_TRANSFER_ENCODING = fault(
  501,
  'unknown_transfer_encoding',
  'Only the chunked transfer coding is spoken here',
);
export const ENCODING_IN_HTTP_1_0 = fault(400, 'encoding_in_http_1_0', 'HTTP/1.0 has no Transfer-Encoding');
export const UPGRADE_WITH_BODY = fault(400, 'upgrade_with_body', 'A request to upgrade cannot carry a body');
export const UNKNOWN_EXPECTATION = fault(417, 'unknown_expectation', 'Only "100-continue" can be expected');

export const BAD_CHUNK_SIZE = fault(400, 'bad_chunk_size', 'A chunk size is not a hexadecimal number');
export const BAD_CHUNK_EXTENSION = fault(400, 'bad_chunk_extension', 'A chunk extension is not valid');
export const CHUNK_OVERHEAD = fault(400, 'chunk_overhead', 'The chunk extensions are too large');
export const BAD_CHUNK_END = fault(400, 'bad_chunk_end', 'A chunk is not followed by CRLF');
export const METHOD_REFUSED = fault(405, 'method_refused', 'This method is not served here');
export const CONNECT_REFUSED = fault(501, 'connect_refused', 'This is no forward proxy');
export const HTTP_ON_TLS_PORT = fault(
  400,
  'http_on_tls_port',
  'The client sent an HTTP request to an HTTPS server',
);
export const HEAD_TIMEOUT = fault(408, 'head_timeout', 'The request head did not arrive in time');
export const HEAD_SHED = fault(
  408,
  'head_shed',
  'The request head had not arrived when others needed its memory',
);
export const BODY_TIMEOUT = fault(408, 'body_timeout', 'The request body did not go on in time');
