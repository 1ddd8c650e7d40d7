/** Go's `%q` for text whose characters are bytes: a line can never be broken or forged by what a client sends. */
export function quote(text: string): string {
  return quoted(text, false);
}

/** Empty text is `"-"`. `plain`: known to need no escapes. */
export function quoted(text: string, plain: boolean): string {
  if (text === '') return '"-"';
  return '"' + (plain ? text : escaped(text)) + '"';
}

export function escaped(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char < 0x20 || char > 0x7e || char === 0x22 || char === 0x5c)
      return text.replace(NOT_PLAIN, escapeOne);
  }
  return text;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};
/** What `%q` looks at: well-formed UTF-8 of more than one byte, or a single character that is not plain. */
const NOT_PLAIN =
  /[\xc2-\xdf][\x80-\xbf]|(?:\xe0[\xa0-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]|\xed[\x80-\x9f])[\x80-\xbf]|(?:\xf0[\x90-\xbf]|[\xf1-\xf3][\x80-\xbf]|\xf4[\x80-\x8f])[\x80-\xbf]{2}|[^\x20\x21\x23-\x5b\x5d-\x7e]/g;
/** Go's `unicode.IsPrint`, without the space. */
const PRINTABLE = /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u;

/** `bytes`: one character in UTF-8, or one that is not. */
function escapeOne(bytes: string): string {
  const letter = ESCAPES[bytes];
  if (letter !== undefined) return letter;
  if (bytes.length === 1) return `\\x${hex(bytes.charCodeAt(0), 2)}`;
  const char = Buffer.from(bytes, 'latin1').toString();
  if (PRINTABLE.test(char)) return bytes;
  const code = char.codePointAt(0)!;
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
