import { encode, type Fields, indexed, remembered } from './hpack.ts';
import { text } from './hpack-model.ts';
import {
  asking,
  data,
  END_HEADERS,
  END_STREAM,
  frame,
  headers,
  PADDED,
  PREFACE,
  resetStream,
  SETTING,
  settings,
  TYPE,
  uint32,
  windowUpdate,
} from './raw-http2.ts';

const PRIORITY = 0x20;

/** All that a client says on one connection. */
export interface ClientWords {
  readonly name: string;
  /** `lane`: what its requests are told apart by from those of others, of one length. */
  readonly bytes: (lane: string) => Buffer;
  /** What comes of each stream; of the connection, where that is ended. */
  readonly streams: Readonly<Record<number, string>>;
  readonly goaway?: string;
}

/** All that a backend says to one request. */
export interface BackendWords {
  readonly name: string;
  readonly bytes: (id: number) => Buffer;
  /** The status and the body that the client gets, or that it is cut off. */
  readonly client: string;
}

const ping = frame(TYPE.ping, 0, 0, Buffer.from('the last'));
const begin = Buffer.concat([PREFACE, settings([SETTING.headerTableSize, 0], [3, 100])]);
const request = (lane: string, over: Record<string, string | null> = {}, more: Fields = []): Fields =>
  asking({ ':path': '/', ...over }, [['x-lane', lane], ...more]);
const padded = (id: number, body: string, padding: number, flags: number): Buffer =>
  frame(
    TYPE.data,
    PADDED + flags,
    id,
    Buffer.concat([Buffer.from([padding]), Buffer.from(body), Buffer.alloc(padding)]),
  );

/** One block in three frames, the first with padding and a priority. */
function inPieces(id: number, block: Buffer, flags = END_STREAM): Buffer {
  const first = Buffer.concat([Buffer.from([3, 0, 0, 0, 0, 9]), block.subarray(0, 7), Buffer.alloc(3)]);
  return Buffer.concat([
    frame(TYPE.headers, PADDED + PRIORITY + flags, id, first),
    frame(TYPE.continuation, 0, id, block.subarray(7, 8)),
    frame(TYPE.continuation, END_HEADERS, id, block.subarray(8)),
  ]);
}

const words = (
  name: string,
  streams: ClientWords['streams'],
  parts: (lane: string) => Buffer[],
): ClientWords => ({
  name,
  streams,
  bytes: (lane) => Buffer.concat([begin, ...parts(lane), ping]),
});

const POST = { ':method': 'POST' };

const GOOD: readonly ClientWords[] = [
  words(
    'requests with bodies, padding and trailers',
    { 1: '200 GET ', 3: '200 POST hello', 5: '200 POST abcd' },
    (lane) => [
      headers(1, request(lane)),
      frame(TYPE.priority, 0, 9, Buffer.alloc(5)),
      headers(3, request(lane, POST, [['content-length', '5']]), 0),
      padded(3, 'hel', 4, 0),
      headers(5, request(lane, POST), 0),
      data(5, 'abcd'),
      windowUpdate(0, 1000),
      padded(3, 'lo', 0, END_STREAM),
      headers(5, [['x-sum', '1']]),
      windowUpdate(1, 7),
    ],
  ),
  words(
    'blocks in pieces, with Huffman’s code and entries of tables',
    { 1: '200 GET ', 3: '200 POST x' },
    (lane) => [
      inPieces(
        1,
        Buffer.concat([
          Buffer.from([0x82, 0x86, 0x84]),
          Buffer.from([0x41]),
          text('app.test', true),
          remembered('x-lane', lane),
          Buffer.from([0]),
          text('x-own', true),
          text('some text', true),
        ]),
      ),
      inPieces(3, Buffer.concat([Buffer.from([0x83, 0x86, 0x84]), indexed(63), indexed(62)]), 0),
      data(3, 'x', END_STREAM),
    ],
  ),
  words('a request that is given up among others and unknown frames', { 5: '200 GET ' }, (lane) => [
    frame(0x63, 0xff, 3, Buffer.from('nothing')),
    headers(1, request(lane, { ':path': '/silent' })),
    settings([0x0a0a, 1], [SETTING.initialWindowSize, 100]),
    resetStream(1),
    headers(5, request(lane)),
  ]),
  words(
    'malformed requests beside a good one',
    {
      1: 'RST PROTOCOL_ERROR',
      3: 'RST PROTOCOL_ERROR',
      5: 'RST PROTOCOL_ERROR',
      7: '200 GET ',
    },
    (lane) => [
      headers(1, request(lane, {}, [['connection', 'close']])),
      headers(3, request(lane, POST, [['content-length', '9']]), 0),
      data(3, 'four', END_STREAM),
      headers(5, request(lane, POST), 0),
      headers(5, [[':path', '/']]),
      headers(7, request(lane)),
    ],
  ),
  words('requests that are refused by an answer', { 1: '405', 3: '400', 5: '400', 7: '501' }, (lane) => [
    headers(1, request(lane, { ':method': 'TRACE' })),
    headers(3, request(lane, {}, [['transfer_encoding', '1']])),
    headers(5, request(lane, {}, [['host', 'b.test']])),
    headers(7, [
      [':method', 'CONNECT'],
      [':authority', 'app.test:1'],
    ]),
  ]),
  words('a response that waits for its window', { 1: '200 GET ' }, (lane) => [
    settings([SETTING.initialWindowSize, 0]),
    headers(1, request(lane)),
    windowUpdate(1, 2),
    settings([SETTING.initialWindowSize, 50]),
  ]),
];

const BLOCK = encode(asking());
const BAD: readonly (readonly [name: string, goaway: string, bytes: Buffer])[] = [
  ['HPACK that is none', 'COMPRESSION_ERROR', headers(1, Buffer.concat([BLOCK, indexed(200)]))],
  ['a frame within a block', 'PROTOCOL_ERROR', Buffer.concat([frame(TYPE.headers, 1, 1, BLOCK), ping])],
  ['DATA on an idle stream', 'PROTOCOL_ERROR', data(1, 'x')],
  ['a PING of 7 bytes', 'FRAME_SIZE_ERROR', frame(TYPE.ping, 0, 0, Buffer.alloc(7))],
  [
    'a frame that is too large',
    'FRAME_SIZE_ERROR',
    frame(TYPE.settings, 0, 0, Buffer.alloc(16_386)).subarray(0, 20),
  ],
  ['padding that is too long', 'PROTOCOL_ERROR', frame(TYPE.headers, 13, 1, Buffer.from([9, 1, 2]))],
  ['a window that is too large', 'FLOW_CONTROL_ERROR', windowUpdate(0, 2 ** 31 - 1)],
  [
    'a PUSH_PROMISE',
    'PROTOCOL_ERROR',
    frame(TYPE.pushPromise, END_HEADERS, 1, Buffer.concat([uint32(2), BLOCK])),
  ],
];

export const CLIENT_WORDS: readonly ClientWords[] = [
  ...GOOD,
  ...BAD.map(([name, goaway, bytes]) => ({
    name,
    streams: {},
    goaway,
    bytes: () => Buffer.concat([begin, windowUpdate(0, 1), bytes]),
  })),
];

const ok = (id: number, more: Fields = [], flags = 0): Buffer =>
  headers(id, [[':status', '200'], ...more], flags);
const answer = (name: string, client: string, parts: (id: number) => Buffer[]): BackendWords => ({
  name,
  client,
  bytes: (id) => Buffer.concat(parts(id)),
});

export const BACKEND_WORDS: readonly BackendWords[] = [
  answer('a response with padding, pieces and trailers', '200 hello', (id) => [
    headers(
      id,
      [
        [':status', '103'],
        ['link', '</a>'],
      ],
      0,
    ),
    inPieces(id, Buffer.concat([Buffer.from([0x88]), remembered('x-own', 'some'), indexed(62)]), 0),
    frame(TYPE.ping, 0, 0, Buffer.alloc(8)),
    padded(id, 'hel', 5, 0),
    settings([0x0a0a, 7]),
    windowUpdate(0, 9),
    windowUpdate(id, 9),
    data(id, ''),
    data(id, 'lo'),
    headers(id, [['x-sum', '1']]),
  ]),
  answer('a response of a length, and unknown frames', '200 hello', (id) => [
    frame(0x63, 0xff, id, Buffer.from('nothing')),
    ok(id, [['content-length', '5']]),
    frame(TYPE.priority, 0, id, Buffer.alloc(5)),
    data(id, 'hello', END_STREAM),
  ]),
  answer('a head that ends', '200 ', (id) => [ok(id, [['etag', '"1"']], END_STREAM)]),
  answer('a malformed head', '502', (id) => [
    ok(id, [['connection', 'close']]),
    data(id, 'hello', END_STREAM),
  ]),
  answer('a body that breaks off', 'cut', (id) => [ok(id), data(id, 'hello'), resetStream(id, 2)]),
  answer('malformed trailers', 'cut', (id) => [ok(id), data(id, 'hello'), headers(id, [[':status', '200']])]),
  answer('RST_STREAM', '502', (id) => [resetStream(id, 2)]),
  answer('HPACK that is none', '502', (id) => [
    headers(id, Buffer.concat([Buffer.from([0x88]), indexed(0)]), 0),
  ]),
  answer('a PING of 7 bytes', '502', () => [frame(TYPE.ping, 0, 0, Buffer.alloc(7))]),
];
