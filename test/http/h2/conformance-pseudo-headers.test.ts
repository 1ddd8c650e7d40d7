import assert from 'node:assert/strict';
import { describe } from 'vitest';
import type { Fields } from '../../support/hpack.ts';
import {
  asks,
  CASE,
  Conformance,
  ends,
  MALFORMED,
  type Row,
  SERVED,
} from '../../support/http2-conformance.ts';
import { valuesOf } from '../../support/raw-http.ts';
import { asking, headers } from '../../support/raw-http2.ts';

const conformance = Conformance.suite();

const spelled = (text: string): string => JSON.stringify(text).slice(0, 60);
const either = [MALFORMED, { status: 400 }];

const HIDDEN = 'GET /case/hidden HTTP/1.1\r\nhost: b.test\r\n\r\n';
const pseudo = (
  name: string,
  over: Record<string, string | null>,
  outcome: Row['outcome'] = MALFORMED,
): Row => ({
  clause: '§8.3.1',
  name,
  says: [asks(over)],
  outcome,
  tls: true,
});
const block = (name: string, fields: Fields, clause = '§8.3'): Row => ({
  clause,
  name: `${name} is malformed`,
  says: [headers(CASE, fields)],
  outcome: MALFORMED,
  tls: true,
});
const CASE_HEAD = asking({ ':path': '/case' });

const pseudoHeaders: Row[] = [
  ...[':method', ':scheme', ':path'].map((name) => pseudo(`no ${name}: malformed`, { [name]: null })),
  ...[':method', ':scheme', ':path'].map((name) => pseudo(`an empty ${name}: malformed`, { [name]: '' })),
  ...['case', '*', 'http://app.test/case', '?/case', ' /case', '\\case'].map((path) =>
    pseudo(`the path ${path}, which does not begin with a slash: malformed`, { ':path': path }),
  ),
  ...['\r', '\n', '\0', '\r\ninjected: 1', ' ', '\t', ` HTTP/1.1\r\n${HIDDEN}`].flatMap((bad) => [
    pseudo(
      `a path with ${spelled(bad)}: malformed`,
      { ':path': `/case${bad}x` },
      bad === ' ' ? either : MALFORMED,
    ),
    pseudo(`a method with ${spelled(bad)}: malformed`, { ':method': `GET${bad}x` }),
    pseudo(`a scheme with ${spelled(bad)}: malformed`, { ':scheme': `http${bad}x` }),
    pseudo(`an authority with ${spelled(bad)}: malformed`, { ':authority': `app.test${bad}x` }),
  ]),
  ...['GET?', 'G(T', 'G\xe9T', ':GET'].map((method) =>
    pseudo(`the method ${method}: malformed`, { ':method': method }),
  ),
  ...['1http', 'ht tp', 'ht_tp', ':http', 'http:'].map((scheme) =>
    pseudo(`the scheme ${scheme}: malformed`, { ':scheme': scheme }),
  ),
  ...[':method', ':scheme', ':path', ':authority'].map((name) => {
    const [, value] = CASE_HEAD.find((field) => field[0] === name)!;
    return block(`${name} twice`, [...CASE_HEAD, [name, value]]);
  }),
  block('a pseudo-header behind a field', [['x-own', '1'], ...CASE_HEAD]),
  block(':path behind a field', [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':authority', 'app.test'],
    ['x-own', '1'],
    [':path', '/case'],
  ]),
  block('a pseudo-header that is unknown', [...CASE_HEAD, [':own', '1']]),
  block('a pseudo-header in upper case', [...CASE_HEAD, [':Path', '/case']]),
  block('a pseudo-header without a name', [...CASE_HEAD, [':', '1']]),
  block('the pseudo-header of responses', [...CASE_HEAD, [':status', '200']]),
  block('nothing but a response', [[':status', '200']]),
  block('a request without pseudo-headers', [['host', 'app.test']]),
  block(':protocol without CONNECT', [...CASE_HEAD, [':protocol', 'websocket']], 'RFC 8441 §4'),
];

const authority = (
  name: string,
  over: Record<string, string | null>,
  more: Fields,
  outcome: Row['outcome'],
): Row => ({
  clause: '§8.3.1',
  name,
  says: [asks(over, more)],
  outcome,
  also: (_, requests) => {
    for (const request of requests) assert.deepEqual(valuesOf(request, 'Host'), ['app.test']);
  },
});
const NONE = { ':authority': null };

const authorities: Row[] = [
  authority('Host stands in for an authority', NONE, [['host', 'app.test']], SERVED),
  authority('Host that says the same goes on as one', {}, [['host', 'APP.test']], SERVED),
  ...['b.test', 'app.test:8080', '', 'app.test, b.test'].map((host) =>
    authority(
      `Host ${host} beside the authority app.test is refused`,
      {},
      [['host', host]],
      /^$|,/.test(host) ? either : { status: 400 },
    ),
  ),
  authority(
    'two Hosts are refused',
    {},
    [
      ['host', 'app.test'],
      ['host', 'app.test'],
    ],
    either,
  ),
  authority(
    'two Hosts that differ are refused',
    NONE,
    [
      ['host', 'app.test'],
      ['host', 'b.test'],
    ],
    either,
  ),
  authority('neither Host nor authority is refused', NONE, [], either),
  authority('an empty authority is refused', { ':authority': '' }, [], either),
  ...[
    'user@app.test',
    'user:secret@app.test',
    'app.test/x',
    'app.test,b.test',
    'app.test:99999',
    '[::1',
    'a%00',
  ].map((value) => authority(`the authority ${value} is refused`, { ':authority': value }, [], either)),
];

describe('§8.3 pseudo-headers of requests:', () => {
  conformance.run(pseudoHeaders);
  conformance.run(authorities);
  conformance.run([
    {
      clause: '§8.1.1',
      name: 'a malformed request does not hide a connection’s error',
      says: [asks({}, [['X-Own', '1']]), headers(0, asking())],
      outcome: ends('PROTOCOL_ERROR'),
    },
  ]);
});
