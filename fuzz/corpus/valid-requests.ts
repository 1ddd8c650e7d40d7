import type { Random } from '../random.ts';
import { bodyText, chunked, headerLine } from './lines.ts';

const METHODS = [
  'GET',
  'GET',
  'GET',
  'POST',
  'POST',
  'PUT',
  'HEAD',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'PROPFIND',
];
const RARE_METHODS = ['get', 'QUX', 'M-1', '!#$%'];
const TARGETS = [
  '/',
  '/a/b?c=d',
  '//x/y',
  '/%2e%2e/%00',
  '/a;p=1?',
  '/?a=b&c',
  '/a/../b',
  '/:80',
  '/a"<>\\^`{|}',
];
const LINES = [
  'Accept: */*',
  'Connection: keep-alive',
  'Connection: X-Named, keep-alive',
  'Connection: Host, Content-Length, Transfer-Encoding',
  'Connection: X-Forwarded-For, x-request-id',
  'Content-Type: text/plain',
  'Cookie: a=1; b=2',
  'Expect: 100-continue',
  'HTTP2-Settings: AAMA',
  'Keep-Alive: timeout=5',
  'Max-Forwards: 3',
  'Proxy-Authorization: Basic eDp5',
  'Proxy-Connection: keep-alive',
  'TE: trailers',
  'TE: gzip, trailers;q=0.5',
  'Trailer: X-Sum',
  'Upgrade: h2c',
  'User-Agent: fuzz "1"',
  'X-CF-ApplicationID: mine',
  'X-CF-App-Id: a:0',
  'X-Forwarded-For: 1.2.3.4',
  'X-Forwarded-Proto: https',
  'X-Named: 1',
  'X-Request-Start: 17',
  'X-Vcap-Request-Id: mine',
  'X_Under: 1',
  '__proto__: x',
];

/** One to three requests, one behind the other, that nobody may refuse. */
export function validRequests(random: Random): string {
  let text = '';
  for (let left = random.oneIn(3) ? 1 + random.below(3) : 1; left > 0; left--) text += validRequest(random);
  return text;
}

function validRequest(random: Random): string {
  const method = random.pick(random.oneIn(30) ? RARE_METHODS : METHODS);
  const http10 = random.oneIn(12);
  let target = random.pick(TARGETS);
  if (random.oneIn(10)) target = `http://A.test${random.pick(['', '?q', target])}`;
  else if (method === 'OPTIONS' && random.oneIn(3)) target = '*';
  const lines = Array.from({ length: random.below(6) }, () => headerLine(random, LINES));
  lines.splice(random.below(lines.length + 1), 0, `${random.pick(['Host', 'host'])}: a.test\r\n`);
  if (http10) lines.push('Connection: keep-alive\r\n');
  const { framing, body } = framedBody(random, http10);
  if (framing !== '') lines.splice(random.below(lines.length + 1), 0, framing);
  return `${method} ${target} HTTP/1.${http10 ? 0 : 1}\r\n${lines.join('')}\r\n${body}`;
}

function framedBody(random: Random, http10: boolean): { framing: string; body: string } {
  if (random.oneIn(3)) return { framing: '', body: '' };
  const body = bodyText(random);
  if (http10 || random.oneIn(2)) {
    const zeros = random.oneIn(10) ? '00' : '';
    return { framing: `Content-Length: ${zeros}${body.length}\r\n`, body };
  }
  return {
    framing: `${random.pick(['Transfer-Encoding', 'transfer-encoding'])}: ${random.pick(['chunked', 'Chunked'])}\r\n`,
    body: chunked(random, body),
  };
}
