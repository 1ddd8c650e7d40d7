import { describe } from 'vitest';
import type { Fields } from '../../support/hpack.ts';
import { responds } from '../../support/http2-backend.ts';
import { BackendConformance, type BackendRow, type Came } from '../../support/http2-backend-conformance.ts';
import {
  data,
  END_STREAM,
  ERRORS,
  type ErrorName,
  frame,
  headers,
  resetStream,
  TYPE,
  windowUpdate,
} from '../../support/raw-http2.ts';

const conformance = BackendConformance.suite({
  max_response_headers: 50,
  max_response_header_bytes: 20_000,
});

const spelled = (text: string): string => JSON.stringify(text).slice(0, 60);
const hello = (id: number, more: Fields = []): Buffer[] => [
  responds(id, more),
  data(id, 'hello', END_STREAM),
];
const whole = (id: number, fields: Fields): Buffer => headers(id, fields);

/** Of the head of a response: the client hears nothing of it, the stream alone is given up. */
const malformed = (
  clause: string,
  name: string,
  says: BackendRow['says'],
  client: BackendRow['client'] = 502,
): BackendRow => ({
  clause,
  name: `${name}: malformed`,
  says,
  client,
  backend: 'goes on',
  reset: ['PROTOCOL_ERROR'],
});

const status = (name: string, fields: Fields): BackendRow =>
  // The stream goes on, so that it is for the router to end it.
  malformed('§8.3.2', name, (id) => [headers(id, fields, 0)]);

const heads: BackendRow[] = [
  status('no status', [['x-own', '1']]),
  status('no fields at all', []),
  status('two statuses', [
    [':status', '200'],
    [':status', '200'],
  ]),
  status('a status behind a field', [
    ['x-own', '1'],
    [':status', '200'],
  ]),
  ...['', '20', '2000', 'abc', '+20', ' 200', '200 OK', '2.0', '099', '０００'].map((text) =>
    status(`the status ${spelled(text)}`, [[':status', Buffer.from(text).toString('latin1')]]),
  ),
  status('101, which HTTP/2 has not', [[':status', '101']]),
  status('a pseudo-header of requests', [
    [':status', '200'],
    [':path', '/'],
  ]),
  status('a pseudo-header that is unknown', [
    [':status', '200'],
    [':own', '1'],
  ]),
  ...['', 'X-Own', 'x own', 'x-own:', 'x\r\ny', 'x\0', 'x\x80'].map((name) =>
    malformed('§8.2.1', `the name ${spelled(name)}`, (id) => hello(id, [[name, '1']])),
  ),
  ...['a\r\nb: c', 'a\rb', 'a\nb', '\0', ' a', 'a ', '\ta', '\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'].map((value) =>
    malformed('§8.2.1', `the value ${spelled(value)}`, (id) => hello(id, [['x-own', value]])),
  ),
  ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'].map((name) =>
    malformed('§8.2.2', name, (id) => [responds(id, [[name, 'chunked']])]),
  ),
  ...['+5', '-5', '5,5', '5, 6', '', '0x5', '99999999999999999999'].map((length) =>
    malformed('§8.1.1', `the length ${spelled(length)}`, (id) => [
      responds(id, [['content-length', length]]),
    ]),
  ),
  malformed('§8.1.1', 'two lengths that differ', (id) => [
    responds(id, [
      ['content-length', '5'],
      ['content-length', '6'],
    ]),
  ]),
  malformed('§8.1', 'DATA before a head', (id) => [data(id, 'hello')]),
  malformed('§8.1', 'DATA behind 103', (id) => [responds(id, [], 0, '103'), data(id, 'hello')], [502, 'cut']),
  malformed('§8.1', 'a bad field in 103', (id) => [responds(id, [['X-Own', '1']], 0, '103'), ...hello(id)]),
  {
    clause: '§8.1',
    name: '103 that ends the stream: malformed',
    says: (id) => [responds(id, [], END_STREAM, '103')],
    client: 502,
    backend: 'goes on',
  },
  {
    ...malformed('RFC 6585 §5', 'a head that is too large', (id) => [
      frame(
        TYPE.headers,
        0,
        id,
        whole(id, [
          [':status', '200'],
          ['x-own', 'y'.repeat(16_000)],
        ]).subarray(9),
      ),
      frame(TYPE.continuation, 0, id, whole(id, [['x-own', 'y'.repeat(16_000)]]).subarray(9)),
      frame(TYPE.continuation, 4, id),
    ]),
    reset: ['PROTOCOL_ERROR', 'CANCEL', 'INTERNAL_ERROR', 'ENHANCE_YOUR_CALM'],
  },
];

const cut = (
  clause: string,
  name: string,
  says: BackendRow['says'],
  client: readonly Came[] = ['cut', 502],
): BackendRow => ({
  clause,
  name: `${name}: cut off`,
  says,
  client,
  backend: 'goes on',
});
const trailing = (name: string, fields: Fields, flags = END_STREAM) =>
  cut('§8.1', `trailers with ${name}`, (id) => [responds(id), data(id, 'hello'), headers(id, fields, flags)]);

const bodies: BackendRow[] = [
  cut('§8.1.1', 'a body shorter than its length', (id) => hello(id, [['content-length', '9']])),
  cut('§8.1.1', 'a body longer than its length', (id) => hello(id, [['content-length', '3']])),
  cut('§8.1.1', 'a body where its length is 0', (id) => hello(id, [['content-length', '0']]), [
    'cut',
    502,
    200,
  ]),
  cut('§8.1.1', 'a head that ends the stream and states a body', (id) => [
    responds(id, [['content-length', '9']], END_STREAM),
  ]),
  cut('§8.1.1', 'trailers where the body is short', (id) => [
    responds(id, [['content-length', '9']]),
    data(id, 'hello'),
    headers(id, [['x-sum', '1']]),
  ]),
  trailing('a status', [[':status', '200']]),
  trailing('a pseudo-header', [[':own', '1']]),
  trailing('a field of one hop', [['connection', 'close']]),
  trailing('a name in upper case', [['X-Sum', '1']]),
  trailing('CR LF in a value', [['x-sum', 'a\r\nb: c']]),
  trailing('no end of the stream', [['x-sum', '1']], 0),
  ...ERRORS.flatMap((_, code): BackendRow[] =>
    code === 7 || code === 13
      ? []
      : [
          cut('§8.1', `RST_STREAM with ${ERRORS[code]} in place of the end`, (id) => [
            responds(id),
            data(id, 'hello'),
            resetStream(id, code),
          ]),
        ],
  ),
  cut('§8.1', 'RST_STREAM in place of the end, a length not reached', (id) => [
    responds(id, [['content-length', '9']]),
    data(id, 'hello'),
    resetStream(id, 0),
  ]),
  cut('§8.1', 'RST_STREAM right behind the head', (id) => [responds(id), resetStream(id, 0)]),
  cut('§8.7', 'REFUSED_STREAM when the response has begun', (id) => [
    responds(id),
    data(id, 'hello'),
    resetStream(id, 7),
  ]),
  ...([1, 2, 3, 5, 8, 11] as const).map(
    (code): BackendRow => ({
      ...cut(
        '§8.1',
        `RST_STREAM with ${ERRORS[code]} in place of a response`,
        (id) => [resetStream(id, code)],
        [502],
      ),
      name: `RST_STREAM with ${ERRORS[code]} in place of a response is a bad gateway`,
    }),
  ),
];

const served = (
  clause: string,
  name: string,
  says: BackendRow['says'],
  more: Partial<BackendRow> = {},
): BackendRow => ({
  clause,
  name: `${name}: served`,
  says,
  client: 200,
  backend: 'goes on',
  ...more,
});
const anyReset: readonly ErrorName[] = ['PROTOCOL_ERROR', 'STREAM_CLOSED', 'CANCEL', 'NO_ERROR'];

const good: BackendRow[] = [
  served('§8.1', 'a head alone', (id) => [responds(id, [], END_STREAM)], { body: '' }),
  served(
    '§8.1',
    'a body in pieces, some of them empty',
    (id) => [
      responds(id),
      data(id, ''),
      data(id, 'hel'),
      data(id, ''),
      data(id, 'lo'),
      data(id, '', END_STREAM),
    ],
    { body: 'hello' },
  ),
  served('§8.1', 'trailers', (id) => [responds(id), data(id, 'hello'), headers(id, [['x-sum', '1']])], {
    body: 'hello',
  }),
  served('§8.1', 'a response and then RST_STREAM with NO_ERROR', (id) => [...hello(id), resetStream(id, 0)], {
    body: 'hello',
  }),
  served(
    '§8.1',
    'two of one length',
    (id) =>
      hello(id, [
        ['content-length', '5'],
        ['content-length', '5'],
      ]),
    {
      client: [200, 502],
    },
  ),
  served(
    'RFC 9110 §9.3.2',
    'a length where the request is HEAD',
    (id) => [responds(id, [['content-length', '9']], END_STREAM)],
    { method: 'HEAD', body: '' },
  ),
  served(
    'RFC 9110 §9.3.2',
    'a head of HEAD that does not end, with a body',
    (id) => [responds(id, [['content-length', '5']]), data(id, 'hello')],
    { method: 'HEAD', client: [200, 502, 'cut'], reset: anyReset },
  ),
  served('RFC 9110 §15.3.5', '204 with a body', (id) => [responds(id, [], 0, '204'), data(id, 'hello')], {
    client: [204, 502, 'cut'],
    reset: anyReset,
  }),
  served('§8.1', 'WINDOW_UPDATE on a stream that has just ended', (id) => [
    ...hello(id),
    windowUpdate(id, 5),
  ]),
];

describe('what a backend answers over HTTP/2 is malformed:', () => conformance.run(heads));
describe('a response over HTTP/2 that breaks off', () => conformance.run(bodies));
describe('a response over HTTP/2 that is whole', () => conformance.run(good));
