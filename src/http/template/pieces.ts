import { TemplateFault } from './template.ts';

/** A stretch of text, or what stands between `{{` and `}}`. */
export interface Piece {
  readonly kind: 'text' | 'action';
  readonly text: string;
  /** Where it begins. */
  readonly line: number;
}

const BLANK_END = /[ \t\r\n]+$/;
const BLANK_START = /^[ \t\r\n]+/;

/** Text and actions in their order: comments gone, white space trimmed where a marker says so. @throws {TemplateFault} */
export function pieces(source: string): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  let line = 1;
  let trims = false;
  const addText = (text: string, before: boolean) => {
    let kept = trims ? text.replace(BLANK_START, '') : text;
    if (before) kept = kept.replace(BLANK_END, '');
    if (kept !== '') found.push({ kind: 'text', text: kept, line });
    line += newlines(text);
  };
  while (at < source.length) {
    const open = source.indexOf('{{', at);
    if (open < 0) break;
    const trimsBefore = /^-[ \t\r\n]/.test(source.slice(open + 2, open + 4));
    addText(source.slice(at, open), trimsBefore);
    const inside = open + (trimsBefore ? 3 : 2);
    const close = endOfAction(source, inside, line);
    trims = /[ \t\r\n]-$/.test(source.slice(close - 2, close));
    const text = source.slice(inside, trims ? close - 1 : close);
    const content = text.trim();
    if (!content.startsWith('/*')) found.push({ kind: 'action', text: content, line });
    else if (!content.endsWith('*/')) throw new TemplateFault(line, 'a comment does not fill its braces');
    line += newlines(source.slice(open, close));
    at = close + 2;
  }
  addText(source.slice(at), false);
  return found;
}

/** The `}}` that is in no string and no comment. */
function endOfAction(source: string, from: number, line: number): number {
  const comment = /^\s*\/\*/.exec(source.slice(from, from + 20));
  let at = from;
  if (comment !== null) {
    const end = source.indexOf('*/', from + comment[0].length);
    if (end < 0) throw new TemplateFault(line, 'a comment is not closed with */');
    at = end + 2;
  }
  for (let quote = ''; at < source.length; at++) {
    const char = source[at]!;
    if (quote !== '') {
      if (char === '\\' && quote === '"') at++;
      else if (char === quote) quote = '';
    } else if (char === '"' || char === '`') {
      quote = char;
    } else if (char === '}' && source[at + 1] === '}') {
      return at;
    }
  }
  throw new TemplateFault(line, 'an action is not closed with }}');
}

function newlines(text: string): number {
  return text.split('\n').length - 1;
}
