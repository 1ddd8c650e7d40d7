import type { Random } from '../random.ts';
import { bodyText, chunked, headerLine } from './lines.ts';

const STATUSES = [
  '200 OK',
  '200 OK',
  '200 OK',
  '201',
  '204 No Content',
  '304 Not Modified',
  '302 Found',
  '404 ',
  '500 \xe9',
  '599 x',
];
const INTERIM = ['100 Continue', '103 Early Hints', '102'];
const LINES = [
  'Alt-Svc: clear',
  'Connection: keep-alive',
  'Connection: close',
  'Connection: X-Named',
  'Content-Type: text/plain',
  'Date: Thu, 01 Jan 1970 00:00:00 GMT',
  'Keep-Alive: timeout=5',
  'Proxy-Authenticate: Basic',
  'Set-Cookie: a=b',
  'Set-Cookie: c=d; Path=/',
  'TE: trailers',
  'Trailer: X-Sum',
  'Upgrade: h2c',
  'X-Cf-RouterError: unknown_route',
  'X-Named: 1',
  'X-Vcap-Request-Id: mine',
  'X_Content_Length: 5',
];

/** A response that nobody may refuse, complete when the connection ends behind it. */
export function validResponse(random: Random, toHead: boolean): string {
  const interim = random.oneIn(8) ? `HTTP/1.1 ${random.pick(INTERIM)}\r\nLink: <x>\r\n\r\n` : '';
  const http10 = random.oneIn(10);
  const status = random.pick(STATUSES);
  const lines = Array.from({ length: random.below(6) }, () => headerLine(random, LINES));
  const bodyless = toHead || status.startsWith('204') || status.startsWith('304');
  const { framing, body } = framedBody(random, http10);
  if (framing !== '') lines.splice(random.below(lines.length + 1), 0, framing);
  return `${interim}HTTP/1.${http10 ? 0 : 1} ${status}\r\n${lines.join('')}\r\n${bodyless ? '' : body}`;
}

function framedBody(random: Random, http10: boolean): { framing: string; body: string } {
  const body = random.oneIn(8) ? '' : bodyText(random);
  if (random.oneIn(4)) return { framing: '', body };
  if (http10 || random.oneIn(2)) return { framing: `Content-Length: ${body.length}\r\n`, body };
  return { framing: 'Transfer-Encoding: chunked\r\n', body: chunked(random, body) };
}
