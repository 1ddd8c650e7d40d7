import type { Said } from '../snapshot/table-source.ts';

/** What one line of a table's text says, before anybody has asked whether it makes sense. */
export interface TableLine {
  /** In the text; its first is 1. */
  readonly line: number;
  readonly kind: 'http' | 'tcp';
  readonly said: Said;
}

/** What is wrong with a line, or with the text as a whole. */
export interface LineFault {
  /** In the text; null: the whole. */
  readonly line: number | null;
  /** It repeats nothing that may be a secret. */
  readonly reason: string;
}
