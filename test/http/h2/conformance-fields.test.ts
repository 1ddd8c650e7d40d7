import assert from 'node:assert/strict';
import { describe } from 'vitest';
import type { Fields } from '../../support/hpack.ts';
import { asks, Conformance, MALFORMED, type Row, SERVED } from '../../support/http2-conformance.ts';
import { valuesOf } from '../../support/raw-http.ts';

const conformance = Conformance.suite();

const spelled = (text: string): string => JSON.stringify(text).slice(0, 60);

/** RFC 9113 §8.2.1 forbids these in names, besides what cannot stand in a token. */
const BAD_NAMES = [
  '',
  'X-Own',
  'x-ownE',
  'x own',
  ' x-own',
  'x-own ',
  'x-own:',
  'x:own',
  'x-own\r\ninjected',
  'x-own\n',
  'x-own\0',
  'x-own\t',
  'x-own\x7f',
  'x-own\x80',
  'x-\xff',
  'x(own',
  'x"own',
  'x/own',
  'x,own',
  'x;own',
  'x=own',
  'x@own',
  'x[own',
  'x{own',
];

const BAD_VALUES = [
  'a\r\ninjected: 1',
  'a\rb',
  'a\nb',
  '\r',
  '\n',
  '\0',
  'a\0b',
  ' a',
  'a ',
  '\ta',
  'a\t',
  ' ',
  '\t',
  '\r\n\r\nGET /case/hidden HTTP/1.1\r\nhost: b.test\r\n\r\n',
];

const malformed = (name: string, frame: Buffer, more: Partial<Row> = {}): Row => ({
  clause: '§8.2.1',
  name: `${name}: malformed`,
  says: [frame],
  outcome: MALFORMED,
  ...more,
});

const badFields: Row[] = [
  ...BAD_NAMES.map((name) => malformed(`the name ${spelled(name)}`, asks({}, [[name, '1']]))),
  ...BAD_VALUES.flatMap((value) =>
    ['x-own', 'cookie', 'content-type', 'te'].map((name) =>
      malformed(`${name} with ${spelled(value)}`, asks({}, [[name, value]])),
    ),
  ),
  malformed('a bad field among a hundred good ones', asks({}, [...many(50), ['x', 'a\r\n'], ...many(50)])),
  malformed('a bad field in the last place', asks({}, [...many(50), ['x', '\0']])),
];

function many(count: number): Fields {
  return Array.from({ length: count }, (_, i) => [`x-${i}`, String(i)]);
}

/** The field goes on as it is. */
const kept = (name: string, value: string): Row => ({
  clause: '§8.2.1',
  name: `${name}: ${spelled(value)} goes on`,
  says: [asks({}, [[name, value]])],
  outcome: SERVED,
  also: (_, requests) =>
    assert.deepEqual(
      requests.map((request) => lastOf(request.lines, name)),
      [value],
    ),
});

function lastOf(lines: readonly string[], name: string): string | undefined {
  return lines.find((line) => line.toLowerCase().startsWith(`${name}: `))?.slice(name.length + 2);
}

const goodFields: Row[] = [
  kept('x-own', 'a\tb  c'),
  kept('x-own', '\x80\xff'),
  kept('x-own', '!"#$%&\'()*+,-./:;<=>?@[\\]^`{|}~'),
  kept("!#$%&'*+-.^`|~0", '1'),
  kept('__proto__', '1'),
  kept('constructor', '1'),
  kept('x-own', 'y'.repeat(15_000)),
];

const ofOneHop: Row[] = [
  ['connection', 'close'],
  ['connection', 'x-own'],
  ['connection', ''],
  ['keep-alive', 'timeout=5'],
  ['proxy-connection', 'keep-alive'],
  ['transfer-encoding', 'chunked'],
  ['transfer-encoding', 'identity'],
  ['upgrade', 'websocket'],
  ['upgrade', 'h2c'],
  ['te', 'gzip'],
  ['te', 'trailers, gzip'],
  ['te', 'chunked'],
  ['te', ''],
].map(([name, value]) => ({
  clause: '§8.2.2',
  name: `${name}: ${value} is malformed`,
  says: [asks({}, [[name!, value!]])],
  outcome: MALFORMED,
  tls: true,
}));

const crumbs: Row[] = [
  {
    clause: '§8.2.2',
    name: 'te: trailers goes on',
    says: [asks({}, [['te', 'trailers']])],
    outcome: SERVED,
    also: (_, requests) => assert.deepEqual(valuesOf(requests[0]!, 'TE'), ['trailers']),
  },
  {
    clause: '§8.2.3',
    name: 'crumbs of a cookie are one, wherever they stood',
    says: [
      asks({}, [
        ['cookie', 'a=1'],
        ['x-own', '1'],
        ['cookie', 'b=2'],
        ['cookie', 'c=3; d=4'],
      ]),
    ],
    outcome: SERVED,
    also: (_, requests) => assert.deepEqual(valuesOf(requests[0]!, 'Cookie'), ['a=1; b=2; c=3; d=4']),
  },
  {
    clause: '§8.2',
    name: 'lines of one name go on one by one, in their order',
    says: [
      asks({}, [
        ['x-own', 'b'],
        ['x-own', 'a'],
        ['x-own', ''],
      ]),
    ],
    outcome: SERVED,
    also: (_, requests) => assert.deepEqual(valuesOf(requests[0]!, 'X-Own'), ['b', 'a', '']),
  },
];

const imitations: Row[] = ['transfer_encoding', 'content_length', 'x_forwarded_for', 'x_forwarded_proto'].map(
  (name) => ({
    clause: 'docs/compatibility.md',
    name: `${name}, which an application might take for another name, is refused`,
    says: [asks({}, [[name, '1']])],
    outcome: { status: 400 },
    tls: true,
  }),
);

describe('§8.2 fields of requests:', () => {
  for (const rows of [badFields, goodFields, ofOneHop, crumbs, imitations]) conformance.run(rows);
});
