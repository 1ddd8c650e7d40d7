import { Random } from '../../fuzz/random.ts';
import { EndpointChoice } from '../../src/http/exchange/endpoint-choice.ts';
import { readAsked } from '../../src/http/explain/asked-request.ts';
import type { Explanation } from '../../src/http/explain/explanation.ts';
import { clientFacts } from '../../src/http/policy/client-facts.ts';
import type { Pool } from '../../src/routing/pool.ts';
import { chance } from './chi-square.ts';
import { HOST, type Scenario, scenarioOf } from './scenario.ts';
import { World } from './world.ts';

const REQUESTS = 1000;
/** By which explain finds its odds, of so few endpoints; see `http/explain/odds.ts`. */
const DRAWS = 4000;
/** Endpoints with odds above it are seen by so many requests, as good as certainly. */
const CERTAIN = 0.03;

/**
 * What explain says of a seed's table and request, against what requests do; null: the same.
 * @param least chance that is still taken for chance
 * @param change what happens between the two, so that it must be found
 */
export function compare(
  seed: number,
  least: number,
  change: (world: World) => void = () => {},
): string | null {
  const random = new Random(seed, 1);
  const scenario = scenarioOf(random);
  const world = new World(scenario, random);
  const { path, lines, clientIp } = scenario;
  const asked = {
    ...{ method: 'GET', target: path, host: HOST, lines },
    clientIp,
    tls: false,
    serverName: '',
  };
  const read = readAsked(asked, world.proxy.context.settings.requestHead);
  if ('status' in read) throw new Error(read.detail);
  const pool = world.proxy.routes.match(read.request.lookupName, read.request.path);
  if (pool === null) throw new Error('the scenario has no route for its request');
  for (const group of pool.groups) group.cursor = random.below(1000);
  const cursors = pool.groups.map(({ cursor }) => cursor);
  const explanation = world.explainer.explain(asked);
  if (pool.groups.some(({ cursor }, at) => cursor !== cursors[at])) return 'explain has moved a turn';
  if (explanation.route !== pool.settings.routeKey) return `explain names the route ${explanation.route}`;
  const who = {
    ip: clientIp,
    port: 0,
    scheme: 'http' as const,
    certificate: null,
    serverName: '',
    domain: '',
  };
  const client = clientFacts(who, world.proxy.context.settings);
  change(world);
  const seen = requests(world, pool, { head: read.head, request: read.request, client }, random);
  return difference(explanation, seen, least);
}

interface Seen {
  /** By address; empty: nobody. */
  readonly counts: ReadonlyMap<string, number>;
  /** Why none can be asked; empty: one can. */
  readonly refusal: string;
}

/** One after the other, each over before the next: what explain says is of the moment. */
function requests(
  world: World,
  pool: Pool,
  asked: Parameters<EndpointChoice['begin']>[1],
  random: Random,
): Seen {
  const { context, destinations } = world.proxy;
  const uniform = (): number => random.below(2 ** 32) / 2 ** 32;
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => random.below(16).toString(16)).join('');
  const user = (): string => [hex(8), hex(4), hex(4), hex(4), hex(12)].join('-');
  const choice = new EndpointChoice(context, destinations, uniform, user);
  const counts = new Map<string, number>();
  for (let each = 0; each < REQUESTS; each++) {
    const refusal = choice.begin(pool, asked, false);
    if (refusal !== null) return { counts, refusal: refusal.routerError };
    const endpoint = choice.next(context.now);
    const name = endpoint?.address ?? '';
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (endpoint !== null) {
      const { seat } = endpoint.backend;
      world.cells.vacate(seat);
      world.cells.end(seat);
    }
    choice.end();
    world.markAgain();
  }
  return { counts, refusal: '' };
}

function difference(
  { endpoints, answer }: Explanation,
  { counts, refusal }: Seen,
  least: number,
): string | null {
  if (refusal !== '') {
    return answer?.routerError === refusal
      ? null
      : `explain answers ${answer?.routerError}, requests ${refusal}`;
  }
  const odds = new Map(endpoints.map(({ address, odds: each }) => [address, each]));
  odds.set('', 1 - endpoints.reduce((sum, { odds: each }) => sum + each, 0));
  if (answer !== null && (counts.get('') ?? 0) < REQUESTS) {
    return `explain answers ${answer.routerError}, requests: ${told(counts)}`;
  }
  const cells = [...odds].map(([name, each]) => ({
    name,
    expected: each * REQUESTS,
    seen: counts.get(name) ?? 0,
  }));
  for (const { name, expected, seen } of cells) {
    // Sums of many small numbers.
    const isNone = expected < 1e-6 * REQUESTS;
    if (isNone && seen > 0) return `${name || 'nobody'} gets ${seen} and was said to get nothing`;
    if (expected > CERTAIN * REQUESTS && seen === 0)
      return `${name || 'nobody'} gets nothing: ${expected} expected`;
  }
  const p = chance(cells, DRAWS);
  if (p > least) return null;
  const said = cells.map(
    ({ name, expected, seen }) => `${name || 'nobody'} ${seen} for ${expected.toFixed(1)}`,
  );
  return `p = ${p.toExponential(1)}: ${said.join(', ')}`;
}

function told(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${name || 'nobody'} ${count}`).join(', ');
}

/** For whoever looks into a difference. */
export function scenarioText(seed: number): string {
  const scenario: Scenario = scenarioOf(new Random(seed, 1));
  return JSON.stringify(scenario, null, 1);
}
