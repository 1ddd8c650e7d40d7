import { STATUS_CODES } from 'node:http';

/**
 * The head of an HTTP/2 response as HTTP/1.1 would spell it, so that one parser and one set of rules judge both.
 * Of reasons HTTP/2 knows nothing: a client of HTTP/1.1 gets the usual one. The text still has to pass that parser: nothing is taken for checked here.
 *
 * @param fields names and values in turn, `:status` among them
 */
export function responseHeadText(fields: readonly string[]): string {
  let status = '';
  let lines = '';
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] === ':status') status = fields[i + 1]!;
    else lines += `${fields[i]}: ${fields[i + 1]}\r\n`;
  }
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines}\r\n`;
}
