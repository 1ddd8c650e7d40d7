import type { Escaping } from './template.ts';

/** Where in an HTML document the next character stands. Equal contexts have equal JSON. */
export interface HtmlContext {
  readonly at: 'text' | 'tag' | 'attribute' | 'before-value' | 'value' | 'comment' | 'raw';
  /** Of the tag, or of the element whose content is no markup; lower case, maybe unfinished in a tag. */
  readonly element: string;
  readonly attribute: string;
  /** Around the value; empty: none. */
  readonly quote: string;
  /** Of the value, as far as the template itself writes it. */
  readonly value: 'nothing' | 'path' | 'query';
}

export const DOCUMENT: HtmlContext = { at: 'text', element: '', attribute: '', quote: '', value: 'nothing' };

const URL_ATTRIBUTES: ReadonlySet<string> = new Set(
  'href src action formaction cite data poster background longdesc manifest profile icon'.split(' '),
);
const RAW = /^(?:script|style|textarea|title|iframe|noembed|noframes|xmp|noscript|plaintext)$/;
/** Raw, but with character references. */
const REFERENCES = /^(?:textarea|title)$/;
/** What stands in these is code or markup of its own. */
const CODE_ATTRIBUTE = /^(?:on.*|style|srcdoc|srcset)$/;

/** How a value is escaped here, or in words why none can stand here. */
export function escapingAt(context: HtmlContext): Escaping | { readonly refused: string } {
  switch (context.at) {
    case 'text':
      return 'html';
    case 'comment':
      return 'dropped';
    case 'raw':
      return REFERENCES.test(context.element) ? 'html' : { refused: `inside <${context.element}>` };
    case 'before-value':
    case 'value':
      if (CODE_ATTRIBUTE.test(context.attribute)) return { refused: `in attribute ${context.attribute}` };
      if (URL_ATTRIBUTES.has(context.attribute)) {
        if (context.quote === '') return { refused: `in ${context.attribute} without quotes` };
        return context.value === 'nothing' ? 'url' : 'url-part';
      }
      return context.quote === '' ? 'unquoted' : 'html';
    case 'tag':
    case 'attribute':
      return { refused: 'inside a tag, outside an attribute value' };
  }
}

/** Behind a printed value. */
export function behindValue(context: HtmlContext): HtmlContext {
  if (context.at === 'before-value') return { ...context, at: 'value', value: 'path' };
  return context.at === 'value' && context.value === 'nothing' ? { ...context, value: 'path' } : context;
}

/** Goes on through `text`; answers it without comments, as Go does. */
export function through(context: HtmlContext, text: string): { context: HtmlContext; text: string } {
  let now = context;
  let kept = '';
  for (let at = 0; at < text.length; ) {
    const step = next(now, text, at);
    if (now.at !== 'comment' && step.context.at !== 'comment') kept += text.slice(at, step.at);
    now = step.context;
    at = step.at;
  }
  return { context: now, text: kept };
}

interface Step {
  readonly context: HtmlContext;
  readonly at: number;
}

function next(context: HtmlContext, text: string, at: number): Step {
  const char = text[at]!;
  const step = (change: Partial<HtmlContext>, length = 1): Step => ({
    context: { ...context, ...change },
    at: at + length,
  });
  switch (context.at) {
    case 'text': {
      if (text.startsWith('<!--', at)) return step({ at: 'comment' }, 4);
      const tag = /^<\/?[A-Za-z][A-Za-z0-9:-]*/.exec(text.slice(at, at + 64));
      if (tag === null) return step({});
      const end = tag[0].startsWith('</');
      return step({ at: 'tag', element: end ? '' : tag[0].slice(1).toLowerCase() }, tag[0].length);
    }
    case 'comment':
      return text.startsWith('-->', at) ? { context: DOCUMENT, at: at + 3 } : step({});
    case 'raw': {
      const end = text.slice(at, at + context.element.length + 2).toLowerCase();
      return end === `</${context.element}` ? step({ at: 'tag', element: '' }, end.length) : step({});
    }
    case 'tag': {
      if (char === '>') {
        const raw = RAW.test(context.element);
        return raw ? step({ at: 'raw', attribute: '' }) : { context: DOCUMENT, at: at + 1 };
      }
      if (/[\s/]/.test(char)) return step({});
      return step({ at: 'attribute', attribute: char.toLowerCase() });
    }
    case 'attribute': {
      const equals = /^\s*=/.exec(text.slice(at));
      if (equals !== null) return step({ at: 'before-value', quote: '', value: 'nothing' }, equals[0].length);
      if (/[\s/>]/.test(char)) return step({ at: 'tag', attribute: '' }, 0);
      return step({ attribute: context.attribute + char.toLowerCase() });
    }
    case 'before-value':
      if (/\s/.test(char)) return step({});
      if (char === '"' || char === "'") return step({ at: 'value', quote: char });
      return step({ at: 'value' }, 0);
    case 'value': {
      const ends = context.quote === '' ? /[\s>]/.test(char) : char === context.quote;
      if (ends) {
        const after = { at: 'tag', attribute: '', quote: '', value: 'nothing' } as const;
        return step(after, context.quote === '' ? 0 : 1);
      }
      const query = context.value === 'query' || char === '?' || char === '#';
      return step({ value: query ? 'query' : 'path' });
    }
  }
}
