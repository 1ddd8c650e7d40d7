import type { FailureClass } from '../../policy/failure.ts';
import { PROTOCOL_ERROR } from '../codes.ts';
import type { ResetBy } from '../stream.ts';

/** How a stream to a backend ended without a whole response. */
export interface StreamEnd {
  /** Of RST_STREAM, or of the connection's end (RFC 9113 §7). */
  readonly code: number;
  readonly by: ResetBy;
  /** Whether the response had begun. */
  readonly answered: boolean;
  /** Whether the backend has said that it never dealt with the stream (RFC 9113 §6.8, §8.7). */
  readonly unseen: boolean;
}

/** What that means for its exchange. */
export function streamFailure({ code, by, answered, unseen }: StreamEnd): FailureClass {
  if (answered) return 'truncated';
  // No part of the request was processed, whatever its method.
  if (unseen) return 'unsent';
  if (by === 'here') return 'malformed';
  if (by === 'connection') return 'reset-early';
  return code === PROTOCOL_ERROR ? 'malformed' : 'closed-early';
}
