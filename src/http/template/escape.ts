import type { Escaping } from './template.ts';

/** As Go's html/template escapes: what a value holds stays text, wherever the template puts it. */
export function escaped(text: string, escaping: Escaping): string {
  switch (escaping) {
    case 'html':
      return text.replace(/[\0"&'+<>]/g, reference);
    case 'unquoted':
      return text === '' ? '""' : text.replace(/[\0\t\n\v\f\r "&'+<=>`]/g, reference);
    case 'url':
      return /^(?:https?:|mailto:|[^:]*$|[^:]*[/?#])/i.test(text)
        ? escaped(normal(text), 'html')
        : '#ZgotmplZ';
    case 'url-part':
      return text.replace(/[^A-Za-z0-9\-._~]/g, percent);
    case 'dropped':
      return '';
  }
}

function normal(url: string): string {
  return url.replace(/[^A-Za-z0-9\-._~!#$&*+,/:;=?@[\]%]/g, percent);
}

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

function reference(char: string): string {
  return REFERENCES[char] ?? `&#${char.charCodeAt(0)};`;
}

/** Go's own spellings; U+FFFD as UTF-8, one character a byte. */
const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\0': '\xef\xbf\xbd',
};
