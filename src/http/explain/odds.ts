import type { Endpoint } from '../../routing/endpoint.ts';
import type { ChoiceCells, EndpointCells } from '../../routing/endpoint-cells.ts';
import type { Pool } from '../../routing/pool.ts';
import { EndpointChoice } from '../exchange/endpoint-choice.ts';
import type { ExchangeParts } from '../exchange/exchange-parts.ts';
import type { ClientFacts } from '../policy/client-facts.ts';
import type { ReadRequest } from './asked-request.ts';

/** Endpoints that are looked at in all draws together: the thread serves nobody meanwhile. */
const MOST_LOOKS = 200_000;
const MOST_DRAWS = 4000;
const FEWEST_DRAWS = 200;

/**
 * The function that chooses, asked many times for the first attempt of this request. Nothing is moved by that: no place
 * is taken, no mark cleared, and the turns are put back. Answers how likely each endpoint is, 0 to 1; what is missing to 1
 * gets nobody.
 * @param isDetour see `EndpointChoice.begin`
 * @param random uniform in [0, 1)
 */
export function oddsOf(
  { context, destinations }: Pick<ExchangeParts, 'context' | 'destinations'>,
  pool: Pool,
  { head, request }: ReadRequest,
  client: ClientFacts,
  isDetour: boolean,
  random: () => number = Math.random,
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
  for (const { from, length } of stretches) {
    for (let draw = 0; draw < draws; draw++) {
      spread.turn(from + length * place(draw));
      if (choice.begin(pool, asked, isDetour) !== null) break;
      const endpoint = choice.next(context.now);
      if (endpoint !== null) odds.set(endpoint, (odds.get(endpoint) ?? 0) + length / draws);
      choice.end();
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
