import { escaped } from './escape.ts';
import type { Expression, FunctionName, Template } from './template.ts';

/** What an error page tells of (docs/compatibility.md §3.2). */
export interface Page {
  readonly Status: number;
  readonly StatusText: string;
  readonly Message: string;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
}

type Value = string | number | boolean | Page;

/** `null` when it cannot be rendered, because it compares what cannot be compared. */
export function render(template: Template, page: Page): string | null {
  try {
    return rendered(template, page, page);
  } catch (error) {
    if (error instanceof Incomparable) return null;
    throw error;
  }
}

class Incomparable extends Error {}

function rendered(template: Template, page: Page, dot: Value): string {
  let text = '';
  for (const node of template) {
    if (node.kind === 'text') {
      text += node.text;
    } else if (node.kind === 'print') {
      text += escaped(String(evaluated(node.value, page, dot)), node.escaping);
    } else {
      const value = evaluated(node.condition, page, dot);
      if (!isTrue(value)) text += rendered(node.otherwise, page, dot);
      else text += rendered(node.shown, page, node.kind === 'with' ? value : dot);
    }
  }
  return text;
}

function evaluated(expression: Expression, page: Page, dot: Value): Value {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'dot':
      return dot;
    case 'field':
      return page[expression.name];
    case 'header':
      return page.headers.get(expression.name) ?? '';
    case 'call':
      return called(expression.function, expression.operands, page, dot);
  }
}

function called(name: FunctionName, operands: readonly Expression[], page: Page, dot: Value): Value {
  const value = (at: number): Value => evaluated(operands[at]!, page, dot);
  switch (name) {
    case 'not':
      return !isTrue(value(0));
    case 'and':
    case 'or':
      // The first that decides, or the last.
      for (let at = 0; at < operands.length - 1; at++) {
        const each = value(at);
        if (isTrue(each) === (name === 'or')) return each;
      }
      return value(operands.length - 1);
    case 'eq': {
      const first = value(0);
      return operands.some((_, at) => at > 0 && compared(first, value(at)) === 0);
    }
    case 'ne':
      return compared(value(0), value(1)) !== 0;
    case 'lt':
      return compared(value(0), value(1)) < 0;
    case 'le':
      return compared(value(0), value(1)) <= 0;
    case 'gt':
      return compared(value(0), value(1)) > 0;
    case 'ge':
      return compared(value(0), value(1)) >= 0;
  }
}

function compared(a: Value, b: Value): number {
  if (typeof a !== typeof b || typeof a === 'object') throw new Incomparable();
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function isTrue(value: Value): boolean {
  return typeof value === 'object' || Boolean(value);
}
