import { type Mutation, replaceOne, splice } from './splice.ts';

/** Bytes on which parsers disagree. */
export const TELLING = [
  ...['\r', '\n', '\r\n', '\r\r\n', '\n\r', '\r\n ', '\r\n\t', '\r\n\r\n', '\0', ' ', '\t', '\x0b', '\x0c'],
  ...[':', ',', ';', '"', '\\', '0', '1', '\x7f', '\x80', '\x85', '\xa0', '\xff', '_', '-'],
] as const;

const flipBit: Mutation = (text, random) => {
  const at = random.below(text.length);
  return splice(text, at, 1, String.fromCharCode(text.charCodeAt(at) ^ (1 << random.below(8))));
};

const overwrite: Mutation = (text, random) =>
  splice(text, random.below(text.length), 1, String.fromCharCode(random.below(256)));

const insert: Mutation = (text, random) =>
  splice(text, random.below(text.length + 1), 0, random.pick(TELLING));

const remove: Mutation = (text, random) => splice(text, random.below(text.length), 1 + random.below(4), '');

const duplicate: Mutation = (text, random) => {
  const at = random.below(text.length);
  return splice(text, at, 0, text.slice(at, at + 1 + random.below(12)));
};

const changeCase: Mutation = (text, random) =>
  replaceOne(text, random, /[A-Za-z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) ^ 0x20));

export const BYTE_MUTATIONS = [flipBit, overwrite, insert, insert, remove, duplicate, changeCase] as const;
