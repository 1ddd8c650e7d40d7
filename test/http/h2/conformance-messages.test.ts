import assert from 'node:assert/strict';
import { describe } from 'vitest';
import type { Fields } from '../../support/hpack.ts';
import {
  asks,
  CASE,
  Conformance,
  MALFORMED,
  maybe,
  posts,
  type Row,
  resets,
  row,
  SERVED,
} from '../../support/http2-conformance.ts';
import { asking, data, END_STREAM, frame, headers, resetStream, TYPE } from '../../support/raw-http2.ts';

const conformance = Conformance.suite();

const MESSAGE = '§8.1.1';
const piece = (text: string, flags = END_STREAM) => data(CASE, text, flags);

const bodyIs = (body: string): Partial<Row> => ({
  also: (_, requests) =>
    assert.deepEqual(
      requests.map((request) => request.body),
      [body],
    ),
});

const stated = (length: string) => posts({}, [['content-length', length]]);

const lengths: Row[] = [
  row(MESSAGE, 'a length that is kept', [stated('4'), piece('four')], SERVED, bodyIs('four')),
  row(
    MESSAGE,
    'a length that is kept in pieces',
    [stated('4'), piece('fo', 0), piece('', 0), piece('ur')],
    SERVED,
    {
      ...bodyIs('four'),
    },
  ),
  row(
    MESSAGE,
    'a length that is kept by an empty last frame',
    [stated('4'), piece('four', 0), piece('')],
    SERVED,
  ),
  row(
    MESSAGE,
    'a length that padding does not add to',
    [stated('2'), frame(TYPE.data, 8 + END_STREAM, CASE, Buffer.from([3, 0x68, 0x69, 0, 0, 0]))],
    SERVED,
    bodyIs('hi'),
  ),
  row(MESSAGE, 'a length of 0 and no body', [asks({ ':method': 'POST' }, [['content-length', '0']])], SERVED),
  row(MESSAGE, 'a length of 0 and an empty body', [stated('0'), piece('')], SERVED),
  row(
    MESSAGE,
    'a length that is kept before trailers',
    [stated('4'), piece('four', 0), headers(CASE, [['x-sum', '1']])],
    SERVED,
    bodyIs('four'),
  ),
  ...(
    [
      ['less than the body', [stated('3'), piece('four')]],
      ['less than a body that goes on', [stated('3'), piece('four', 0)]],
      ['less than a body in pieces', [stated('3'), piece('fo', 0), piece('ur')]],
      ['more than the body', [stated('5'), piece('four')]],
      ['more than an empty body', [stated('5'), piece('')]],
      [
        'more than the body before trailers',
        [stated('5'), piece('four', 0), headers(CASE, [['x-sum', '1']])],
      ],
      ['that of a request without a body', [asks({ ':method': 'POST' }, [['content-length', '5']])]],
      ['that of a GET without a body', [asks({}, [['content-length', '1']])]],
    ] as const
  ).map(([what, says]) =>
    row(MESSAGE, `a length that is ${what} is malformed`, says, MALFORMED, { tls: true }),
  ),
  // The request of length 0 is whole before the body comes that it must not have.
  row(
    MESSAGE,
    'a length of 0 and a request hidden in the body are malformed',
    [stated('0'), piece('GET /case/hidden HTTP/1.1\r\nhost: b.test\r\n\r\n')],
    MALFORMED,
    {
      reaches: maybe,
      also: (_, requests) => assert.ok(requests.every(({ start }) => !start.includes('hidden'))),
    },
  ),
  ...[
    '+4',
    '-4',
    '4.0',
    '0x4',
    '4,4',
    '4, 4',
    '',
    ' 4',
    '4 ',
    '１',
    '1e1',
    '99999999999999999999',
    'four',
  ].map((text) =>
    row(
      MESSAGE,
      `the length "${text}", which is none, is malformed`,
      [posts({}, [['content-length', Buffer.from(text).toString('latin1')]]), piece('four')],
      MALFORMED,
    ),
  ),
  ...(
    [
      ['that differ', ['4', '5']],
      ['that say the same', ['4', '4']],
    ] as const
  ).map(([what, values]) =>
    row(
      MESSAGE,
      `two lengths ${what} are malformed`,
      [
        posts(
          {},
          values.map((value) => ['content-length', value] as const),
        ),
        piece('four'),
      ],
      MALFORMED,
    ),
  ),
];

const trailing = (
  name: string,
  fields: Fields,
  outcome: Row['outcome'] = MALFORMED,
  more: Partial<Row> = {},
) => row('§8.1', `trailers with ${name}`, [posts(), piece('body', 0), headers(CASE, fields)], outcome, more);

const trailers: Row[] = [
  trailing('a field of their own go on', [['x-sum', '1']], SERVED, {
    also: (_, requests) =>
      assert.deepEqual(
        requests.map((request) => request.trailers),
        [['x-sum: 1']],
      ),
  }),
  trailing(
    'what could be mistaken for headers go on without that',
    [
      ['x-sum', '1'],
      ['host', 'b.test'],
      ['authorization', 'secret'],
      ['x-forwarded-for', '1.2.3.4'],
    ],
    SERVED,
    {
      also: (_, requests) =>
        assert.deepEqual(
          requests.map((request) => request.trailers),
          [['x-sum: 1']],
        ),
    },
  ),
  trailing('nothing in them are trailers', [], SERVED),
  ...[':path', ':method', ':status', ':own'].map((name) =>
    trailing(`${name} are malformed`, [[name, '/hidden']], MALFORMED, { tls: true }),
  ),
  ...['connection', 'transfer-encoding', 'upgrade', 'te', 'keep-alive'].map((name) =>
    trailing(`${name} are malformed`, [[name, 'chunked']]),
  ),
  ...(
    [
      ['a name in upper case', 'X-Sum', '1'],
      ['a name that is none', 'x sum', '1'],
      ['CR LF in a value', 'x-sum', 'a\r\nb: c'],
      ['NUL in a value', 'x-sum', '\0'],
      ['a padded value', 'x-sum', ' 1'],
    ] as const
  ).map(([what, name, value]) => trailing(`${what} are malformed`, [[name, value]])),
  trailing(
    'a name that imitates another reset the stream',
    [['transfer_encoding', 'chunked']],
    resets('PROTOCOL_ERROR', 'INTERNAL_ERROR'),
  ),
  row(
    '§8.1',
    'trailers that do not end the stream are malformed',
    [posts(), headers(CASE, [['x-sum', '1']], 0)],
    MALFORMED,
    { tls: true },
  ),
  row('§8.1', 'a second head in place of trailers is malformed', [posts(), posts()], MALFORMED),
  row(
    '§8.1',
    'trailers without a body are trailers',
    [posts(), headers(CASE, [['x-sum', '1']])],
    SERVED,
    bodyIs(''),
  ),
];

const hidden = '0\r\n\r\nGET /case/hidden HTTP/1.1\r\nhost: b.test\r\n\r\n';
const smuggling: Row[] = [
  row(
    '§8.2.2',
    'what would end a chunked body is a part of it',
    [posts(), piece(hidden)],
    SERVED,
    bodyIs(hidden),
  ),
  row(
    '§8.1',
    'a body of a GET stays one',
    [headers(CASE, asking({ ':path': '/case' }), 0), piece(hidden)],
    SERVED,
    {
      ...bodyIs(hidden),
    },
  ),
  row(
    '§8.1',
    'a request cut off is none',
    [posts(), piece('half', 0), resetStream(CASE), headers(5, asking({ ':path': '/other' }))],
    SERVED,
    { on: 5, reaches: (count) => count === 0 },
  ),
];

describe('§8.1 messages of a client:', () => {
  for (const rows of [lengths, trailers, smuggling]) conformance.run(rows);
});
