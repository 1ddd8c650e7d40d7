import { type Dot, type Parsed, parseExpression } from './expression.ts';
import { behindValue, DOCUMENT, escapingAt, type HtmlContext, through } from './html-context.ts';
import { type Piece, pieces } from './pieces.ts';
import { type Node, type Template, TemplateFault } from './template.ts';

/**
 * The part of Go's html/template that error pages use: values of the page, `if`, `else if`, `else`, `with`, `end`,
 * comparisons, comments and trim markers. `source` is Latin-1, one character a byte. @throws {TemplateFault}
 */
export function parseTemplate(source: string): Template {
  const parser = new Parser(pieces(source));
  return parser.whole();
}

type Ending = 'end' | 'else' | 'file';

interface Block {
  readonly nodes: Template;
  readonly ending: Ending;
  /** What stands behind `else`: a condition, or nothing. */
  readonly rest: string;
  readonly line: number;
}

class Parser {
  readonly #pieces: readonly Piece[];
  #at = 0;
  #context: HtmlContext = DOCUMENT;

  constructor(all: readonly Piece[]) {
    this.#pieces = all;
  }

  whole(): Template {
    const { nodes, ending, line } = this.#block('page');
    if (ending !== 'file') throw new TemplateFault(line, `{{${ending}}} without {{if}} or {{with}}`);
    return nodes;
  }

  #block(dot: Dot): Block {
    const nodes: Node[] = [];
    for (; this.#at < this.#pieces.length; ) {
      const piece = this.#pieces[this.#at++]!;
      if (piece.kind === 'text') {
        const { context, text } = through(this.#context, piece.text);
        this.#context = context;
        if (text !== '') nodes.push({ kind: 'text', text });
        continue;
      }
      const [, word = '', rest = ''] = /^(if|with|else|end)\b\s*([\s\S]*)$/.exec(piece.text) ?? [];
      const { line } = piece;
      if (word === 'end' || word === 'else') {
        if (word === 'end' && rest !== '') throw new TemplateFault(line, `unexpected ${rest} after end`);
        return { nodes, ending: word, rest, line };
      }
      nodes.push(
        word === '' ? this.#print(piece, dot) : this.#branch(word as 'if' | 'with', rest, dot, line),
      );
    }
    return { nodes, ending: 'file', rest: '', line: this.#pieces.at(-1)?.line ?? 1 };
  }

  #print(piece: Piece, dot: Dot): Node {
    const { expression, dot: kind } = parseExpression(piece.text, dot, piece.line);
    if (kind !== 'value') throw new TemplateFault(piece.line, `{{${piece.text}}} is nothing to print`);
    const escaping = escapingAt(this.#context);
    if (typeof escaping === 'object') {
      throw new TemplateFault(piece.line, `{{${piece.text}}} is not supported ${escaping.refused}`);
    }
    this.#context = behindValue(this.#context);
    return { kind: 'print', value: expression, escaping };
  }

  /** Behind `if` or `with`, up to its `end`. */
  #branch(word: 'if' | 'with', text: string, dot: Dot, line: number): Node {
    const parsed: Parsed = parseExpression(text, dot, line);
    const before = this.#context;
    const then = this.#block(word === 'with' ? parsed.dot : dot);
    const behindThen = this.#context;
    this.#context = before;
    let otherwise: Template = [];
    if (then.ending === 'file') throw new TemplateFault(line, `{{${word}}} without {{end}}`);
    if (then.ending === 'else') {
      const chained = /^(if|with)\b\s*([\s\S]*)$/.exec(then.rest);
      if (chained !== null) {
        // One `end` closes the whole chain.
        otherwise = [this.#branch(chained[1] as 'if' | 'with', chained[2]!, dot, then.line)];
      } else {
        if (then.rest !== '') throw new TemplateFault(then.line, `unexpected ${then.rest} after else`);
        const block = this.#block(dot);
        if (block.ending === 'file') throw new TemplateFault(line, `{{${word}}} without {{end}}`);
        if (block.ending === 'else') throw new TemplateFault(block.line, 'a second {{else}}');
        otherwise = block.nodes;
      }
    }
    if (JSON.stringify(this.#context) !== JSON.stringify(behindThen)) {
      throw new TemplateFault(line, `the branches of {{${word}}} end in different places of the HTML`);
    }
    return { kind: word, condition: parsed.expression, shown: then.nodes, otherwise };
  }
}
