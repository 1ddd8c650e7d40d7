import { Unreadable } from '../../src/snapshot/checked-text.ts';
import { type Head, readLine, saidOf, writeLine } from '../../src/snapshot/line.ts';
import type { Said } from '../../src/snapshot/table-source.ts';

/** A line and what it says. */
export interface SaidLine extends Head {
  readonly said: Said;
}

/** With its line feed. */
export function lineText({ said, ...head }: SaidLine, seed: number): string {
  const json = JSON.stringify(said);
  const bytes = Buffer.alloc(3 * json.length + 200);
  return bytes.toString('utf8', 0, writeLine(bytes, 0, head, json, seed));
}

/** Without its line feed. */
export function readSaid(bytes: Buffer, seed: number): SaidLine | Unreadable {
  const line = readLine(bytes, 0, bytes.length, seed);
  if (line instanceof Unreadable) return line;
  const { number, kind, announced } = line;
  const said = saidOf(bytes.toString('utf8', line.from, line.end));
  return said instanceof Unreadable ? said : { number, kind, announced, said };
}
