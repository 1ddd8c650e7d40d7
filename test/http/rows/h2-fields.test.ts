import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import type { Fields } from '../../support/hpack.ts';
import { H2C, Http2Rule } from '../../support/http2-rule.ts';
import { valuesOf } from '../../support/raw-http.ts';
import { asking, data, END_STREAM, headers } from '../../support/raw-http2.ts';
import { rowSuite } from '../../support/row-suite.ts';

const suite = rowSuite(H2C);
const http2 = new Http2Rule(suite);

/** One field behind the usual ones. */
function one(name: string, value: string): Buffer {
  return headers(1, asking({}, [[name, value]]));
}

function pseudo(over: Readonly<Record<string, string | null>>, more: Fields = []): Buffer {
  return headers(1, asking(over, more));
}

describe('what cannot stand in a field', () => {
  for (const [what, name, value] of [
    ['CR LF in a value', 'x-own', 'a\r\ninjected: 1'],
    ['CR in a value', 'x-own', 'a\rinjected'],
    ['LF in a value', 'x-own', 'a\ninjected: 1'],
    ['NUL in a value', 'x-own', 'a\0injected'],
    ['DEL in a value', 'x-own', 'a\x7finjected'],
    ['an empty line in a value', 'x-own', '\r\n\r\nGET /injected HTTP/1.1\r\nhost: b.test\r\n\r\n'],
    ['CR LF in a name', 'x-own\r\ninjected', '1'],
    ['NUL in a name', 'x-own\0', 'injected'],
    ['CR LF in a cookie', 'cookie', 'a=1\r\ninjected: 1'],
    ['CR LF in a Host beside the authority', 'host', 'app.test\r\ninjected: 1'],
  ] as const) {
    test(`T10 ${what} is malformed`, () => http2.refuses('RST PROTOCOL_ERROR', one(name, value)));
  }
  for (const [what, name, value] of [
    ['an empty name', '', 'injected'],
    ['a colon in a name', 'x-own:y', 'injected'],
    ['a space in a name', 'x-own y', 'injected'],
  ] as const) {
    test(`T11 ${what} is malformed`, () => http2.refuses('RST PROTOCOL_ERROR', one(name, value)));
  }

  for (const [name, value] of [
    [':path', '/\r\ninjected: 1'],
    [':path', '/\0'],
    [':path', '/ HTTP/1.1'],
    [':authority', 'app.test\r\ninjected: 1'],
    [':authority', 'app.test\0'],
    [':method', 'GET / HTTP/1.1\r\ninjected: 1'],
    [':method', 'GET\0'],
    [':scheme', 'http\r\ninjected: 1'],
  ] as const) {
    test(`T10 ${JSON.stringify(value)} for ${name} is malformed`, () =>
      http2.refuses('RST PROTOCOL_ERROR', pseudo({ [name]: value })));
  }

  test('T11 a name in upper case is malformed', () => http2.refuses('RST PROTOCOL_ERROR', one('X-Own', 'a')));
  for (const value of [' a', 'a ', '\ta', 'a\t', ' ']) {
    test(`T11 ${JSON.stringify(value)} for a value is malformed`, () =>
      http2.refuses('RST PROTOCOL_ERROR', one('x-own', value)));
  }
  test('T11 white space around the value of a pseudo-header or of what HTTP knows is malformed', async () => {
    await http2.refuses('RST PROTOCOL_ERROR', pseudo({ ':path': '/ ' }));
    await http2.refuses('RST PROTOCOL_ERROR', pseudo({ ':authority': ' app.test' }));
    await http2.refuses('RST PROTOCOL_ERROR', one('content-type', ' text/plain'));
  });
});

describe('what belongs to HTTP/1.1', () => {
  for (const [name, value] of [
    ['connection', 'close'],
    ['connection', 'x-own'],
    ['transfer-encoding', 'chunked'],
    ['upgrade', 'websocket'],
    ['keep-alive', 'timeout=5'],
    ['proxy-connection', 'keep-alive'],
    ['te', 'gzip'],
    ['te', 'trailers, gzip'],
  ] as const) {
    test(`T12 ${name}: ${value} is malformed`, () => http2.refuses('RST PROTOCOL_ERROR', one(name, value)));
  }

  test('T12 te: trailers goes on', async () => {
    const { requests } = await http2.serves(one('te', 'trailers'));
    assert.deepEqual(valuesOf(requests[0]!, 'TE'), ['trailers']);
  });

  for (const [what, length] of [
    ['of unknown length', null],
    ['of its length', String('GET /hidden HTTP/1.1\r\nhost: b.test\r\n\r\n'.length)],
  ] as const) {
    test(`T16 a request in a body ${what} stays one`, async () => {
      const hidden = 'GET /hidden HTTP/1.1\r\nhost: b.test\r\n\r\n';
      const more: Fields = length === null ? [] : [['content-length', length]];
      const post = asking({ ':method': 'POST' }, more);
      const { requests } = await http2.serves(headers(1, post, 0), data(1, hidden, END_STREAM));
      assert.deepEqual(
        requests.map(({ body }) => body),
        [hidden],
      );
    });
  }

  test('T16 what would end a chunked body is a part of it', async () => {
    const body = '0\r\n\r\nGET /hidden HTTP/1.1\r\nhost: b.test\r\n\r\n';
    const { requests } = await http2.serves(
      headers(1, asking({ ':method': 'POST' }), 0),
      data(1, body, END_STREAM),
    );
    assert.deepEqual(
      requests.map((request) => request.body),
      [body],
    );
  });

  for (const name of ['transfer_encoding', 'content_length', 'x_forwarded_for']) {
    test(`T16 ${name}, which an application might take for another name, is refused`, () =>
      http2.refuses('400', one(name, 'chunked')));
  }
});

describe('who and what is asked', () => {
  for (const host of ['b.test', 'app.test:8080', 'app.test..']) {
    test(`T13 a Host ${host} beside the authority app.test is refused`, () =>
      http2.refuses('400', one('host', host)));
  }

  for (const host of ['app.test.', 'APP.test', 'app.test:80']) {
    test(`T13 a Host ${host} beside the authority app.test names the same`, () =>
      http2.serves(one('host', host)).then(() => {}));
  }

  test('T13 two Hosts are malformed', () =>
    http2.refuses(
      'RST PROTOCOL_ERROR',
      headers(
        1,
        asking({}, [
          ['host', 'app.test'],
          ['host', 'app.test'],
        ]),
      ),
    ));

  test('T13 a Host that says the same goes on as one', async () => {
    const { requests } = await http2.serves(one('host', 'APP.test'));
    assert.deepEqual(valuesOf(requests[0]!, 'Host'), ['app.test']);
  });

  test('T14 a Host stands in for an authority', async () => {
    const { requests } = await http2.serves(pseudo({ ':authority': null }, [['host', 'app.test']]));
    assert.deepEqual(valuesOf(requests[0]!, 'Host'), ['app.test']);
  });

  for (const [what, frame] of [
    ['no authority and no Host', pseudo({ ':authority': null })],
    ['an empty authority', pseudo({ ':authority': '' })],
    ['no method', pseudo({ ':method': null })],
    ['no path', pseudo({ ':path': null })],
    ['no scheme', pseudo({ ':scheme': null })],
    ['two paths', one(':path', '/')],
    ['two authorities', one(':authority', 'b.test')],
    ['two methods', one(':method', 'POST')],
    ['a pseudo-header behind a field', headers(1, [['x-own', '1'], ...asking()])],
    ['an unknown pseudo-header', one(':own', '1')],
    ['a pseudo-header of responses', one(':status', '200')],
    [':protocol without CONNECT', one(':protocol', 'websocket')],
    ['an empty path', pseudo({ ':path': '' })],
    ['a path without a slash', pseudo({ ':path': 'hidden' })],
    ['* as the path of a GET', pseudo({ ':path': '*' })],
    ['a whole URL as the path', pseudo({ ':path': 'http://b.test/' })],
    ['a scheme that is none', pseudo({ ':scheme': 'ht tp' })],
    ['a scheme that begins with a digit', pseudo({ ':scheme': '1' })],
    ['GET? as the method', pseudo({ ':method': 'GET?' })],
    ['an empty method', pseudo({ ':method': '' })],
  ] as const) {
    test(`T14 ${what}: malformed`, () => http2.refuses('RST PROTOCOL_ERROR', frame));
  }

  test('T14 a fragment in a path is refused, and bytes beyond ASCII go on, as in HTTP/1.1', async () => {
    await http2.refuses('400', pseudo({ ':path': '/#x' }));
    const { requests } = await http2.serves(pseudo({ ':path': '/\xc3\xa9?\xff' }));
    assert.equal(requests[0]!.start, 'GET /\xc3\xa9?\xff HTTP/1.1');
  });

  test('T17 a plain CONNECT is refused', () =>
    http2.refuses('501', pseudo({ ':method': 'CONNECT', ':path': null, ':scheme': null })));

  test('T17 a CONNECT with a path and a scheme is malformed', () =>
    http2.refuses('RST PROTOCOL_ERROR', pseudo({ ':method': 'CONNECT' })));

  test('T17 an extended CONNECT for another protocol than WebSocket is refused', () =>
    http2.refuses('501', pseudo({ ':method': 'CONNECT', ':protocol': 'connect-ip' })));

  for (const authority of [
    'user@app.test',
    'user:secret@app.test',
    'app .test',
    'app.test/x',
    'app.test,b.test',
  ]) {
    test(`T18 the authority ${authority} is refused`, () =>
      http2.refuses(
        authority.includes(' ') ? 'RST PROTOCOL_ERROR' : '400',
        pseudo({ ':authority': authority }),
      ));
  }

  test('T26 crumbs of cookies are one Cookie, wherever they stood', async () => {
    const { requests } = await http2.serves(
      headers(
        1,
        asking({}, [
          ['cookie', 'a=1'],
          ['x-own', '1'],
          ['cookie', 'b=2'],
          ['cookie', 'c=3'],
        ]),
      ),
    );
    assert.deepEqual(valuesOf(requests[0]!, 'Cookie'), ['a=1; b=2; c=3']);
  });

  test('T26 hundreds of crumbs are still one', async () => {
    const crumbs = Array.from({ length: 500 }, (_, i) => ['cookie', `c${i}=${i}`] as const);
    const { requests } = await http2.serves(headers(1, asking({}, crumbs)));
    assert.deepEqual(valuesOf(requests[0]!, 'Cookie'), [crumbs.map(([, value]) => value).join('; ')]);
  });
});
