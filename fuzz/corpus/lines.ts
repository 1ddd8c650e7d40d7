import type { Random } from '../random.ts';

const SPACING = ['', ' ', ' ', ' ', ' ', '\t', ' \t '];
const TOKEN = "abcXYZ019!#$%&'*+-.^_`|~";
const VALUE = 'abc XYZ,;=:"/\t\xe9\x80';

function text(random: Random, characters: string, most: number): string {
  let result = '';
  for (let left = random.below(most + 1); left > 0; left--)
    result += characters[random.below(characters.length)];
  return result;
}

/** A header line with a name of no meaning, or one of `known`. */
export function headerLine(random: Random, known: readonly string[]): string {
  if (random.oneIn(2)) return `${random.pick(known)}\r\n`;
  const value = text(random, VALUE, 20);
  return `X-${text(random, TOKEN, 8)}:${random.pick(SPACING)}${value}${random.pick(SPACING)}\r\n`;
}

/** Bodies that would be read as something else by whoever loses count. */
const BODIES = [
  'x',
  'hello world',
  '\r\n',
  '0\r\n\r\n',
  '0\r\n\r\nGET /inner HTTP/1.1\r\nHost: a.test\r\n\r\n',
  'GET /inner HTTP/1.1\r\nHost: a.test\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ninner',
  '5\r\ninner\r\n0\r\n\r\n',
  'GET /inner HTTP/1.1\r\nX: ',
];

export function bodyText(random: Random): string {
  return random.oneIn(3) ? text(random, 'ab\r\n0:\0\xff', 60) : random.pick(BODIES);
}

const EXTENSIONS = ['', '', '', '', ';a=b', ';a="b c"', ';x'];
const TRAILERS = [
  'X-Sum: 1',
  'X-Other:a b',
  'Content-Length: 7',
  'Host: c.test',
  'Set-Cookie: a=b',
  'X-Empty:',
];

export function chunked(random: Random, body: string): string {
  let result = '';
  for (let at = 0; at < body.length; ) {
    const size = Math.min(body.length - at, 1 + random.below(random.oneIn(3) ? body.length : 8));
    const zeros = random.oneIn(8) ? '0'.repeat(random.below(4)) : '';
    const digits = random.oneIn(2) ? size.toString(16) : size.toString(16).toUpperCase();
    result += `${zeros}${digits}${random.pick(EXTENSIONS)}\r\n${body.slice(at, at + size)}\r\n`;
    at += size;
  }
  result += `0${random.pick(EXTENSIONS)}\r\n`;
  for (let count = random.oneIn(3) ? random.below(4) : 0; count > 0; count--) {
    result += `${random.pick(TRAILERS)}\r\n`;
  }
  return `${result}\r\n`;
}
