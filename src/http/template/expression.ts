import type { Expression, Field, FunctionName } from './template.ts';
import { TemplateFault } from './template.ts';

/** What the dot is: the page, or what `with` has made it. */
export type Dot = 'page' | 'headers' | 'value';

/** Operands each function takes, from and to. */
const FUNCTIONS: Readonly<Record<FunctionName, readonly [number, number]>> = {
  eq: [2, 64],
  ne: [2, 2],
  lt: [2, 2],
  le: [2, 2],
  gt: [2, 2],
  ge: [2, 2],
  and: [1, 64],
  or: [1, 64],
  not: [1, 1],
};
const FIELDS: readonly Field[] = ['Status', 'StatusText', 'Message'];
const TOKEN =
  /\s*(?:("(?:[^"\\\n]|\\.)*")|`([^`]*)`|(-?\d+)(?![\w.])|(\$?(?:\.[A-Za-z_]\w*)+|[$.](?![\w.$]))|([A-Za-z_]\w*)|([()]))/y;

interface Token {
  readonly kind: 'text' | 'number' | 'path' | 'word' | 'bracket' | 'end';
  readonly text: string;
}

export interface Parsed {
  readonly expression: Expression;
  /** What it is as a dot. */
  readonly dot: Dot;
}

/** Reads an expression that fills `text`. @throws {TemplateFault} */
export function parseExpression(text: string, dot: Dot, line: number): Parsed {
  const reader = new ExpressionReader(text, dot, line);
  return reader.whole();
}

class ExpressionReader {
  readonly #tokens: readonly Token[];
  readonly #dot: Dot;
  readonly #line: number;
  #at = 0;

  constructor(text: string, dot: Dot, line: number) {
    this.#dot = dot;
    this.#line = line;
    this.#tokens = this.#split(text);
  }

  whole(): Parsed {
    const parsed = this.#command();
    if (this.#peek().kind !== 'end') this.#fail(`unexpected ${this.#peek().text}`);
    return parsed;
  }

  #split(text: string): Token[] {
    const tokens: Token[] = [];
    TOKEN.lastIndex = 0;
    const end = text.trimEnd().length;
    while (TOKEN.lastIndex < end) {
      const from = TOKEN.lastIndex;
      const found = TOKEN.exec(text);
      if (found === null) this.#fail(`${JSON.stringify(text.slice(from).trim())} is not supported`);
      const [, quoted, raw, number, path, word, bracket] = found!;
      if (quoted !== undefined) tokens.push({ kind: 'text', text: this.#unquoted(quoted) });
      else if (raw !== undefined) tokens.push({ kind: 'text', text: raw });
      else if (number !== undefined) tokens.push({ kind: 'number', text: number });
      else if (path !== undefined) tokens.push({ kind: 'path', text: path });
      else if (word !== undefined) tokens.push({ kind: 'word', text: word });
      else tokens.push({ kind: 'bracket', text: bracket! });
    }
    return tokens;
  }

  #unquoted(quoted: string): string {
    try {
      return JSON.parse(quoted) as string;
    } catch {
      return this.#fail(`${quoted} has an escape that is not supported`);
    }
  }

  /** A function with its operands, `.Header.Get` with its name, or one operand. */
  #command(): Parsed {
    const { kind, text } = this.#peek();
    if (kind === 'word' && text !== 'true' && text !== 'false') return this.#call(text);
    return this.#operand(true);
  }

  #call(name: string): Parsed {
    if (!Object.hasOwn(FUNCTIONS, name)) {
      this.#fail(`function ${name} is not supported (there are ${Object.keys(FUNCTIONS).join(', ')})`);
    }
    this.#at++;
    const operands: Expression[] = [];
    while (this.#peek().kind !== 'end' && this.#peek().text !== ')') {
      operands.push(this.#scalar(this.#operand(false)));
    }
    const [least, most] = FUNCTIONS[name as FunctionName];
    if (operands.length < least || operands.length > most) {
      this.#fail(`${name} with ${operands.length} operand${operands.length === 1 ? '' : 's'}`);
    }
    return { expression: { kind: 'call', function: name as FunctionName, operands }, dot: 'value' };
  }

  #operand(mayTakeName: boolean): Parsed {
    const token = this.#next();
    if (token.kind === 'text') return literal(token.text);
    if (token.kind === 'number') return literal(Number(token.text));
    if (token.text === '(') {
      const inner = this.#command();
      if (this.#next().text !== ')') this.#fail('a bracket is not closed');
      return inner;
    }
    if (token.kind === 'word' && (token.text === 'true' || token.text === 'false')) {
      return literal(token.text === 'true');
    }
    if (token.kind !== 'path')
      return this.#fail(token.kind === 'end' ? 'a value is missing' : `unexpected ${token.text}`);
    return this.#path(token.text, mayTakeName);
  }

  #path(text: string, mayTakeName: boolean): Parsed {
    const fromPage = text.startsWith('$');
    const dot = fromPage ? 'page' : this.#dot;
    const names = text.replace(/^\$/, '').split('.').filter(Boolean);
    if (names.length === 0) return { expression: { kind: 'dot' }, dot };
    if (dot === 'page' && names[0] === 'Header') {
      if (names.length === 1) return { expression: { kind: 'literal', value: true }, dot: 'headers' };
      return this.#header(text, names.slice(1), mayTakeName);
    }
    if (dot === 'headers') return this.#header(text, names, mayTakeName);
    const field = FIELDS.find((name) => name === names[0]);
    if (dot === 'page' && names.length === 1 && field !== undefined) {
      return { expression: { kind: 'field', name: field }, dot: 'value' };
    }
    return this.#fail(`there is no ${text} (there are .Status, .StatusText, .Message and .Header.Get)`);
  }

  #header(text: string, names: readonly string[], mayTakeName: boolean): Parsed {
    if (names.length !== 1 || names[0] !== 'Get') return this.#fail(`there is no ${text}: use .Get "NAME"`);
    if (!mayTakeName) return this.#fail(`${text} needs brackets around it here`);
    const name = this.#next();
    if (name.kind !== 'text') return this.#fail(`${text} needs a header name in quotes`);
    return { expression: { kind: 'header', name: name.text.toLowerCase() }, dot: 'value' };
  }

  #scalar({ expression, dot }: Parsed): Expression {
    if (dot !== 'value') this.#fail('this is no text, number or truth value');
    return expression;
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: 'end' };
  }

  #next(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }

  #fail(what: string): never {
    throw new TemplateFault(this.#line, what);
  }
}

function literal(value: string | number | boolean): Parsed {
  return { expression: { kind: 'literal', value }, dot: 'value' };
}
