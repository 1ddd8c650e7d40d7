import { TELLING } from './bytes.ts';
import { findOne, type Mutation, replaceOne, type Span, splice } from './splice.ts';

const LINE = /(?<=\r\n)[^\r\n:]*:[^\r\n]*\r\n/g;
const LINE_END = /\r\n/g;
const LINE_ENDS = ['\n', '\r', '\r\r\n', '\n\r\n', '\r\n\r\n', '\r\n ', '\r\n\t', '\r \n', ' \r\n', ''];
const TOKEN = /[^\s,;:="/?&]+/g;
const SEPARATOR = /[ ,;:=]/g;

const duplicateLine: Mutation = (text, random) => replaceOne(text, random, LINE, (line) => line + line);

const removeLine: Mutation = (text, random) => replaceOne(text, random, LINE, () => '');

const moveLine: Mutation = (text, random) => {
  const from = findOne(text, LINE, random);
  if (from === null) return text;
  const line = cut(text, from);
  const rest = splice(text, from.at, from.length, '');
  const to = findOne(rest, LINE, random);
  return to === null ? text : splice(rest, to.at, 0, line);
};

const manyLines: Mutation = (text, random) =>
  replaceOne(text, random, LINE, (line) => line.repeat(random.pick([3, 20, 90, 120])));

const fold: Mutation = (text, random) =>
  replaceOne(text, random, LINE, (line) =>
    splice(
      line,
      line.indexOf(':') + 1 + random.below(line.length - line.indexOf(':') - 2),
      0,
      random.pick(['\r\n ', '\r\n\t', '\n ', '\r\n\r\n ']),
    ),
  );

const lineEnd: Mutation = (text, random) => replaceOne(text, random, LINE_END, () => random.pick(LINE_ENDS));

const aroundColon: Mutation = (text, random) =>
  replaceOne(text, random, /(?<=\r\n[^\r\n:]+):[ \t]*/g, (colon) =>
    random.oneIn(2) ? random.pick(TELLING) + colon : colon + random.pick(TELLING),
  );

const behindValue: Mutation = (text, random) =>
  replaceOne(text, random, LINE, (line) => `${line.slice(0, -2)}${random.pick(TELLING)}\r\n`);

const longLine: Mutation = (text, random) =>
  replaceOne(
    text,
    random,
    LINE,
    (line) => `${line.slice(0, -2)}${'y'.repeat(random.pick([100, 1000, 20_000]))}\r\n`,
  );

const duplicateToken: Mutation = (text, random) =>
  replaceOne(text, random, TOKEN, (token) => token + random.pick([',', ', ', ' ', ';', '\t', '']) + token);

const removeToken: Mutation = (text, random) => replaceOne(text, random, TOKEN, () => '');

const replaceToken: Mutation = (text, random) => {
  const other = findOne(text, TOKEN, random);
  return other === null ? text : replaceOne(text, random, TOKEN, () => cut(text, other));
};

const separator: Mutation = (text, random) => replaceOne(text, random, SEPARATOR, () => random.pick(TELLING));

const underscore: Mutation = (text, random) => replaceOne(text, random, /-/g, () => '_');

export const LINE_MUTATIONS = [
  ...[duplicateLine, removeLine, moveLine, manyLines, fold, lineEnd, aroundColon, behindValue, longLine],
  ...[duplicateToken, removeToken, replaceToken, separator, underscore],
] as const;

function cut(text: string, { at, length }: Span): string {
  return text.slice(at, at + length);
}
