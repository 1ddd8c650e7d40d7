import { constants } from 'node:http2';
import type { FailureClass } from '../policy/failure.ts';

/** How a stream to a backend ended without a whole response. */
export interface StreamEnd {
  /** Of RST_STREAM (RFC 9113 §7), the backend's or our own HTTP/2's. */
  readonly code: number;
  /** Whether the response had begun. */
  readonly answered: boolean;
  /** Whether the backend has said that it never dealt with the stream (RFC 9113 §6.8), or it was never begun. */
  readonly unseen: boolean;
  readonly connectionLost: boolean;
}

/** What that means for its exchange. */
export function streamFailure({ code, answered, unseen, connectionLost }: StreamEnd): FailureClass {
  if (answered) return 'truncated';
  // RFC 9113 §8.7: in these cases no part of the request was processed, whatever its method.
  if (unseen || code === constants.NGHTTP2_REFUSED_STREAM) return 'unsent';
  if (code === constants.NGHTTP2_HTTP_1_1_REQUIRED) return 'unsent';
  if (connectionLost) return 'reset-early';
  return code === constants.NGHTTP2_PROTOCOL_ERROR ? 'malformed' : 'closed-early';
}
