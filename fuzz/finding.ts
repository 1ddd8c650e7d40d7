import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Case } from './case.ts';
import type { Crossing } from './crossing/crossing.ts';
import type { Blocks } from './frames/blocks.ts';
import type { Http2Case } from './http2/conversation.ts';

/** Whatever can be run once more. */
type AnyCase = Case | Crossing | Http2Case | Blocks;

const FINDINGS = join(import.meta.dirname, 'findings');
const CASE_LINE = /^case: (.*)$/m;

/** A case that is read in two ways, or that the engine does not survive. */
export interface Finding {
  /** Unique within a run, fit for a file. */
  readonly name: string;
  /** One sentence. */
  readonly difference: string;
  readonly fuzzCase: AnyCase;
  /** What each reader made of it, by the reader's name. */
  readonly readings: Readonly<Record<string, unknown>>;
}

/** Answers the path of the file written. */
export function writeFinding(finding: Finding, directory = FINDINGS): string {
  const { name, difference, fuzzCase, readings } = finding;
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `${name}.txt`);
  const shown = Object.entries(readings).map(
    ([who, reading]) => `-- ${who}\n${JSON.stringify(reading, null, 1)}\n`,
  );
  writeFileSync(path, `${difference}\n\ncase: ${JSON.stringify(fuzzCase)}\n\n${shown.join('\n')}`);
  return path;
}

/** The case in a file written by `writeFinding`. @throws Error when there is none */
export function readFinding(path: string): AnyCase {
  const line = CASE_LINE.exec(readFileSync(path, 'utf8'));
  if (line === null) throw new Error(`${path} holds no case`);
  return JSON.parse(line[1]!) as AnyCase;
}
