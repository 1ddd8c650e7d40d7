import { type Decision, isDecision } from './decision.ts';
import { decodeEntry, isJsonObject, timeFault } from './decision-entry.ts';

/** Decisions as a router last knew them; plain JSON, to be kept beside its table. */
export interface Remembered {
  readonly store: 'jetstream' | 'file';
  /** Until then they were those of the store. Unix milliseconds. */
  readonly asOf: number;
  readonly decisions: readonly Decision[];
}

export interface ReadRemembered {
  /** Null: there is nothing to remember. */
  readonly remembered: Remembered | null;
  /** What was left out, a sentence for each. */
  readonly rejected: readonly string[];
}

/** What `Decisions.entries` gave, out of a file. Never throws; a decision that is none costs itself. */
export function readRemembered(json: unknown): ReadRemembered {
  if (json === null || json === undefined) return { remembered: null, rejected: [] };
  if (!isJsonObject(json)) return { remembered: null, rejected: ['decisions: no JSON object'] };
  const { store, asOf, decisions } = json;
  if (store !== 'jetstream' && store !== 'file') {
    return { remembered: null, rejected: ['store: allowed: jetstream, file'] };
  }
  const fault = timeFault(asOf);
  if (fault !== null) return { remembered: null, rejected: [`asOf: ${fault}`] };
  if (!Array.isArray(decisions)) return { remembered: null, rejected: ['decisions: no array'] };
  const rejected: string[] = [];
  const kept = new Map<string, Decision>();
  for (const [index, each] of decisions.entries()) {
    const decoded = decodeEntry(each);
    if (!decoded.ok) rejected.push(`decisions[${index}]: ${decoded.error}`);
    else if (!isDecision(decoded.value)) rejected.push(`decisions[${index}]: value: no JSON object`);
    else if (kept.has(decoded.value.key)) rejected.push(`decisions[${index}]: its key is there twice`);
    else kept.set(decoded.value.key, decoded.value);
  }
  return { remembered: { store, asOf: asOf as number, decisions: [...kept.values()] }, rejected };
}
