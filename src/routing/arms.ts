import type { ArmTallies, ArmTally } from './arm-tally.ts';
import type { Candidates } from './balancer.ts';
import type { Endpoint } from './endpoint.ts';
import { selectorText } from './selector.ts';
import { armAt, type Split } from './split.ts';

/** The endpoints of one arm of a split, as the route's algorithm chooses among them. */
export class Arm implements Candidates {
  readonly endpoints: Endpoint[] = [];
  readonly weight: number;
  readonly hashBalance: number;
  cursor: number;
  hashTable: Uint16Array | null = null;
  /** Of its selector, so that the same user has another place for each arm. */
  readonly seed: number;
  readonly tally: ArmTally;

  constructor(weight: number, seed: number, tally: ArmTally, hashBalance: number, cursor: number) {
    this.weight = weight;
    this.seed = seed;
    this.tally = tally;
    this.hashBalance = hashBalance;
    this.cursor = cursor;
  }
}

/** What a request is given its arm by, drawn once: a number of its own, or what its user is known by. */
export type Draw =
  | { readonly kind: 'random'; readonly at: number }
  /** One character a byte. */
  | { readonly kind: 'key'; readonly value: string };

export interface ArmsParts {
  readonly split: Split;
  readonly endpoints: readonly Endpoint[];
  /** Whether it gets new requests. */
  isOpen(endpoint: Endpoint): boolean;
  readonly hashBalance: number;
  readonly cursor: number;
  readonly tallies: ArmTallies;
}

/** A route's endpoints by the arms of its split. Made anew whenever either changes. */
export class Arms {
  readonly split: Split;
  /** Of all arms that have weight: those of others get nothing that is not pinned to them. */
  readonly served: Candidates;
  readonly #arms: readonly Arm[];
  readonly #armOf = new Map<Endpoint, Arm>();
  /** Of the last draw: where within its arm it came to lie. */
  #within = 0;

  constructor({ split, endpoints, isOpen, hashBalance, cursor, tallies }: ArmsParts) {
    this.split = split;
    const served: Endpoint[] = [];
    this.served = { endpoints: served, hashBalance, cursor, hashTable: null };
    this.#arms = split.arms.map(({ selector, weight }, at) => {
      const tally = tallies.of(split.id, selectorText(selector));
      return new Arm(weight, textHash(FIRST ^ at, split.id), tally, hashBalance, cursor);
    });
    for (const endpoint of endpoints) {
      const arm = this.#arms[armAt(split, endpoint)];
      if (arm === undefined) continue;
      this.#armOf.set(endpoint, arm);
      if (!isOpen(endpoint)) continue;
      arm.endpoints.push(endpoint);
      if (arm.weight > 0) served.push(endpoint);
    }
  }

  /** Among whom there is a turn to keep. */
  get groups(): readonly Candidates[] {
    return [this.served, ...this.#arms];
  }

  /** Null: no arm selects it. */
  armOf(endpoint: Endpoint): Arm | null {
    return this.#armOf.get(endpoint) ?? null;
  }

  /** The arm of a draw, among those that are not in `passed`; null: no other has weight. */
  choose(draw: Draw, passed: readonly Arm[] = NONE): Arm | null {
    return draw.kind === 'key' ? this.#byKey(draw.value, passed) : this.#byChance(draw.at, passed);
  }

  /**
   * Weighted rendezvous: each arm has the share of its weight, and when one's weight grows nobody moves but into it. So
   * whoever is in the growing arm stays there, on every router alike.
   */
  #byKey(value: string, passed: readonly Arm[]): Arm | null {
    let best: Arm | null = null;
    let bestScore = Number.POSITIVE_INFINITY;
    for (const arm of this.#arms) {
      if (arm.weight === 0 || passed.includes(arm)) continue;
      const uniform = (finished(textHash(arm.seed, value)) + 0.5) / 2 ** 32;
      const score = -Math.log(uniform) / arm.weight;
      if (score >= bestScore) continue;
      best = arm;
      bestScore = score;
    }
    return best;
  }

  /** Where an arm is passed, the place of the draw within it is as even as the draw itself was: the others share it out by that. */
  #byChance(at: number, passed: readonly Arm[]): Arm | null {
    if (passed.length === 0) return this.#drawn(at, NONE);
    const out: Arm[] = [];
    for (let draw = at; ; draw = this.#within) {
      const arm = this.#drawn(draw, out);
      if (arm === null || !passed.includes(arm)) return arm;
      out.push(arm);
    }
  }

  #drawn(at: number, out: readonly Arm[]): Arm | null {
    let sum = 0;
    for (const arm of this.#arms) if (!out.includes(arm)) sum += arm.weight;
    let left = at * sum;
    let last: Arm | null = null;
    for (const arm of this.#arms) {
      if (arm.weight === 0 || out.includes(arm)) continue;
      last = arm;
      this.#within = Math.min(left / arm.weight, LAST);
      left -= arm.weight;
      if (left < 0) break;
    }
    return last;
  }
}

/** The greatest draw. */
const LAST = 1 - 2 ** -53;
const NONE: readonly Arm[] = [];
/** FNV-1a's of 32 bits. */
const FIRST = 0x811c9dc5;

function textHash(from: number, text: string): number {
  let hash = from;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}

/** FNV's upper bits know little of the last characters: murmur3's last step spreads them. */
function finished(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
