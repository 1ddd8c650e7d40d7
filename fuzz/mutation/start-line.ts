import { type Mutation, replaceOne } from './splice.ts';

const METHODS = [
  ...[
    'HEAD',
    'OPTIONS',
    'TRACE',
    'CONNECT',
    'PRI',
    'get',
    'G=T',
    'GET\t',
    'GET ',
    ' GET',
    '',
    'M'.repeat(65),
    'G\0T',
    'POST',
  ],
];
const TARGETS = [
  ...[
    '*',
    '/',
    '//',
    'a',
    'a.test:80',
    'http://a.test/x',
    'http://a.test',
    'http://a.test?x',
    'http://b.test/',
    '/#x',
  ],
  ...[
    'https://a.test:80/',
    'http://u@a.test/',
    'ftp://a.test/',
    '/a b',
    '/\x80',
    '/\0',
    '',
    '/%0d%0a',
    'http:///',
    '*/x',
  ],
  ...['/\t', `/${'t'.repeat(9000)}`, '/a\\b', '/http://b.test/', '?', 'HTTP/1.1'],
];
const VERSIONS = [
  ...[
    'HTTP/1.0',
    'HTTP/1.0',
    'HTTP/1.2',
    'HTTP/2.0',
    'HTTP/1.10',
    'HTTP/01.1',
    'http/1.1',
    'HTTP/1',
    'HTTP/1.1 ',
    ' HTTP/1.1',
  ],
  ...['HTTP/1.1\t', 'HTTP /1.1', 'HTTP/1,1', 'HTTP/0.9', '', 'HTTP/1.\xb9', 'HTTPS/1.1', 'HTTP/1.1 HTTP/1.1'],
];
const STATUSES = [
  ...[
    '200',
    '204',
    '205',
    '304',
    '100',
    '101',
    '102',
    '103',
    '199',
    '099',
    '600',
    '20',
    '2000',
    '+20',
    '2 0',
    '',
    '200.',
    '0x2',
  ],
];

const method: Mutation = (text, random) =>
  replaceOne(text, random, /(?<![A-Za-z])[A-Za-z]+(?= [^ \r\n]* HTTP\/)/g, () => random.pick(METHODS));

const target: Mutation = (text, random) =>
  replaceOne(text, random, /(?<=[A-Za-z] )[^ \r\n]+(?= HTTP\/)/g, () => random.pick(TARGETS));

const version: Mutation = (text, random) =>
  replaceOne(text, random, /HTTP\/1\.[01]/g, () => random.pick(VERSIONS));

const status: Mutation = (text, random) =>
  replaceOne(text, random, /(?<=HTTP\/1\.[01] )\d\d\d/g, () => random.pick(STATUSES));

const emptyLines: Mutation = (text, random) =>
  random.pick(['\r\n', '\n', '\r', '\r\n'.repeat(4), '\r\n'.repeat(5), ' ']) + text;

export const REQUEST_LINE_MUTATIONS = [method, target, version, emptyLines] as const;
export const STATUS_LINE_MUTATIONS = [status, status, version, emptyLines] as const;
