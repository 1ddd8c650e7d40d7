import type { HeadLimits } from '../src/http/message/head-limits.ts';
import { REQUEST_SEEDS, RESPONSE_SEEDS } from './corpus/seeds.ts';
import { validRequests } from './corpus/valid-requests.ts';
import { validResponse } from './corpus/valid-responses.ts';
import { mutate } from './mutation/mutate.ts';
import { Random } from './random.ts';

/** What arrives at the router from a client, in these pieces; one character a byte. */
export interface RequestCase {
  readonly kind: 'request';
  readonly pieces: readonly string[];
  readonly limits: HeadLimits;
  /** Whether connections to backends are kept open. */
  readonly keepAlive: boolean;
  /** Whether it is known to be valid. */
  readonly valid: boolean;
}

/** What arrives from a backend, in answer to one request. */
export interface ResponseCase {
  readonly kind: 'response';
  readonly pieces: readonly string[];
  readonly limits: HeadLimits;
  readonly method: string;
  /** Whether the client speaks HTTP/1.0. */
  readonly http10: boolean;
  readonly valid: boolean;
}

export type Case = RequestCase | ResponseCase;

const ROOMY: HeadLimits = { bytes: 64 * 1024, fields: 100, target: 8000 };
const METHODS = ['GET', 'GET', 'GET', 'POST', 'HEAD', 'OPTIONS'];

/** Case number `index` of `seed`, which is the same on every machine: even ones are requests, odd ones responses. */
export function makeCase(seed: number, index: number): Case {
  const random = new Random(seed, index);
  const mutated = !random.oneIn(12);
  const limits = !mutated || !random.oneIn(12) ? ROOMY : tight(random);
  if (index % 2 === 0) return makeRequest(random, mutated, limits);
  return makeResponse(random, mutated, limits);
}

function makeRequest(random: Random, mutated: boolean, limits: HeadLimits): RequestCase {
  const seed = () => (random.oneIn(2) ? validRequests(random) : random.pick(seedsOf(REQUEST_SEEDS, random)));
  const text = mutated ? mutate(seed(), seed, 'request', random) : validRequests(random);
  const keepAlive = !mutated || !random.oneIn(8);
  return { kind: 'request', pieces: cutUp(text, random), limits, keepAlive, valid: !mutated };
}

function makeResponse(random: Random, mutated: boolean, limits: HeadLimits): ResponseCase {
  const method = random.pick(METHODS);
  const valid = () => validResponse(random, method === 'HEAD');
  const seed = () => (random.oneIn(2) ? valid() : random.pick(seedsOf(RESPONSE_SEEDS, random)));
  const text = mutated ? mutate(seed(), seed, 'response', random) : valid();
  const http10 = random.oneIn(8);
  return { kind: 'response', pieces: cutUp(text, random), limits, method, http10, valid: !mutated };
}

/** Good ones more often than bad ones, which are many. */
function seedsOf(seeds: readonly (readonly string[])[], random: Random): readonly string[] {
  return seeds[random.oneIn(5) ? 1 : 0]!;
}

function tight(random: Random): HeadLimits {
  return { bytes: 60 + random.below(400), fields: random.below(6), target: 1 + random.below(30) };
}

function cutUp(text: string, random: Random): string[] {
  if (random.oneIn(3)) return [text];
  if (random.oneIn(20) && text.length < 1000) return [...text];
  const cuts = Array.from({ length: 1 + random.below(6) }, () => random.below(text.length + 1)).sort(
    (a, b) => a - b,
  );
  return [...cuts, text.length].map((cut, i) => text.slice(i === 0 ? 0 : cuts[i - 1], cut));
}
