import type { Endpoint } from '../../routing/endpoint.ts';
import type { ChoiceCells, EndpointCells } from '../../routing/endpoint-cells.ts';
import type { Pool } from '../../routing/pool.ts';
import { EndpointChoice } from '../exchange/endpoint-choice.ts';
import type { ExchangeParts } from '../exchange/exchange-parts.ts';
import type { ClientFacts } from '../policy/client-facts.ts';
import type { ReadRequest } from './asked-request.ts';

/** Endpoints that are looked at in all draws together, where each draw looks at all of them. */
const MOST_LOOKS = 200_000;
const MOST_DRAWS = 4000;
const FEWEST_DRAWS = 200;
/**
 * Milliseconds of CPU for all draws: the thread serves nobody meanwhile. Few need so many, those alone that look at
 * thousands of endpoints each, or at thousands of cookies; they are fewer then, and the odds less exact.
 */
const MOST_CPU_MS = 150;
/** Draws between two looks at the clock. */
const PER_LOOK = 8;

/**
 * The function that chooses, asked many times for the first attempt of this request. Nothing is moved by that: no place
 * is taken, no mark cleared, and the turns are put back. Answers how likely each endpoint is, 0 to 1; what is missing to 1
 * gets nobody.
 * @param isDetour see `EndpointChoice.begin`
 * @param random uniform in [0, 1)
 * @param spent milliseconds of CPU that the thread has used
 */
export function oddsOf(
  { context, destinations }: Pick<ExchangeParts, 'context' | 'destinations'>,
  pool: Pool,
  { head, request }: ReadRequest,
  client: ClientFacts,
  isDetour: boolean,
  random: () => number = Math.random,
  spent: () => number = threadCpu,
): ReadonlyMap<Endpoint, number> {
  const spread = new Spread(random);
  const ground = {
    cells: lookedAt(destinations.cells),
    fallbackBalancer: destinations.fallbackBalancer,
  };
  const choice = new EndpointChoice(context, ground, () => spread.next(), null);
  const asked = { head, request, client };
  if (choice.begin(pool, asked, isDetour) !== null) return NOBODY;
  const stretches = choice.isDrawnByChance ? stretchesOf(pool) : [WHOLE];
  const draws = drawsFor(pool.endpoints.length);
  const turns = pool.groups.map((group) => [group, group.cursor] as const);
  const odds = new Map<Endpoint, number>();
  const begun = spent();
  for (const [at, { from, length }] of stretches.entries()) {
    const ends = begun + (MOST_CPU_MS * (at + 1)) / stretches.length;
    const drawn = new Map<Endpoint, number>();
    let draw = 0;
    for (; draw < draws; draw++) {
      if (draw > 0 && draw % PER_LOOK === 0 && spent() > ends) break;
      spread.turn(from + length * place(draw));
      if (choice.begin(pool, asked, isDetour) !== null) break;
      const endpoint = choice.next(context.now);
      if (endpoint !== null) drawn.set(endpoint, (drawn.get(endpoint) ?? 0) + 1);
      choice.end();
    }
    for (const [endpoint, count] of drawn) {
      odds.set(endpoint, (odds.get(endpoint) ?? 0) + (length * count) / draw);
    }
  }
  for (const [group, cursor] of turns) group.cursor = cursor;
  return odds;
}

/** Part of [0, 1). */
interface Stretch {
  readonly from: number;
  readonly length: number;
}

const WHOLE: Stretch = { from: 0, length: 1 };
const NOBODY: ReadonlyMap<Endpoint, number> = new Map();

/** What of [0, 1) leads to which arm: each is looked at by itself, so that a small share is no smaller than it is. */
function stretchesOf({ settings: { split } }: Pool): Stretch[] {
  const weights = split?.arms.map(({ weight }) => weight).filter((weight) => weight > 0) ?? [];
  const sum = weights.reduce((total, weight) => total + weight, 0);
  let from = 0;
  return weights.map((weight) => {
    const stretch = { from, length: weight / sum };
    from += stretch.length;
    return stretch;
  });
}

/** A multiple of the endpoints, so that turns come round for all of them alike. */
function drawsFor(endpoints: number): number {
  const size = Math.max(1, endpoints);
  return size * Math.ceil(Math.min(MOST_DRAWS, Math.max(FEWEST_DRAWS, MOST_LOOKS / size)) / size);
}

/** The first number of each draw is given, further ones are by chance. */
class Spread {
  readonly #random: () => number;
  #first = -1;

  constructor(random: () => number) {
    this.#random = random;
  }

  turn(first: number): void {
    this.#first = first;
  }

  next(): number {
    const first = this.#first;
    this.#first = -1;
    return first >= 0 ? first : this.#random();
  }
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Spread evenly, in an order in which neighbours are far apart: turns and arms would march in step. */
function place(draw: number): number {
  return (draw * GOLDEN) % 1;
}

/** To be asked, and not to be written to. */
function lookedAt(cells: EndpointCells): ChoiceCells {
  return {
    inFlight: (seat) => cells.inFlight(seat),
    isFull: (seat) => cells.isFull(seat),
    isFailed: (seat, nowSecond) => cells.isFailed(seat, nowSecond),
    clearFailed: () => {},
    begin: () => 0,
    end: () => {},
    occupy: () => true,
  };
}

function threadCpu(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
