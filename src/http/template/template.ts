/** A parsed template. Plain data: it crosses to the proxy threads as it is. */
export type Template = readonly Node[];

export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly value: Expression; readonly escaping: Escaping }
  | {
      /** `with` also makes its value the dot. */
      readonly kind: 'if' | 'with';
      readonly condition: Expression;
      readonly shown: Template;
      readonly otherwise: Template;
    };

export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean }
  | { readonly kind: 'dot' }
  | { readonly kind: 'field'; readonly name: Field }
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'call'; readonly function: FunctionName; readonly operands: readonly Expression[] };

export type Field = 'Status' | 'StatusText' | 'Message';
export type FunctionName = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'and' | 'or' | 'not';

/** What a value must be turned into where it stands; `dropped` is in a comment, which is not sent. */
export type Escaping = 'html' | 'unquoted' | 'url' | 'url-part' | 'dropped';

/** Nothing is rendered from a template with a fault. `line` counts from 1. */
export class TemplateFault extends Error {
  readonly line: number;

  constructor(line: number, what: string) {
    super(what);
    this.line = line;
  }
}
