import { describe } from 'vitest';
import { encode, type Fields, indexed, remembered } from '../../support/hpack.ts';
import {
  asks,
  CASE,
  Conformance,
  MALFORMED,
  maybe,
  type Row,
  resets,
  row,
  SERVED,
} from '../../support/http2-conformance.ts';
import { asking, END_HEADERS, END_STREAM, frame, headers, TYPE } from '../../support/raw-http2.ts';

const conformance = Conformance.suite({ max_request_headers: 50, max_request_header_bytes: 20_000 });

const CONNECT = { ':method': 'CONNECT' };
const connects: Row[] = [
  row(
    '§8.5',
    'CONNECT is refused',
    [asks({ ...CONNECT, ':path': null, ':scheme': null })],
    { status: 501 },
    {
      tls: true,
    },
  ),
  row(
    '§8.5',
    'CONNECT to a port is refused',
    [asks({ ...CONNECT, ':path': null, ':scheme': null, ':authority': 'app.test:443' })],
    { status: 501 },
  ),
  row('§8.5', 'CONNECT with a path and a scheme is malformed', [asks(CONNECT)], MALFORMED),
  row('§8.5', 'CONNECT with a path is malformed', [asks({ ...CONNECT, ':scheme': null })], MALFORMED),
  row(
    '§8.5',
    'CONNECT without an authority is malformed',
    [asks({ ...CONNECT, ':path': null, ':scheme': null, ':authority': null })],
    [MALFORMED, { status: 400 }],
  ),
  ...[':path', ':scheme'].map((name) =>
    row(
      'RFC 8441 §4',
      `an extended CONNECT without ${name} is malformed`,
      [
        headers(
          CASE,
          [...asking({ ...CONNECT, ':path': '/case', [name]: null }), [':protocol', 'websocket']],
          0,
        ),
      ],
      MALFORMED,
    ),
  ),
  row(
    'RFC 8441 §4',
    'an extended CONNECT for what is no WebSocket is refused',
    [headers(CASE, asking({ ...CONNECT, ':protocol': 'connect-udp', ':path': '/case' }), 0)],
    { status: 501 },
  ),
];

const unpacked = (references: number) =>
  headers(
    CASE,
    Buffer.concat([
      encode(asking({ ':path': '/case' })),
      remembered('x-own', 'y'.repeat(3900)),
      ...Array.from({ length: references }, () => indexed(62)),
    ]),
  );
const large = encode(asking({ ':path': '/case' }, [['x-own', 'y'.repeat(25_000)]]));
const many: Fields = Array.from({ length: 60 }, (_, i) => [`x-${i}`, '1']);

const semantics: Row[] = [
  row(
    'RFC 6585 §5',
    'a head that is too large is refused',
    [
      frame(TYPE.headers, END_STREAM, CASE, large.subarray(0, 16_000)),
      frame(TYPE.continuation, END_HEADERS, CASE, large.subarray(16_000)),
    ],
    { status: 431 },
    { tls: true },
  ),
  row('§10.5.1', 'a head that is too large only when it is unpacked is refused', [unpacked(10)], {
    status: 431,
  }),
  row(
    '§10.5.1',
    'one of 40 MB when it is unpacked is, too',
    [unpacked(10_000)],
    [{ status: 431 }, resets('ENHANCE_YOUR_CALM')],
  ),
  row('RFC 6585 §5', 'a head of too many fields is refused', [asks({}, many)], { status: 431 }),
  row(
    '§8.2.3',
    'crumbs of one cookie are one field',
    [
      asks(
        {},
        Array.from({ length: 200 }, (_, i) => ['cookie', `c${i}=1`] as const),
      ),
    ],
    [SERVED, { status: 431 }],
    { reaches: maybe },
  ),
  row(
    'RFC 9110 §15.5.15',
    'a target that is too long is refused',
    [asks({ ':path': `/case?${'x'.repeat(9000)}` })],
    [{ status: 414 }, SERVED],
    { reaches: maybe },
  ),
  row('RFC 9110 §9.3.8', 'TRACE is refused', [asks({ ':method': 'TRACE' })], { status: 405 }),
  row('docs/compatibility.md', 'a fragment in a path is refused', [asks({ ':path': '/case#x' })], {
    status: 400,
  }),
  row(
    'docs/compatibility.md',
    'a byte beyond ASCII in a path goes on',
    [asks({ ':path': '/case\xff' })],
    SERVED,
  ),
  row('RFC 9110 §15.5.5', 'a host without a route is not found', [asks({ ':authority': 'nowhere.test' })], {
    status: 404,
  }),
  row('RFC 9110 §9.1', 'a method that is not known goes on', [asks({ ':method': 'PROPFIND2' })], SERVED),
  row('RFC 9110 §10.1.1', 'an expectation that is not known is refused', [asks({}, [['expect', 'more']])], {
    status: 417,
  }),
];

describe('what HTTP itself refuses, by an answer:', () => {
  conformance.run(connects);
  conformance.run(semantics);
});
