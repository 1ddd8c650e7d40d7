import {
  BAD_CHUNK_END,
  BAD_CHUNK_EXTENSION,
  BAD_CHUNK_SIZE,
  BAD_CONTENT_LENGTH,
  BAD_FIELD_NAME,
  BAD_FIELD_VALUE,
  BAD_HOST,
  BAD_METHOD,
  BAD_START,
  BAD_TARGET,
  BAD_TRANSFER_ENCODING,
  BAD_VERSION,
  BARE_LINE_END,
  CONNECT_REFUSED,
  EMPTY_CONTENT_LENGTH,
  ENCODING_IN_HTTP_1_0,
  type Fault,
  FOLDED_LINE,
  HOST_CONFLICT,
  LENGTH_AND_ENCODING,
  LOOKALIKE_NAME,
  MANY_CONNECTION_OPTIONS,
  MANY_CONTENT_LENGTHS,
  MANY_HOSTS,
  METHOD_REFUSED,
  MISSING_HOST,
  UNKNOWN_EXPECTATION,
  UNKNOWN_TRANSFER_ENCODING,
} from '../../src/http/message/fault.ts';
import type { Fields } from './message-reader.ts';

/**
 * Requests as they stand on the wire, one character a byte. A name begins with the row of the hostile-input
 * catalogue it stands for, where there is one. None is longer than a few hundred bytes.
 */
interface RawRequest {
  readonly name: string;
  readonly raw: string;
}

/** One whole request that is served, and what must be understood of it. */
export interface GoodRequest extends RawRequest {
  readonly meaning?: Readonly<Record<string, unknown>>;
  readonly fields?: Fields;
  readonly body?: string;
  readonly trailers?: Fields;
}

export interface BadRequest extends RawRequest {
  readonly fault: Fault;
}

const HOST = 'Host: a.test\r\n';

function withLines(lines: string): string {
  return `POST / HTTP/1.1\r\n${HOST}${lines}\r\n`;
}

function withStart(start: string): string {
  return `${start}\r\n${HOST}\r\n`;
}

function withTarget(target: string): string {
  return withStart(`GET ${target} HTTP/1.1`);
}

function withHost(host: string): string {
  return `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
}

function withLength(text: string): string {
  return withLines(`Content-Length:${text}\r\n`) + 'x'.repeat(10);
}

function withEncoding(...values: readonly string[]): string {
  return `${withLines(values.map((value) => `Transfer-Encoding:${value}\r\n`).join(''))}0\r\n\r\n`;
}

function chunked(body: string): string {
  return withLines('Transfer-Encoding: chunked\r\n') + body;
}

const HIDDEN = 'GET /admin HTTP/1.1\r\nHost: b.test\r\n\r\n';

function hiding(method: string): GoodRequest {
  const raw = `${method} / HTTP/1.1\r\n${HOST}Content-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`;
  return { name: `F03 ${method} with a body that looks like a request`, raw, body: HIDDEN };
}

export const GOOD_REQUESTS: readonly GoodRequest[] = [
  {
    name: 'the plainest there is',
    raw: 'GET /path?query HTTP/1.1\r\nHost: a.test\r\n\r\n',
    meaning: { method: 'GET', target: '/path?query', host: 'a.test', http10: false, bodyLength: 0 },
    fields: [['Host', 'a.test']],
    body: '',
  },
  {
    name: 'a stated length',
    raw: `${withLines('Content-Length: 5\r\n')}hello`,
    meaning: { bodyLength: 5, statesLength: true },
    body: 'hello',
  },
  {
    name: 'a stated length of 0',
    raw: withLines('Content-Length: 0\r\n'),
    meaning: { bodyLength: 0, statesLength: true },
  },
  hiding('GET'),
  hiding('OPTIONS'),
  hiding('HEAD'),
  {
    name: 'F04 Expect: 100-continue in any case',
    raw: `${withLines('Expect: 100-CONTINUE\r\nContent-Length: 1\r\n')}x`,
    meaning: { expectsContinue: true },
  },
  {
    name: 'P20 Expect from HTTP/1.0, which cannot take a 100',
    raw: `POST / HTTP/1.0\r\n${HOST}Expect: 100-continue\r\nContent-Length: 1\r\n\r\nx`,
    meaning: { expectsContinue: false },
  },
  {
    name: 'F10 a length with leading zeros',
    raw: `${withLines('Content-Length: 005\r\n')}12345`,
    body: '12345',
  },
  {
    name: 'F10 a length with leading zeros is never octal',
    raw: `${withLines('Content-Length: 010\r\n')}1234567890`,
    meaning: { bodyLength: 10 },
    body: '1234567890',
  },
  {
    name: 'F25 Transfer-Encoding in any case',
    raw: `${withLines('TRANSFER-encoding: cHuNkEd\r\n')}3\r\nabc\r\n0\r\n\r\n`,
    body: 'abc',
  },
  { name: 'F22 spaces and tabs around chunked', raw: withEncoding(' \t chunked \t '), body: '' },
  {
    name: 'K03 a chunk size with leading zeros',
    raw: chunked('0000000000003\r\nabc\r\n000\r\n\r\n'),
    body: 'abc',
  },
  { name: 'K04 a chunk extension', raw: chunked('2;a=b\r\nxy\r\n0;c="d\t\xe9"\r\n\r\n'), body: 'xy' },
  {
    name: 'K07 a chunk extension without a name',
    raw: chunked('2;\r\nxy\r\n1;=x\r\nz\r\n0\r\n\r\n'),
    body: 'xyz',
  },
  {
    name: 'K12 K13 trailers, kept apart from the header',
    raw: chunked('1\r\nx\r\n0\r\nX-Sum: 1\r\nHost: b.test\r\nContent-Length: 9\r\n\r\n'),
    fields: [
      ['Host', 'a.test'],
      ['Transfer-Encoding', 'chunked'],
    ],
    body: 'x',
    trailers: [
      ['X-Sum', '1'],
      ['Host', 'b.test'],
      ['Content-Length', '9'],
    ],
  },
  {
    name: 'K15 chunks of one byte',
    raw: chunked(`${'1\r\nx\r\n'.repeat(40)}0\r\n\r\n`),
    body: 'x'.repeat(40),
  },
  {
    name: 'sizes in upper and lower hexadecimal',
    raw: chunked(`0A\r\n0123456789\r\na\r\n0123456789\r\n1f\r\n${'y'.repeat(31)}\r\n0\r\n\r\n`),
    body: `01234567890123456789${'y'.repeat(31)}`,
  },
  {
    name: 'chunk data that looks like chunks',
    raw: chunked('d\r\n0\r\n\r\n5\r\nGET\r\n\r\n0\r\n\r\n'),
    body: '0\r\n\r\n5\r\nGET\r\n',
  },
  {
    name: 'S05 obs-text in a value, byte for byte',
    raw: withLines('X-Name: caf\xe9 \x80\xff \xc3\xa9\r\n'),
    fields: [
      ['Host', 'a.test'],
      ['X-Name', 'caf\xe9 \x80\xff \xc3\xa9'],
    ],
  },
  {
    name: 'S13 duplicates, raw and in their order',
    raw: withLines(
      'Cookie: a=1\r\nX: 1\r\ncookie: b=2\r\nContent-Type: t\r\nCookie: a=1\r\nContent-Type: u\r\n',
    ),
    fields: [
      ['Host', 'a.test'],
      ['Cookie', 'a=1'],
      ['X', '1'],
      ['cookie', 'b=2'],
      ['Content-Type', 't'],
      ['Cookie', 'a=1'],
      ['Content-Type', 'u'],
    ],
  },
  {
    name: 'S14 names that mean something to JavaScript',
    raw: withLines('__proto__: a\r\nconstructor: b\r\nhasOwnProperty: c\r\nlength: d\r\n'),
    fields: [
      ['Host', 'a.test'],
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['hasOwnProperty', 'c'],
      ['length', 'd'],
    ],
  },
  {
    name: 'values with odd spacing, empty ones among them',
    raw: withLines('a:b\r\nc:\t d \t\r\ne:\r\nf: \r\ng: h  i\r\nj: :k:\r\n'),
    fields: [
      ['Host', 'a.test'],
      ['a', 'b'],
      ['c', 'd'],
      ['e', ''],
      ['f', ''],
      ['g', 'h  i'],
      ['j', ':k:'],
    ],
  },
  {
    name: 'S15 a few empty lines before it',
    raw: `${'\r\n'.repeat(4)}${withTarget('/')}`,
    meaning: { target: '/', startLine: 'GET / HTTP/1.1' },
  },
  {
    name: 'S17 delimiters in the target, byte for byte',
    raw: withTarget('/a"<>\\^`{|}/;p=1?q={}&\'"'),
    meaning: { target: '/a"<>\\^`{|}/;p=1?q={}&\'"' },
  },
  {
    name: 'S17 bytes beyond ASCII in the target, byte for byte',
    raw: withTarget('/\x80\xc3\xa9\xff?\xa0'),
    meaning: { target: '/\x80\xc3\xa9\xff?\xa0' },
  },
  { name: 'S20 a method in lower case', raw: withStart('get / HTTP/1.1'), meaning: { method: 'get' } },
  { name: 'S20 the longest method', raw: withStart(`${'M'.repeat(64)} / HTTP/1.1`) },
  {
    name: 'S21 a method nobody knows',
    raw: withStart('PROPFIND2 / HTTP/1.1'),
    meaning: { method: 'PROPFIND2' },
  },
  {
    name: 'F14 an underscore or a dot in a name on which nothing hangs',
    raw: withLines('User_Agent: u\r\nX_Request_Start: 1\r\nmy_header: 2\r\nMy.Header: 3\r\n'),
    fields: [
      ['Host', 'a.test'],
      ['User_Agent', 'u'],
      ['X_Request_Start', '1'],
      ['my_header', '2'],
      ['My.Header', '3'],
    ],
  },
  { name: 'H15 TRACE in lower case is another method', raw: withStart('trace / HTTP/1.1') },
  { name: 'S28 many ranges', raw: withLines(`Range: bytes=${'0-,'.repeat(50)}\r\n`) },
  {
    name: 'H02 HTTP/1.0 without Host',
    raw: 'GET / HTTP/1.0\r\n\r\n',
    meaning: { http10: true, host: '', keepAlive: false },
  },
  { name: 'H02 an empty Host', raw: withHost(''), meaning: { host: '' } },
  {
    name: 'H06 Host with a port, its case kept',
    raw: withHost('A.Example.COM:8080'),
    meaning: { host: 'A.Example.COM:8080' },
  },
  {
    name: 'H06 Host with a trailing dot and an empty port',
    raw: withHost('a.test.:'),
    meaning: { host: 'a.test.:' },
  },
  {
    name: 'H08 absolute form, the default port in it alone',
    raw: 'GET http://a.test:80/x HTTP/1.1\r\nHost: a.test\r\n\r\n',
    meaning: { target: '/x', host: 'a.test:80' },
  },
  {
    name: 'H08 absolute form, the default port in Host alone',
    raw: 'GET https://a.test/x HTTP/1.1\r\nHost: A.test:443\r\n\r\n',
    meaning: { target: '/x', host: 'a.test' },
  },
  {
    name: 'H08 absolute form, with a dot behind one of the names',
    raw: 'GET http://a.test./x HTTP/1.1\r\nHost: a.test\r\n\r\n',
    meaning: { target: '/x', host: 'a.test.' },
  },
  {
    name: 'H08 absolute form of an IPv6 address, an empty port in Host alone',
    raw: 'GET http://[::1]:80/x HTTP/1.1\r\nHost: [::1]:\r\n\r\n',
    meaning: { target: '/x', host: '[::1]:80' },
  },
  { name: 'P18 an empty expectation', raw: withLines('Expect:\r\n'), meaning: { expectsContinue: false } },
  {
    name: 'P18 100-continue among empty list members',
    raw: withLines('Expect: ,\t, 100-Continue ,\r\n'),
    meaning: { expectsContinue: true },
  },
  {
    name: 'Host is an IPv6 address',
    raw: withHost('[2001:db8::1]:80'),
    meaning: { host: '[2001:db8::1]:80' },
  },
  {
    name: 'H08 absolute form, Host alike but for its case',
    raw: 'GET HTTP://A.Test/x?y HTTP/1.1\r\nHost: a.test\r\n\r\n',
    meaning: { target: '/x?y', host: 'A.Test' },
  },
  {
    name: 'H08 absolute form without a path',
    raw: 'GET http://a.test?y HTTP/1.1\r\nHost: a.test\r\n\r\n',
    meaning: { target: '/?y' },
  },
  {
    name: 'H08 absolute form from HTTP/1.0, where the target alone names the host',
    raw: 'GET https://a.test:81 HTTP/1.0\r\n\r\n',
    meaning: { target: '/', host: 'a.test:81' },
  },
  {
    name: 'H10 two slashes at the front',
    raw: withTarget('//evil/x'),
    meaning: { target: '//evil/x', host: 'a.test' },
  },
  { name: 'H11 OPTIONS *', raw: withStart('OPTIONS * HTTP/1.1'), meaning: { target: '*' } },
  {
    name: 'H11 OPTIONS of a whole server in absolute form',
    raw: withStart('OPTIONS http://a.test HTTP/1.1'),
    meaning: { target: '*' },
  },
  {
    name: 'N01 N03 N04 a path that a decoder would change',
    raw: withTarget('/a/../b/./%2e%2E/%2f%5c\\//%00%zz%c0%ae'),
    meaning: { target: '/a/../b/./%2e%2E/%2f%5c\\//%00%zz%c0%ae' },
  },
  { name: 'N06 an empty query and odd ones', raw: withTarget('/a?'), meaning: { target: '/a?' } },
  {
    name: 'P03 close wins over keep-alive, whatever the order',
    raw: withLines('Connection: close, keep-alive\r\nConnection: Keep-Alive\r\n'),
    meaning: { close: true, keepAlive: false },
  },
  {
    name: 'HTTP/1.0 that asks to keep the connection',
    raw: `GET / HTTP/1.0\r\n${HOST}Connection: Keep-Alive\r\n\r\n`,
    meaning: { http10: true, close: false, keepAlive: true },
  },
  {
    name: 'names in Connection, lower case and without empty ones',
    raw: withLines('Connection: X-A ,, close\r\nConnection: TE\r\n'),
    meaning: { close: true, named: ['x-a', 'te'] },
  },
];

function bad(fault: Fault, cases: Readonly<Record<string, string>>): BadRequest[] {
  return Object.entries(cases).map(([name, raw]) => ({ name, raw, fault }));
}

/** Refused before anything of them can reach a backend. */
export const BAD_HEADS: readonly BadRequest[] = [
  ...bad(LENGTH_AND_ENCODING, {
    'F01 CL.TE': `${withLines('Content-Length: 6\r\nTransfer-Encoding: chunked\r\n')}0\r\n\r\nG`,
    'F02 TE.CL': `${withLines('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n')}5c\r\nGPOST / HTTP/1.1\r\n\r\n0\r\n\r\n`,
    'F01 a length of 0 and an encoding': withLines('Content-Length: 0\r\nTransfer-Encoding: chunked\r\n'),
  }),
  ...bad(MANY_CONTENT_LENGTHS, {
    'F05 two lengths that differ': withLines('Content-Length: 5\r\nContent-Length: 6\r\n'),
    'F06 two lengths that agree': withLines('Content-Length: 5\r\ncontent-length: 5\r\n'),
    'F09 an empty length and a good one': withLines('Content-Length:\r\nContent-Length: 5\r\n'),
  }),
  ...bad(BAD_CONTENT_LENGTH, {
    'F07 5, 5': withLength(' 5, 5'),
    'F07 5, 6': withLength(' 5, 6'),
    'F08 +5': withLength(' +5'),
    'F08 -1': withLength(' -1'),
    'F08 0x5': withLength(' 0x5'),
    'F08 1 2': withLength(' 1 2'),
    'F08 1_0': withLength(' 1_0'),
    'F08 5.0': withLength(' 5.0'),
    'F08 1e1': withLength(' 1e1'),
    'F08 a digit of another script': withLength(' \xd9\xa5'),
    'F08 a superscript digit': withLength(' \xb2'),
    'F08 a no-break space behind it': withLength(' 5\xa0'),
    'F11 twenty digits': withLength(' 99999999999999999999'),
    'F11 2^53': withLength(' 9007199254740992'),
    'F11 2^53 + 1': withLength(' 9007199254740993'),
    'F11 2^63': withLength(' 9223372036854775808'),
    'F11 three hundred digits': withLength(` ${'9'.repeat(300)}`),
  }),
  ...bad(EMPTY_CONTENT_LENGTH, {
    'F09 empty': withLength(''),
    'F09 nothing but spaces': withLength(' \t '),
  }),
  ...bad(BAD_FIELD_NAME, {
    'F12 a space before the colon of Content-Length': withLines('Content-Length : 5\r\n'),
    'F24 a space before the colon of Transfer-Encoding': withLines('Transfer-Encoding : chunked\r\n'),
    'F24 a CR in Transfer-Encoding': withLines('Transfer\r-Encoding: chunked\r\n'),
    'F24 a space in Transfer-Encoding': withLines('Transfer Encoding: chunked\r\n'),
    'S02 a bare CR in a name': withLines('X\r-A: b\r\n'),
    'S06 obs-text in a name': withLines('X-\xe9: b\r\n'),
    'S06 a delimiter in a name': withLines('X(a): b\r\n'),
    'S07 a space before a colon': withLines('X-A : b\r\n'),
    'S07 a tab before a colon': withLines('X-A\t: b\r\n'),
    'S09 a line without a colon': withLines('nonsense\r\n'),
    'S09 an empty name': withLines(': x\r\n'),
    'S09 nothing but a colon': withLines(':\r\n'),
    'S18 a NUL in a name': withLines('X\0: x\r\n'),
  }),
  ...bad(FOLDED_LINE, {
    'F13 S08 a space before the first header line': `GET / HTTP/1.1\r\n Content-Length: 5\r\n${HOST}\r\n`,
    'S08 a tab before the first header line': `GET / HTTP/1.1\r\n\tX: 5\r\n${HOST}\r\n`,
    'F23 Transfer-Encoding folded': withEncoding('\r\n chunked'),
    'S03 a folded line': withLines('X-A: b\r\n c\r\n'),
    'S03 a line folded with a tab': withLines('X-A: b\r\n\tc\r\n'),
    'S03 an empty fold': withLines('X-A: b\r\n \r\n'),
  }),
  ...bad(LOOKALIKE_NAME, {
    'F14 Content_Length': withLines('Content_Length: 5\r\n'),
    'F14 Transfer_Encoding': withLines('Transfer_Encoding: chunked\r\n'),
    'F14 TRANSFER_ENCODING': withLines('TRANSFER_ENCODING: chunked\r\n'),
    'P13 X_Forwarded_For': withLines('X_Forwarded_For: 1.2.3.4\r\n'),
    'P13 X-Forwarded_For': withLines('X-Forwarded_For: 1.2.3.4\r\n'),
    'P13 X_Forwarded-Proto': withLines('X_Forwarded-Proto: https\r\n'),
    'P13 X_Vcap_Request_Id': withLines('X_Vcap_Request_Id: mine\r\n'),
    'P13 X_CF_ApplicationID': withLines('X_CF_ApplicationID: mine\r\n'),
    'P13 X_CF_App_Instance': withLines('X_CF_App_Instance: mine:0\r\n'),
    'P13 X_CF_Proxy_Signature': withLines('X_CF_Proxy_Signature: mine\r\n'),
    'P13 X.Forwarded.For': withLines('X.Forwarded.For: 1.2.3.4\r\n'),
    'P13 X-Forwarded.Proto': withLines('X-Forwarded.Proto: https\r\n'),
    'F14 Content.Length': withLines('Content.Length: 5\r\n'),
    'F14 Transfer~Encoding': withLines('Transfer~Encoding: chunked\r\n'),
  }),
  ...bad(BAD_TRANSFER_ENCODING, {
    'F15 xchunked': withEncoding(' xchunked'),
    'F15 cow': withEncoding(' cow'),
    'F15 chunk': withEncoding(' chunk'),
    'F15 "chunked"': withEncoding(' "chunked"'),
    'F16 chunked, gzip': withEncoding(' chunked, gzip'),
    'F16 gzip': withEncoding(' gzip'),
    'F18 chunked, chunked': withEncoding(' chunked, chunked'),
    'F18 chunked and a coding before chunked': withEncoding(' chunked, gzip, chunked'),
    'F18 two lines': withEncoding(' chunked', ' chunked'),
    'F19 identity': withEncoding(' identity'),
    'F19 two lines, the second chunked': withEncoding(' identity', ' chunked'),
    'F19 two lines, the first chunked': withEncoding(' chunked', ' identity'),
    'F20 ,chunked': withEncoding(' ,chunked'),
    'F20 chunked,': withEncoding(' chunked,'),
    'F20 empty': withEncoding(''),
    'F21 a parameter': withEncoding(' chunked;p=1'),
    'F22 0x80 before it': withEncoding(' \x80chunked'),
    'F22 0x85 before it': withEncoding(' \x85chunked'),
    'F22 0xa0 before it': withEncoding(' \xa0chunked'),
    'F22 0xff behind it': withEncoding(' chunked\xff'),
    'F22 a letter that only folds to k': withEncoding(' chun\xe2\x84\xaaed'),
  }),
  ...bad(UNKNOWN_TRANSFER_ENCODING, {
    'F17 gzip, chunked': withEncoding(' gzip, chunked'),
    'F17 gzip,chunked in any case': withEncoding('GZIP\t,Chunked'),
    'F19 identity, chunked': withEncoding(' identity, chunked'),
  }),
  ...bad(BAD_FIELD_VALUE, {
    'F22 a vertical tab before chunked': withEncoding('\x0bchunked'),
    'F22 a form feed behind chunked': withEncoding(' chunked\x0c'),
    'F22 a NUL before chunked': withEncoding(' \0chunked'),
    'S04 a NUL in a value': withLines('X: a\0b\r\n'),
    'S04 0x01 in a value': withLines('X: \x01\r\n'),
    'S04 0x1f in a value': withLines('X: a\x1f\r\n'),
    'S04 0x7f in a value': withLines('X: \x7f\r\n'),
    'P03 a control character in Connection': withLines('Connection: \x01close\r\n'),
    'P07 a control character in X-Forwarded-For': withLines('X-Forwarded-For: 1.2.3.4\x08\r\n'),
  }),
  ...bad(ENCODING_IN_HTTP_1_0, {
    'F26 Transfer-Encoding in HTTP/1.0': `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  }),
  ...bad(BARE_LINE_END, {
    'S01 bare LF everywhere': 'GET / HTTP/1.1\nHost: a.test\n\n',
    'S01 bare LF behind the request line': 'GET / HTTP/1.1\nHost: a.test\r\n\r\n',
    'S01 bare LF behind one header line': 'GET / HTTP/1.1\r\nHost: a.test\nX: y\r\n\r\n',
    'S01 bare LF as the empty line': 'GET / HTTP/1.1\r\nHost: a.test\r\n\n',
    'S02 bare CR behind the request line': 'GET / HTTP/1.1\rHost: a.test\r\n\r\n',
    'S02 bare CR in a value': withLines('X: a\rb\r\n'),
    'S02 bare CR behind a header line': withLines('X: a\rY: b\r\n'),
    'S02 two CR behind a header line': withLines('X: a\r\r\n'),
    'S02 bare CR as the empty line': `GET / HTTP/1.1\r\n${HOST}\rGET / HTTP/1.1\r\n\r\n`,
    'S15 a bare CR before the request line': '\rGET / HTTP/1.1\r\nHost: a.test\r\n\r\n',
    'S09 a line without a colon, ended by LF': withLines('nonsense\nX: y\r\n'),
  }),
  ...bad(BAD_START, { 'S15 five empty lines': `${'\r\n'.repeat(5)}${withTarget('/')}` }),
  ...bad(BAD_METHOD, {
    'S15 an LF before the request line': `\n${withTarget('/')}`,
    'S16 a space before the method': ` ${withTarget('/')}`,
    'S16 a tab behind the method': withStart('GET\t/ HTTP/1.1'),
    'S20 G=': withStart('G= / HTTP/1.1'),
    'S20 G"': withStart('G" / HTTP/1.1'),
    'S20 G:': withStart('G: / HTTP/1.1'),
    'S20 G<': withStart('G< / HTTP/1.1'),
    'S20 obs-text in the method': withStart('G\xc9T / HTTP/1.1'),
    'S20 a method too long': withStart(`${'M'.repeat(65)} / HTTP/1.1`),
    'S26 a TLS ClientHello': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'S26 an SSH banner': 'SSH-2.0-OpenSSH_9.2p1\r\n',
  }),
  ...bad(BAD_TARGET, {
    'S16 two spaces before the target': withStart('GET  / HTTP/1.1'),
    'S16 a tab behind the target': withStart('GET /\tHTTP/1.1'),
    'S16 a vertical tab behind the target': withStart('GET /\x0bHTTP/1.1'),
    'S17 a DEL in the target': withTarget('/\x7f'),
    'S18 a NUL in the target': withTarget('/a\0b'),
    'S22 HTTP/0.9': 'GET /\r\n',
    'H11 GET *': withTarget('*'),
    'H11 OPTIONS */x': withStart('OPTIONS */x HTTP/1.1'),
    'H12 a target without a slash': withTarget('admin'),
    'H12 a host for a target': withTarget('a.test:80'),
    'H13 a fragment': withTarget('/a#frag'),
    'H09 an absolute form of another scheme': withTarget('ftp://a.test/'),
    'H09 an absolute form without a host': withTarget('http:///x'),
  }),
  ...bad(BAD_VERSION, {
    'S16 two spaces before the version': withStart('GET /  HTTP/1.1'),
    'S16 a space behind the version': withStart('GET / HTTP/1.1 '),
    'S17 a space in the target': withTarget('/a b'),
    'S23 HTTP/1.2': withStart('GET / HTTP/1.2'),
    'S23 HTTP/1.5': withStart('GET / HTTP/1.5'),
    'S24 HTTP/2.0': withStart('GET / HTTP/2.0'),
    'S24 HTTP/1.10': withStart('GET / HTTP/1.10'),
    'S24 HTTP/01.1': withStart('GET / HTTP/01.1'),
    'S24 http/1.1': withStart('GET / http/1.1'),
    'S24 HTTP/4294967295.255': withStart('GET / HTTP/4294967295.255'),
    'S24 a version cut short': withStart('GET / HTTP/1'),
    'S24 another protocol': withStart('GET / RTSP/1.0'),
    'S25 the HTTP/2 preface': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'E01 a PROXY line': `PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n${withTarget('/')}`,
  }),
  ...bad(CONNECT_REFUSED, {
    'H14 CONNECT': withStart('CONNECT a.test:443 HTTP/1.1'),
    'H14 CONNECT of a path': withStart('CONNECT / HTTP/1.1'),
    'H14 CONNECT without Host': 'CONNECT a.test:443 HTTP/1.0\r\n\r\n',
  }),
  ...bad(METHOD_REFUSED, {
    'H15 TRACE': withStart('TRACE / HTTP/1.1'),
    'H15 H16 TRACE that may go no further': withStart('TRACE / HTTP/1.1\r\nMax-Forwards: 0'),
  }),
  ...bad(MISSING_HOST, {
    'H01 HTTP/1.1 without Host': 'GET / HTTP/1.1\r\n\r\n',
    'H01 absolute form without Host': 'GET http://a.test/ HTTP/1.1\r\n\r\n',
  }),
  ...bad(MANY_HOSTS, {
    'H03 two Host lines that differ': `GET / HTTP/1.1\r\n${HOST}Host: b.test\r\n\r\n`,
    'H03 two Host lines that agree': `GET / HTTP/1.1\r\n${HOST}hOsT: a.test\r\n\r\n`,
  }),
  ...bad(BAD_HOST, {
    'H04 a list': withHost('a, b'),
    'H04 a path': withHost('a/b'),
    'H04 user information': withHost('u@a'),
    'H04 a space': withHost('a b'),
    'H04 a port too large': withHost('a:99999'),
    'H04 a port that is no number': withHost('a:b'),
    'H04 two ports': withHost('a:80:80'),
    'H04 nothing but a port': withHost(':80'),
    'H04 markup': withHost('<script>'),
    'H04 percent-encoding': withHost('a%00'),
    'H04 an IPv6 address left open': withHost('[::1'),
    'H04 an IPv6 address with more behind it': withHost('[::1]x'),
    'H04 an IPv6 address without brackets': withHost('::1'),
    'H04 empty brackets': withHost('[]'),
    'H04 two dots': withHost('a..b'),
    'H04 a dot at the front': withHost('.a'),
    'H04 X12 a name longer than any': withHost(`${'a.'.repeat(128)}`),
    'H07 UTF-8': withHost('b\xc3\xbccher.test'),
    'H09 user information in an absolute form': `GET http://u@a.test/ HTTP/1.0\r\n\r\n`,
    'H09 a backslash in an absolute form': 'GET http://a.test\\b/ HTTP/1.0\r\n\r\n',
  }),
  ...bad(HOST_CONFLICT, {
    'H09 an absolute form of another host': withTarget('http://b.test/'),
    'H09 an absolute form of another port': withTarget('http://a.test:81/'),
    'H09 an absolute form with the default port of another scheme': withTarget('http://a.test:443/'),
    'H09 an absolute form of a host with two dots behind it': withTarget('http://a.test../'),
    'H09 user information that looks like the host': withTarget('http://a.test@b.test/'),
    'H09 an empty Host': 'GET http://a.test/ HTTP/1.1\r\nHost:\r\n\r\n',
  }),
  ...bad(MANY_CONNECTION_OPTIONS, {
    'P03 65 options': withLines(`Connection: ${'x,'.repeat(64)}y\r\n`),
    'P03 65 options over several lines': withLines('Connection: a,b,c,d,e\r\n'.repeat(13)),
  }),
  ...bad(UNKNOWN_EXPECTATION, {
    'P18 another expectation': withLines('Expect: foo\r\n'),
    'P18 more than 100-continue': withLines('Expect: 100-continue, foo\r\n'),
    'P18 a byte beyond ASCII behind it': withLines('Expect: 100-continue\xa0\r\n'),
  }),
];

/** Refused in the middle: a backend that has some of the body must never take it for the whole. */
export const BAD_BODIES: readonly BadRequest[] = [
  ...bad(BAD_CHUNK_SIZE, {
    'K01 0x2': chunked('0x2\r\nxy\r\n0\r\n\r\n'),
    'K01 +2': chunked('+2\r\nxy\r\n0\r\n\r\n'),
    'K01 -2': chunked('-2\r\nxy\r\n0\r\n\r\n'),
    'K01 0_2': chunked('0_2\r\nxy\r\n0\r\n\r\n'),
    'K01 a space behind it': chunked('2 \r\nxy\r\n0\r\n\r\n'),
    'K01 a space before it': chunked(' 2\r\nxy\r\n0\r\n\r\n'),
    'K01 empty': chunked('\r\nxy\r\n0\r\n\r\n'),
    'K01 nothing but an extension': chunked(';a=b\r\n\r\n'),
    'K01 a letter behind f': chunked('g\r\nxy\r\n'),
    'K02 seventeen digits': chunked('00000000000000002\r\nxy\r\n0\r\n\r\n'),
    'K02 2^53': chunked('20000000000000\r\n'),
    'K02 2^64 - 1': chunked('FFFFFFFFFFFFFFFF\r\n'),
    'K02 2^64 + 2': chunked('10000000000000002\r\nxy\r\n0\r\n\r\n'),
    'K03 hundreds of zeros': chunked(`${'0'.repeat(300)}\r\n\r\n`),
    'K06 a bare CR in an extension': chunked('2;a\rb\r\nxy\r\n0\r\n\r\n'),
    'K08 a size ended by bare LF': chunked('2\nxy\r\n0\r\n\r\n'),
    'K08 a size ended by bare CR': chunked('2\rxy\r\n0\r\n\r\n'),
    'K10 a last chunk ended by bare LF': chunked('0\n\n'),
  }),
  ...bad(BAD_CHUNK_EXTENSION, {
    'K06 an extension ended by bare LF': chunked('2;\nxy\r\n0\r\n\r\n'),
    'K06 a NUL in an extension': chunked('2;a\0\r\nxy\r\n0\r\n\r\n'),
  }),
  ...bad(BAD_CHUNK_END, {
    'K09 data longer than its size': chunked('2\r\nxyz\r\n0\r\n\r\n'),
    'K09 no CRLF behind the data': chunked('2\r\nxy0\r\n\r\n'),
    'K09 two other bytes behind the data': chunked('2\r\nxyzz0\r\n\r\n'),
    'K09 a bare LF behind the data': chunked('2\r\nxy\n0\r\n\r\n'),
    'K09 a bare CR behind the data': chunked('2\r\nxy\r0\r\n\r\n'),
    'K09 data shorter than its size': chunked('3\r\nxy\r\n0\r\n\r\n'),
  }),
  ...bad(BARE_LINE_END, {
    'K10 a last empty line that is a bare LF': chunked('0\r\n\n'),
    'K12 a trailer ended by bare LF': chunked('0\r\nX: y\n\r\n'),
  }),
  ...bad(FOLDED_LINE, { 'K12 a folded trailer': chunked('0\r\nX: y\r\n z\r\n\r\n') }),
  ...bad(BAD_FIELD_NAME, { 'K12 a trailer without a colon': chunked('0\r\nX\r\n\r\n') }),
  ...bad(BAD_FIELD_VALUE, { 'K12 a control character in a trailer': chunked('0\r\nX: \x01\r\n\r\n') }),
  ...bad(LOOKALIKE_NAME, {
    'K13 Content_Length as a trailer': chunked('0\r\nContent_Length: 1\r\n\r\n'),
    'K13 X.Forwarded.For as a trailer': chunked('0\r\nX.Forwarded.For: 1.2.3.4\r\n\r\n'),
  }),
];

/** Good as far as they go; more must come. */
export const INCOMPLETE_REQUESTS: readonly RawRequest[] = [
  { name: 'nothing', raw: '' },
  { name: 'S15 nothing but an empty line', raw: '\r\n' },
  { name: 'S22 a request line without an end', raw: 'GET /' },
  { name: 'a head without its empty line', raw: `GET / HTTP/1.1\r\n${HOST}` },
  { name: 'a head without its last byte', raw: `GET / HTTP/1.1\r\n${HOST}\r` },
  { name: 'F27 a body shorter than its length', raw: `${withLines('Content-Length: 5\r\n')}1234` },
  {
    name: 'F27 the longest length, and nothing of it',
    raw: withLines('Content-Length: 9007199254740991\r\n'),
  },
  { name: 'K10 a trailer without an end', raw: chunked('0\r\nX:') },
  { name: 'K10 no empty line behind the last chunk', raw: chunked('0\r\n') },
  { name: 'K11 no last chunk', raw: chunked('2\r\nxy\r\n') },
  { name: 'K11 a chunk cut short', raw: chunked('5\r\nxy') },
];
