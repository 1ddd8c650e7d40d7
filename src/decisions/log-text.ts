import { crc32 } from 'node:zlib';
import type { DecisionEntry } from './decision.ts';
import { decodeEntry, isJsonObject } from './decision-entry.ts';
import { DecisionLog } from './decision-log.ts';

/** A line that is none, by its number from 1. */
export interface RejectedLine {
  readonly line: number;
  readonly why: string;
}

export type ReadLog =
  | { readonly ok: true; readonly log: DecisionLog; readonly rejected: readonly RejectedLine[] }
  /** Of another format: not to be written over. */
  | { readonly ok: false; readonly why: string };

const FORMAT = 'cellgate decisions';
const VERSION = 1;

/** A header, and a line for each step of each key; each stands alone, with a checksum of its own. */
export function writeLogText(log: DecisionLog): string {
  const header = { format: FORMAT, version: VERSION, last: log.last };
  return [header, ...log.entries()].map(lineOf).join('');
}

/** Never throws: a line that is damaged costs that line, and the header no more than itself. */
export function readLogText(text: string): ReadLog {
  const rejected: RejectedLine[] = [];
  const entries = new Map<number, DecisionEntry>();
  let last: number | null = null;
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const number = index + 1;
    const json = jsonOf(line);
    if (json === undefined) {
      rejected.push({ line: number, why: 'checksum: does not match the line' });
      continue;
    }
    const header = headerOf(json);
    if (header !== null) {
      if (header.version !== VERSION) {
        return { ok: false, why: `format version ${header.version} is not known, allowed: ${VERSION}` };
      }
      last = header.last;
      continue;
    }
    const decoded = decodeEntry(json);
    if (!decoded.ok) rejected.push({ line: number, why: decoded.error });
    else if (entries.has(decoded.value.revision)) {
      rejected.push({ line: number, why: `revision: ${decoded.value.revision} is there twice` });
    } else entries.set(decoded.value.revision, decoded.value);
  }
  if (last === null && rejected.length === 0) rejected.push({ line: 1, why: 'header: there is none' });
  const inOrder = [...entries.values()].sort((a, b) => a.revision - b.revision);
  return { ok: true, log: new DecisionLog(inOrder, last ?? 0), rejected };
}

function lineOf(json: object): string {
  const text = JSON.stringify(json);
  return `${checksum(text)} ${text}\n`;
}

/** Undefined where the line is not what was written. */
function jsonOf(line: string): unknown {
  const text = line.slice(9);
  if (line[8] !== ' ' || line.slice(0, 8) !== checksum(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function headerOf(json: unknown): { version: unknown; last: number } | null {
  if (!isJsonObject(json) || json['format'] !== FORMAT) return null;
  const { version, last } = json;
  return { version, last: Number.isSafeInteger(last) ? (last as number) : 0 };
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
