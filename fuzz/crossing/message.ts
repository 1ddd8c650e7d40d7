import type { Fields } from '../../test/support/hpack.ts';
import type { Random } from '../random.ts';
import { changeFields } from './change-fields.ts';
import { CASE_HOST } from './part.ts';

/** A request or a response before it is put into the bytes of a version. */
export interface Message {
  /** Heads of a response before its own, pseudo-headers first. */
  readonly interim: readonly Fields[];
  /** Pseudo-headers first, in either version. */
  readonly head: Fields;
  readonly body: readonly string[];
  readonly trailers: Fields | null;
}

const METHODS = [
  'GET',
  'GET',
  'POST',
  'POST',
  'POST',
  'HEAD',
  'PUT',
  'OPTIONS',
  'DELETE',
  'CONNECT',
  'PATCH',
];
const TAME_METHODS = ['GET', 'POST', 'PUT'];
const STATUSES = [
  '200',
  '200',
  '200',
  '200',
  '204',
  '304',
  '101',
  '404',
  '500',
  '503',
  '206',
  '301',
  '999',
  '600',
];
const INTERIM = ['100', '103', '102', '103', '199', '101'];
const BODIES: readonly (readonly string[])[] = [
  ...[[], ['hello'], ['he', 'llo'], ['', 'a', ''], ['hello'], ['a', 'b', 'c', 'd']],
  ['x'.repeat(16_000), 'x'.repeat(9000)],
];
/** More than is taken at once. */
const LONG = Array.from({ length: 20 }, () => 'x'.repeat(16_000));

/** `wild`: nothing is as it should be; otherwise it is a request like any. */
export function makeRequest(nonce: string, wild: boolean, random: Random): Message {
  const method = random.pick(wild ? METHODS : TAME_METHODS);
  const body = bodyOf(nonce, random, method === 'GET' || method === 'HEAD' ? (wild ? 6 : 0) : 1);
  const target =
    wild && random.oneIn(25)
      ? random.pick(['*', '', '//', 'http://case.test/', '/ a', '/\xff'])
      : `/${nonce}`;
  const head: Fields = [
    [':method', method],
    [':scheme', 'http'],
    [':path', target],
    [':authority', CASE_HOST],
    ['x-mark', nonce],
    ...lengthOf(body, wild, random),
    ...(random.oneIn(4) ? ([['te', 'trailers']] as const) : []),
  ];
  const asked = wild && random.oneIn(20) ? extendedConnect(head, random) : head;
  return {
    interim: [],
    head: wild && random.oneIn(3) ? changeFields(asked, random) : asked,
    body,
    trailers: trailersOf(nonce, wild, random),
  };
}

/** RFC 8441 §5, now and then not quite. */
function extendedConnect(head: Fields, random: Random): Fields {
  const others = head.filter(([name]) => name !== ':method' && name !== 'content-length');
  const protocol = random.oneIn(6) ? random.pick(['h2c', 'connect-udp', '']) : 'websocket';
  const version = random.oneIn(6) ? [] : ([['sec-websocket-version', '13']] as const);
  return [[':method', 'CONNECT'], [':protocol', protocol], ...others, ...version];
}

export function makeResponse(nonce: string, wild: boolean, random: Random): Message {
  const interim =
    wild && random.oneIn(4)
      ? Array.from({ length: random.oneIn(20) ? 50 : 1 + random.below(3) }, () => interimHead(nonce, random))
      : [];
  const status = wild ? random.pick(STATUSES) : '200';
  const body = bodyOf(nonce, random, status === '204' || status === '304' ? 4 : 1);
  const head: Fields = [
    [':status', status],
    ['x-mark', nonce],
    ...lengthOf(body, wild, random),
    ...(random.oneIn(3) ? ([['content-type', 'text/plain']] as const) : []),
  ];
  return {
    interim,
    head: wild && random.oneIn(3) ? changeFields(head, random) : head,
    body,
    trailers: trailersOf(nonce, wild, random),
  };
}

function interimHead(nonce: string, random: Random): Fields {
  const head: Fields = [
    [':status', random.pick(INTERIM)],
    ['x-mark', nonce],
  ];
  return random.oneIn(2) ? changeFields(head, random) : head;
}

/** None but once in `times`; 0: never. */
function bodyOf(nonce: string, random: Random, times: number): readonly string[] {
  if (times === 0 || !random.oneIn(times)) return [];
  const body = random.oneIn(30) ? LONG : random.pick(BODIES);
  return body.length === 0 ? [] : [...body, nonce];
}

/** Most often none: then the version says where the body ends. Now and then a wrong one. */
function lengthOf(body: readonly string[], wild: boolean, random: Random): Fields {
  if (!random.oneIn(wild ? 4 : 8)) return [];
  const length = body.join('').length;
  const stated = wild && random.oneIn(3) ? length + random.pick([-1, 1, 5, -5, 1000, -length]) : length;
  return [['content-length', String(stated)]];
}

function trailersOf(nonce: string, wild: boolean, random: Random): Fields | null {
  if (!random.oneIn(2)) return null;
  const trailers: Fields = [
    ['x-sum', '1'],
    ['x-mark', nonce],
  ];
  return wild && random.oneIn(2) ? changeFields(trailers, random) : trailers;
}
