import { findOne, type Mutation, replaceOne, splice } from './splice.ts';

const LENGTHS = [
  ...[
    '0',
    '1',
    '5',
    '05',
    '000',
    '+5',
    '-1',
    '5, 5',
    '5,6',
    '5 5',
    '0x5',
    '5.0',
    '1e1',
    '',
    '"5"',
    '5;',
    '٥',
  ],
  ...['4294967296', '9007199254740991', '9007199254740992', '18446744073709551621', '99999999999999999999'],
].map((text) => Buffer.from(text).toString('latin1'));
const CODINGS = [
  ...['chunked', 'Chunked', 'CHUNKED', ' chunked ', 'chunked,', ',chunked', 'chunked, chunked', 'identity'],
  ...[
    'identity, chunked',
    'gzip',
    'gzip, chunked',
    'chunked, gzip',
    'chunked;a=b',
    '"chunked"',
    'xchunked',
    '',
  ],
  ...[
    'chunked\t',
    '\x0bchunked',
    'chunked\0',
    'chunke\xe4',
    'c hunked',
    'chunked, identity',
    'deflate,chunked',
  ],
];
const LENGTH_NAMES = [
  ...[
    'Content-Length',
    'content-length',
    'CONTENT-LENGTH',
    'Content_Length',
    'Content-Length ',
    ' Content-Length',
  ],
  ...[
    'Content-Length\t',
    'Content-Lengt',
    'XContent-Length',
    'Content-Length\0',
    'Content\rLength',
    'Content Length',
  ],
];
const CODING_NAMES = [
  ...[
    'Transfer-Encoding',
    'transfer-encoding',
    'TRANSFER-ENCODING',
    'Transfer_Encoding',
    'Transfer-Encoding ',
  ],
  ...[' Transfer-Encoding', 'Transfer-Encoding\t', 'TE', 'Transfer-Encodin', 'X-Transfer-Encoding'],
];
const FIELD_PLACE = /(?<=\r\n)(?=[^\r\n]*:)|(?<=\r\n)(?=\r\n)/g;

/** Half of the time as it should be, so that what is wrong with one side stands alone. */
const addLength: Mutation = (text, random) => {
  const place = findOne(text, FIELD_PLACE, random);
  if (place === null) return text;
  const name = random.oneIn(2) ? 'Content-Length' : random.pick(LENGTH_NAMES);
  const behind = text.indexOf('\r\n\r\n');
  const value = random.oneIn(2) && behind >= 0 ? String(text.length - behind - 4) : random.pick(LENGTHS);
  return splice(text, place.at, 0, `${name}: ${value}\r\n`);
};

const addCoding: Mutation = (text, random) => {
  const place = findOne(text, FIELD_PLACE, random);
  if (place === null) return text;
  const name = random.oneIn(2) ? 'Transfer-Encoding' : random.pick(CODING_NAMES);
  const value = random.oneIn(2) ? 'chunked' : random.pick(CODINGS);
  return splice(text, place.at, 0, `${name}: ${value}\r\n`);
};

const changeLength: Mutation = (text, random) =>
  replaceOne(text, random, /(?<=content-length:[ \t]*)\d+/gi, (digits) => {
    if (random.oneIn(2)) return random.pick(LENGTHS);
    return String(Math.max(0, Number(digits) + random.below(9) - 4));
  });

const changeCoding: Mutation = (text, random) =>
  replaceOne(text, random, /(?<=transfer-encoding:[ \t]*)[^\r\n]+/gi, () => random.pick(CODINGS));

const lengthForCoding: Mutation = (text, random) =>
  replaceOne(text, random, /transfer-encoding:[^\r\n]*/gi, () => `Content-Length: ${random.pick(LENGTHS)}`);

const codingForLength: Mutation = (text, random) =>
  replaceOne(text, random, /content-length:[^\r\n]*/gi, () => `Transfer-Encoding: ${random.pick(CODINGS)}`);

const connection: Mutation = (text, random) => {
  const place = findOne(text, FIELD_PLACE, random);
  if (place === null) return text;
  const options = [
    'close',
    'keep-alive',
    'Content-Length',
    'Transfer-Encoding',
    'Host',
    'upgrade',
    'x-named',
    ',',
    '\x01',
  ];
  const list = Array.from({ length: 1 + random.below(3) }, () => random.pick(options)).join(
    random.pick([',', ', ', ' ']),
  );
  return splice(text, place.at, 0, `Connection: ${list}\r\n`);
};

export const FRAMING_MUTATIONS = [
  ...[
    addLength,
    addCoding,
    changeLength,
    changeLength,
    changeCoding,
    lengthForCoding,
    codingForLength,
    connection,
  ],
] as const;
