import type { AccessRecord } from './access-log-line.ts';

/** A line beyond this does not fit one datagram to Loggregator. Bytes. */
export const LONGEST_LINE = 65_400;
const URI_LIMIT = 20_000;
const HEADER_LIMIT = 1_000;

/** The record with everything a client can make long cut (docs/compatibility.md §6.6). `headers`: cut already. */
export function truncatedRecord(record: AccessRecord, headers: string): AccessRecord {
  const { requestLine } = record;
  const start = requestLine.indexOf(' ') + 1;
  const end = requestLine.lastIndexOf(' ');
  const uri = truncated(requestLine.slice(start, end), 'REQUEST-URI', URI_LIMIT);
  return {
    ...record,
    requestLine: requestLine.slice(0, start) + uri + requestLine.slice(end),
    referer: truncated(record.referer, 'REFERER', HEADER_LIMIT),
    userAgent: truncated(record.userAgent, 'USER-AGENT', HEADER_LIMIT),
    forwardedFor: truncated(record.forwardedFor, 'X-FORWARDED-FOR', HEADER_LIMIT),
    forwardedProto: truncated(record.forwardedProto, 'X-FORWARDED-PROTO', HEADER_LIMIT),
    headers,
  };
}

/** Halved until it fits; each time its end says so. */
export function truncated(value: string, name: string, limit: number): string {
  let cut = value;
  while (cut.length > limit) {
    cut = `${cut.slice(0, Math.floor(cut.length / 2))}...${name}-TOO-LONG-TO-LOG--TRUNCATED`;
  }
  return cut;
}
