import { createHash } from 'node:crypto';

/** `logging.redact_query_params` */
export type QueryRedaction = 'none' | 'all' | 'hash';

/** A request line without the query of a GET; of other methods the query is not hidden (docs/compatibility.md §6.6). */
export function redactedLine(line: string, redaction: QueryRedaction): string {
  if (!line.startsWith('GET ')) return line;
  const mark = line.indexOf('?');
  const end = line.lastIndexOf(' ');
  if (mark < 0 || mark >= end) return line;
  const query = line.slice(mark + 1, end);
  if (query === '' || redaction === 'none') return line;
  const rest = redaction === 'hash' ? `?hash=${sha1(query)}` : '';
  return line.slice(0, mark) + rest + line.slice(end);
}

/** As gorouter does, so that equal queries can be found in the logs of both. */
function sha1(query: string): string {
  return createHash('sha1').update(query, 'latin1').digest('hex');
}
