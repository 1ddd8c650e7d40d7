import {
  BAD_CHUNK_SIZE,
  BAD_CONTENT_LENGTH,
  BAD_FIELD_NAME,
  BAD_FIELD_VALUE,
  BAD_STATUS_LINE,
  BAD_TRANSFER_ENCODING,
  BARE_LINE_END,
  ENCODING_IN_HTTP_1_0,
  type Fault,
  FOLDED_LINE,
  MANY_CONTENT_LENGTHS,
} from '../../src/http/message/fault.ts';
import { CHUNKED, UNTIL_CLOSE } from '../../src/http/message/framing.ts';
import type { OddityName } from '../../src/http/message/oddity.ts';
import { ABSENT } from '../../src/http/message/request.ts';
import type { Fields } from './message-reader.ts';

/**
 * Responses as backends send them, one character a byte. A name begins with the row of the hostile-input
 * catalogue it stands for, where there is one. None is longer than a few hundred bytes.
 */
interface RawResponse {
  readonly name: string;
  readonly raw: string;
  /** It answers a HEAD request. */
  readonly toHead?: boolean;
}

/** One whole response that is relayed, and what must be understood of it. */
export interface GoodResponse extends RawResponse {
  readonly meaning: Readonly<Record<string, unknown>>;
  readonly fields?: Fields;
  readonly body?: string;
  readonly trailers?: Fields;
}

export interface BadResponse extends RawResponse {
  readonly fault: Fault;
}

function response(lines: string, body = '', status = '200 OK', version = 'HTTP/1.1'): string {
  return `${version} ${status}\r\n${lines}\r\n${body}`;
}

/** Of 2 bytes, `ok`. */
function odd(oddity: OddityName, cases: Readonly<Record<string, string>>): GoodResponse[] {
  const meaning = { persistent: false, oddities: [oddity] };
  return Object.entries(cases).map(([name, raw]) => ({ name, raw, meaning, body: 'ok' }));
}

export const GOOD_RESPONSES: readonly GoodResponse[] = [
  {
    name: 'the plainest there is',
    raw: response('Content-Length: 2\r\n', 'ok'),
    meaning: { status: 200, reason: 'OK', bodyLength: 2, statedLength: ABSENT, persistent: true },
    fields: [['Content-Length', '2']],
    body: 'ok',
  },
  {
    name: 'chunks and trailers',
    raw: response('Transfer-Encoding: chunked\r\n', '2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n'),
    meaning: { bodyLength: CHUNKED, persistent: true },
    body: 'ok',
    trailers: [['X-Sum', '1']],
  },
  {
    name: 'B25 a body that ends with the connection',
    raw: response('', 'anything\r\n\r\n'),
    meaning: { bodyLength: UNTIL_CLOSE, persistent: false },
    body: 'anything\r\n\r\n',
  },
  {
    name: 'B25 HTTP/1.0 until close, whatever it says of keeping alive',
    raw: response('Connection: keep-alive\r\n', 'x', '200 OK', 'HTTP/1.0'),
    meaning: { bodyLength: UNTIL_CLOSE, persistent: false },
    body: 'x',
  },
  {
    name: 'HTTP/1.0 does not persist',
    raw: response('Content-Length: 1\r\n', 'x', '200 OK', 'HTTP/1.0'),
    meaning: { persistent: false },
  },
  {
    name: 'HTTP/1.0 that keeps the connection',
    raw: response('Connection: Keep-Alive\r\nContent-Length: 1\r\n', 'x', '200 OK', 'HTTP/1.0'),
    meaning: { persistent: true },
  },
  {
    name: 'P03 HTTP/1.0 that both keeps and closes',
    raw: response('Connection: close, keep-alive\r\nContent-Length: 1\r\n', 'x', '200 OK', 'HTTP/1.0'),
    meaning: { persistent: false },
  },
  {
    name: 'a last response',
    raw: response('Connection: Close\r\nContent-Length: 0\r\n'),
    meaning: { bodyLength: 0, persistent: false },
  },
  {
    name: 'B10 204 that states a length has no body',
    raw: response('Content-Length: 5\r\n', '', '204 No Content'),
    meaning: { bodyLength: 0, statedLength: ABSENT, persistent: true },
  },
  {
    name: 'B10 204 that states chunks has no body',
    raw: response('Transfer-Encoding: chunked\r\n', '', '204 No Content'),
    meaning: { bodyLength: 0 },
  },
  {
    name: 'B10 1xx that states a length has no body',
    raw: response('Content-Length: 5\r\n', '', '103 Early Hints'),
    meaning: { bodyLength: 0, statedLength: ABSENT },
  },
  {
    name: 'B10 to HEAD with a length',
    raw: response('Content-Length: 400\r\n'),
    toHead: true,
    meaning: { bodyLength: 0, statedLength: 400, persistent: true },
  },
  {
    name: 'B10 to HEAD with chunks',
    raw: response('Transfer-Encoding: chunked\r\n'),
    toHead: true,
    meaning: { bodyLength: 0, statedLength: ABSENT },
  },
  {
    name: 'B10 to HEAD without either',
    raw: response(''),
    toHead: true,
    meaning: { bodyLength: 0, statedLength: ABSENT, persistent: true },
  },
  {
    name: 'B11 304 that states the length it does not send',
    raw: response('Content-Length: 400\r\n', '', '304 Not Modified'),
    meaning: { bodyLength: 0, statedLength: 400, persistent: true },
  },
  {
    name: 'B13 205 that states a body has none, and its connection is not trusted',
    raw: response('Content-Length: 1\r\n', '', '205 Reset Content'),
    meaning: { bodyLength: 0, statedLength: ABSENT, persistent: false },
    body: '',
  },
  {
    name: 'B13 205 that states chunks has no body either',
    raw: response('Transfer-Encoding: chunked\r\n', '', '205 Reset Content'),
    meaning: { bodyLength: 0, persistent: false },
  },
  {
    name: 'B13 205 that does not say where it ends',
    raw: response('', '', '205 Reset Content'),
    meaning: { bodyLength: 0, persistent: false },
  },
  {
    name: 'B13 205 that states a length of 0 leaves the connection good',
    raw: response('Content-Length: 0\r\n', '', '205 Reset Content'),
    meaning: { bodyLength: 0, persistent: true },
  },
  {
    name: 'F14 a name with underscores: how a backend names its headers is its own affair',
    raw: response('Content_Length: 5\r\nX_CF_InstanceID: x\r\nContent-Length: 0\r\n'),
    meaning: { bodyLength: 0 },
    fields: [
      ['Content_Length', '5'],
      ['X_CF_InstanceID', 'x'],
      ['Content-Length', '0'],
    ],
  },
  {
    name: 'B16 no reason',
    raw: response('Content-Length: 0\r\n', '', '200 '),
    meaning: { status: 200, reason: '' },
  },
  {
    name: 'B16 no reason, and no space before it',
    raw: response('Content-Length: 0\r\n', '', '200'),
    meaning: { status: 200, reason: '' },
  },
  {
    name: 'a reason with spaces, tabs and obs-text',
    raw: response('Content-Length: 0\r\n', '', '599  Not\t\xe9 '),
    meaning: { status: 599, reason: ' Not\t\xe9 ' },
  },
  ...odd('length_and_encoding', {
    'B01 chunks and a length, which is dropped': response(
      'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n',
      '2\r\nok\r\n0\r\n\r\n',
    ),
    'B01 a length behind the chunks': response(
      'Transfer-Encoding: Chunked\r\nContent-Length: 0\r\n',
      '2\r\nok\r\n0\r\n\r\n',
    ),
  }),
  ...odd('many_content_lengths', {
    'B02 two lengths that agree': response('Content-Length: 2\r\nX: y\r\ncontent-length: 2\r\n', 'ok'),
    'B02 three lengths that agree, one with zeros': response(
      'Content-Length: 2\r\nContent-Length: 002\r\nContent-Length: 2\r\n',
      'ok',
    ),
  }),
  ...odd('unassigned_status', {
    'B16 600': response('Content-Length: 2\r\n', 'ok', '600 High'),
    'B16 999': response('Content-Length: 2\r\n', 'ok', '999'),
  }),
  ...odd('bare_line_end', {
    'B14 bare LF everywhere': 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok',
    'B14 bare LF behind a status': 'HTTP/1.1 200\nContent-Length: 2\r\n\r\nok',
    'B14 bare LF behind a header line': response('X: y\nContent-Length: 2\r\n', 'ok'),
    'B14 bare LF for the empty line': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\nok',
    'B14 bare LF behind the last header line': 'HTTP/1.1 200 OK\r\nContent-Length: 2\n\r\nok',
  }),
  ...odd('folded_line', {
    'B14 a folded line': response('X: y\r\n z\r\nContent-Length: 2\r\n', 'ok'),
    'B14 a line folded often, with tabs and nothing': response(
      'X: \r\n\t \r\n y \t\r\n\tz\r\nContent-Length:\r\n 2\r\n',
      'ok',
    ),
  }),
  {
    name: 'B14 a folded line, and bare LF, and chunks with a length',
    raw: 'HTTP/1.1 200 OK\nX: y\n  z\nContent-Length: 9\nTransfer-Encoding: chunked\n\n2\r\nok\r\n0\r\n\r\n',
    meaning: {
      persistent: false,
      oddities: ['bare_line_end', 'folded_line', 'length_and_encoding'],
    },
    fields: [
      ['X', 'y z'],
      ['Content-Length', '9'],
      ['Transfer-Encoding', 'chunked'],
    ],
    body: 'ok',
  },
  ...['HTTP/1.2', 'HTTP/1.9'].map((version) => ({
    name: `B16 ${version} is read as HTTP/1.1`,
    raw: response('Content-Length: 2\r\n', 'ok', '200 OK', version),
    meaning: { persistent: true, oddities: [] },
    body: 'ok',
  })),
  {
    name: 'B06 blanks behind the chunk sizes',
    raw: response('Transfer-Encoding: chunked\r\n', '2   \r\nok\r\n1\t ;a=b\r\n!\r\n0  \r\n\r\n'),
    meaning: { bodyLength: CHUNKED, persistent: true },
    body: 'ok!',
  },
  {
    name: 'F14 a trailer with underscores: how a backend names its trailers is its own affair',
    raw: response('Transfer-Encoding: chunked\r\n', '0\r\nX_Forwarded_For: 1\r\n\r\n'),
    meaning: { bodyLength: CHUNKED },
    trailers: [['X_Forwarded_For', '1']],
  },
  {
    name: 'B21 an encoded CRLF is text like any other',
    raw: response('Location: /%0d%0aSet-Cookie:%20x\r\nContent-Length: 0\r\n', '', '302 Found'),
    meaning: { status: 302 },
    fields: [
      ['Location', '/%0d%0aSet-Cookie:%20x'],
      ['Content-Length', '0'],
    ],
  },
];

function bad(fault: Fault, cases: Readonly<Record<string, string>>): BadResponse[] {
  return Object.entries(cases).map(([name, raw]) => ({ name, raw, fault }));
}

export const BAD_RESPONSES: readonly BadResponse[] = [
  ...bad(MANY_CONTENT_LENGTHS, {
    'B02 two lengths that differ': response('Content-Length: 1\r\nContent-Length: 2\r\n', 'xy'),
    'B02 lengths that differ, and chunks': response(
      'Content-Length: 1\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n',
      '0\r\n\r\n',
    ),
  }),
  ...bad(BAD_CONTENT_LENGTH, {
    'B02 a negative length': response('Content-Length: -1\r\n'),
    'B02 a length that is no number': response('Content-Length: one\r\n'),
    'B02 a list of lengths': response('Content-Length: 1, 1\r\n', 'x'),
    'B02 a bad length beside chunks': response(
      'Content-Length: x\r\nTransfer-Encoding: chunked\r\n',
      '0\r\n\r\n',
    ),
    'B02 an empty length': response('Content-Length:\r\n'),
    'B02 a length beyond 2^53': response('Content-Length: 9007199254740993\r\n'),
    'B02 a bad length where no body is': response('Content-Length: -1\r\n', '', '304 Not Modified'),
  }),
  ...bad(BAD_TRANSFER_ENCODING, {
    'B03 gzip': response('Transfer-Encoding: gzip\r\n'),
    'B03 gzip, chunked': response('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'),
    'B03 chunked, chunked': response('Transfer-Encoding: chunked, chunked\r\n', '0\r\n\r\n'),
    'B03 two lines': response('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    'B03 identity': response('Transfer-Encoding: identity\r\n'),
    'B03 empty': response('Transfer-Encoding:\r\n'),
  }),
  ...bad(ENCODING_IN_HTTP_1_0, {
    'B01 a length and chunks in HTTP/1.0': response(
      'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n',
      '0\r\n\r\n',
      '200 OK',
      'HTTP/1.0',
    ),
    'B01 chunks in HTTP/1.0': response('Transfer-Encoding: chunked\r\n', '0\r\n\r\n', '200 OK', 'HTTP/1.0'),
  }),
  ...bad(BAD_CHUNK_SIZE, {
    'B06 a bad chunk size': response('Transfer-Encoding: chunked\r\n', 'xyz\r\n'),
    'B06 a space before a chunk size': response('Transfer-Encoding: chunked\r\n', ' 2\r\nxy\r\n0\r\n\r\n'),
    'B06 a space within a chunk size': response('Transfer-Encoding: chunked\r\n', '1 0\r\n'),
    'B06 a chunk size ended by bare LF': response('Transfer-Encoding: chunked\r\n', '2 \nxy\r\n0\r\n\r\n'),
  }),
  ...bad(BARE_LINE_END, {
    'B14 bare CR in a value': response('X: y\rz\r\nContent-Length: 0\r\n'),
    'B14 bare CR in the reason': response('', '', '200 O\rK'),
    'B14 a trailer ended by bare LF': response('Transfer-Encoding: chunked\r\n', '0\r\nX: y\n\r\n'),
  }),
  ...bad(FOLDED_LINE, {
    'B14 a fold behind the status line': response(' X: y\r\nContent-Length: 0\r\n'),
    'B14 a folded trailer': response('Transfer-Encoding: chunked\r\n', '0\r\nX: y\r\n z\r\n\r\n'),
  }),
  ...bad(BAD_FIELD_NAME, { 'B14 a space before the colon': response('Content-Length : 0\r\n') }),
  ...bad(BAD_FIELD_VALUE, {
    'B14 a NUL in a value': response('X: a\0\r\nContent-Length: 0\r\n'),
    'B14 an escape sequence in a value': response('X: \x1b[31m\r\nContent-Length: 0\r\n'),
  }),
  ...bad(BAD_STATUS_LINE, {
    'B16 099': response('', '', '099 Low'),
    'B16 000': response('', '', '000 None'),
    'B16 two digits': response('', '', '20 OK'),
    'B16 four digits': response('', '', '2000 OK'),
    'B16 text': response('', '', 'OK OK'),
    'B16 a sign': response('', '', '+20 OK'),
    'B16 no status at all': 'HTTP/1.1\r\n\r\n',
    'B16 HTTP/3.0': response('', '', '200 OK', 'HTTP/3.0'),
    'B16 HTTP/1.10': response('', '', '200 OK', 'HTTP/1.10'),
    'B16 HTTP/2.0': response('', '', '200 OK', 'HTTP/2.0'),
    'B16 http/1.1': response('', '', '200 OK', 'http/1.1'),
    'B16 two spaces': response('', '', ' 200 OK'),
    'B16 a tab': 'HTTP/1.1\t200 OK\r\n\r\n',
    'B16 a control character in the reason': response('', '', '200 O\x01K'),
    'B16 an empty line before the status line': `\r\n${response('')}`,
    'B17 an SSH banner': 'SSH-2.0-OpenSSH_9.2p1\r\n',
    'B17 a TLS alert, and what may follow': '\x15\x03\x01\x00\x02\x02\x46\x00\x00',
    'B17 a request': 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n',
  }),
];

/** Good as far as they go; more must come, or the client must see them break off. */
export const INCOMPLETE_RESPONSES: readonly RawResponse[] = [
  { name: 'nothing', raw: '' },
  { name: 'a status line without an end', raw: 'HTTP/1.1 200 OK' },
  { name: 'a status line without a status', raw: 'HTTP/1.1 ' },
  { name: 'a head without its empty line', raw: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n' },
  { name: 'B04 a body shorter than its length', raw: response('Content-Length: 20\r\n', 'xy') },
  { name: 'B05 a chunk cut short', raw: response('Transfer-Encoding: chunked\r\n', '5\r\nxy') },
  { name: 'B05 no last chunk', raw: response('Transfer-Encoding: chunked\r\n', '2\r\nxy\r\n') },
];
