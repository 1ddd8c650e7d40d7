import type { Fields } from '../../test/support/hpack.ts';

/** Fields of which `node:http2` takes one at most. */
export const SINGLE = (
  'access-control-allow-credentials access-control-max-age access-control-request-method age authorization ' +
  'content-encoding content-language content-length content-location content-md5 content-range content-type ' +
  'date dnt etag expires from host if-match if-modified-since if-none-match if-range if-unmodified-since ' +
  'last-modified location max-forwards proxy-authorization range referer retry-after tk ' +
  'upgrade-insecure-requests user-agent x-content-type-options'
).split(' ');

/** Fields that HTTP/2 does not have (RFC 9113 §8.2.2). */
export const OF_ONE_HOP: Fields = [
  ['connection', 'close'],
  ['connection', 'keep-alive, x-mark'],
  ['connection', 'upgrade, http2-settings'],
  ['connection', 'TE'],
  ['upgrade', 'h2c'],
  ['upgrade', 'websocket'],
  ['http2-settings', 'AAMAAABkAAQAAP__'],
  ['http2-settings', 'x'],
  ['te', 'trailers'],
  ['te', 'gzip'],
  ['transfer-encoding', 'chunked'],
  ['transfer-encoding', 'gzip, chunked'],
  ['transfer-encoding', 'identity'],
  ['keep-alive', 'timeout=5'],
  ['proxy-connection', 'keep-alive'],
];

export const PSEUDO: Fields = [
  [':status', '200'],
  [':status', '100'],
  [':status', '999'],
  [':status', ''],
  [':status', '2000'],
  [':status', '-1'],
  [':status', 'abc'],
  [':path', '/other'],
  [':path', ''],
  [':path', '*'],
  [':method', 'GET'],
  [':method', 'CONNECT'],
  [':method', ''],
  [':authority', 'other.test'],
  [':authority', ''],
  [':scheme', 'https'],
  [':scheme', 'x y'],
  [':protocol', 'websocket'],
  [':protocol', ''],
  [':x', 'y'],
  [':', ''],
];

/** Fields that somebody on the way acts on. */
export const TELLING: Fields = [
  ['expect', '100-continue'],
  ['trailer', 'etag, x-sum'],
  ['content-length', '0'],
  ['content-length', '5'],
  ['content-length', '99999999999999999999'],
  ['content-length', '-1'],
  ['content-length', '5, 5'],
  ['content-length', ''],
  ['host', 'other.test'],
  ['cookie', 'a=b'],
  ['cookie', '__VCAP_ID__=x; JSESSIONID=y'],
  ['set-cookie', 'JSESSIONID=x'],
  ['set-cookie', 'a=b'],
  ['x-cf-app-instance', 'app:0'],
  ['x-cf-routererror', 'x'],
  ['x-cf-forwarded-url', 'http://other.test/'],
  ['x-forwarded-for', '10.0.0.1'],
  ['x-forwarded-proto', 'https'],
  ['x-vcap-request-id', 'x'],
  ['x-b3-traceid', 'x'],
  ['traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
  ['retry-after', '1'],
  ['alt-svc', 'h2=":1"'],
  ['priority', 'u=9'],
  ['__proto__', 'x'],
  ['constructor', 'x'],
  ['tostring', 'x'],
  ['hasownproperty', 'x'],
  ['sec-websocket-key', 'x'],
  ['sec-websocket-accept', 'x'],
];

/** Of a request or of its response. */
export const UPGRADES: readonly Fields[] = [
  [
    ['connection', 'Upgrade'],
    ['upgrade', 'websocket'],
    ['sec-websocket-version', '13'],
    ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ['sec-websocket-accept', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='],
  ],
  [
    [':protocol', 'websocket'],
    ['sec-websocket-version', '13'],
  ],
  [
    ['connection', 'Upgrade, HTTP2-Settings'],
    ['upgrade', 'h2c'],
    ['http2-settings', 'AAMAAABkAAQAAP__'],
  ],
];

/** Names that are none. */
export const BAD_NAMES = [
  '',
  ' ',
  ':',
  'a b',
  'a:b',
  'a\0',
  'a\r\nb',
  '(',
  '\xff',
  'a\t',
  '\x7f',
  'a\n',
  'Ä',
];

export const ODD_VALUES = [
  ...['', ' ', '\t', ' a', 'a ', '\ta\t', 'a\r\nx-made-up: 1', 'a\rb', 'a\nb', '\n', 'a\0b', '\0', '\x7f'],
  ...['\x80\xff', '\xc3\xa9', '\x01', 'a,b', ',', '"', '"a', '\\', '%00', '=?utf-8?q?a?=', '0', '-1'],
];
