import { type Fault, HEAD_TOO_LARGE, TOO_MANY_FIELDS } from '../message/fault.ts';
import type { HeadLimits } from '../message/head-limits.ts';

/** What is said of a backend's head that cannot be relayed; of its limits in the words of gorouter (docs/compatibility.md §2.7, §3.8). */
export function responseFault(fault: Fault, { responseHead }: { readonly responseHead: HeadLimits }): string {
  if (fault === TOO_MANY_FIELDS) return 'Too many response headers';
  if (fault === HEAD_TOO_LARGE) {
    return `net/http: server response headers exceeded ${responseHead.bytes} bytes; aborted`;
  }
  return `malformed response: ${fault.name}`;
}

/**
 * Bytes of all 1xx responses to one request: hints of some KiB each, or a sign of life a second for hours. More are an
 * attack or a loop; how long they may go on, `endpoint_timeout` says.
 */
export const MAX_INTERIM_BYTES = 256 * 1024;
